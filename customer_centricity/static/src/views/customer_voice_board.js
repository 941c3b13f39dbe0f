import {Component, onWillStart} from "@odoo/owl";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

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

export class VoiceBoardRenderer extends KanbanRenderer {
    static template = "customer_centricity.VoiceBoardRenderer";
    static components = {...KanbanRenderer.components, VoiceSummary};
}

registry.category("views").add("customer_voice_board", {
    ...kanbanView,
    Renderer: VoiceBoardRenderer,
});
