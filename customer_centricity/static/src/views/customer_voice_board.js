import {Component, onWillStart} from "@odoo/owl";
import {KanbanHeader} from "@web/views/kanban/kanban_header";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {_t} from "@web/core/l10n/translation";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/** Who stands in each column: a name that says what to do does not say with whom. */
const WHO = {
    call_first: _t("not at a loss, and unhappy"),
    ask_referral: _t("not at a loss, and enthusiastic"),
    strengthen: _t("not at a loss, and content"),
    listen: _t("not at a loss, and not heard"),
    redesign: _t("at a loss, and content"),
    decide: _t("at a loss, and unhappy"),
    watch: _t("at a loss, and not heard"),
};

/** What all contacts of the company say together, above the accounts. */
export class VoiceSummary extends Component {
    static template = "customer_centricity.VoiceSummary";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.summary = {};
        onWillStart(async () => {
            this.summary = await this.orm.call("customer.account", "get_voice_summary");
        });
    }
}

export class VoiceBoardHeader extends KanbanHeader {
    static template = "customer_centricity.VoiceBoardHeader";

    get who() {
        const {group, list} = this.props;
        return list.groupByField?.name === "advocacy" && WHO[group.value];
    }
}

export class VoiceBoardRenderer extends KanbanRenderer {
    static template = "customer_centricity.VoiceBoardRenderer";
    static components = {
        ...KanbanRenderer.components,
        KanbanHeader: VoiceBoardHeader,
        VoiceSummary,
    };
}

registry.category("views").add("customer_voice_board", {
    ...kanbanView,
    Renderer: VoiceBoardRenderer,
});
