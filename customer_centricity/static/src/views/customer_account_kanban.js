import {Component, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {OnboardingPanel} from "../onboarding/onboarding_panel";
import {_t} from "@web/core/l10n/translation";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";
import {useAutofocus, useService} from "@web/core/utils/hooks";

/** Asks why an account is to be in another group. */
export class GroupReasonDialog extends Component {
    static template = "customer_centricity.GroupReasonDialog";
    static components = {Dialog};
    static props = {
        account: String,
        group: String,
        confirm: Function,
        close: Function,
    };

    setup() {
        this.title = _t("Change group");
        this.state = useState({reason: ""});
        useAutofocus();
    }

    get reason() {
        return this.state.reason.trim();
    }

    onKeydown(event) {
        if (event.key === "Enter" && this.reason) {
            event.preventDefault();
            this.confirm();
        }
    }

    confirm() {
        this.props.confirm(this.reason);
        this.props.close();
    }
}

/**
 * Cards that are dragged to another group move once somebody has said why.
 *
 * Above them stand the first steps, as long as there are no figures to put on cards.
 */
export class AccountKanbanRenderer extends KanbanRenderer {
    static template = "customer_centricity.AccountKanbanRenderer";
    static components = {...KanbanRenderer.components, OnboardingPanel};

    setup() {
        super.setup();
        this.dialog = useService("dialog");
        this.action = useService("action");
    }

    /** Put the first figures on the board, instead of examples, once they are there. */
    showFigures() {
        return this.action.doAction("soft_reload");
    }

    sortRecordDrop(recordId, sourceId, params) {
        const {list} = this.props;
        const {parent} = params;
        const source = list.groups?.find((group) => group.id === sourceId);
        const target = list.groups?.find((group) => group.id === parent?.dataset.id);
        if (
            list.groupByField?.name !== "group_id" ||
            !source ||
            !target ||
            source === target
        ) {
            return super.sortRecordDrop(...arguments);
        }
        return this.moveWithReason(recordId, source, target, params);
    }

    async moveWithReason(recordId, source, target, params) {
        const record = source.list.records.find(({id}) => id === recordId);
        const reason = record && (await this.askReason(record, target));
        if (!reason) {
            params.parent.classList.remove("o_kanban_hover");
            return;
        }
        // Written together with the group, when the card is moved
        await record.update({group_reason: reason});
        try {
            await super.sortRecordDrop(recordId, source.id, params);
        } catch (error) {
            await record.discard();
            throw error;
        }
    }

    /** Resolve to what somebody writes, or to nothing when it is called off. */
    askReason(record, target) {
        return new Promise((resolve) => {
            this.dialog.add(
                GroupReasonDialog,
                {
                    account: record.data.partner_id.display_name,
                    group: target.value ? target.displayName : _t("no group"),
                    confirm: resolve,
                },
                {onClose: () => resolve("")}
            );
        });
    }
}

registry.category("views").add("customer_account_kanban", {
    ...kanbanView,
    Renderer: AccountKanbanRenderer,
});
