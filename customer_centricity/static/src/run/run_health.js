import {Component, onWillStart} from "@odoo/owl";
import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

const ICONS = {
    success: "fa-check-circle",
    info: "fa-clock-o",
    danger: "fa-exclamation-circle",
    muted: "fa-calendar-o",
};

/** Whether runs are prepared and worked on: what was last, what waits, what is next. */
export class RunHealth extends Component {
    static template = "customer_centricity.RunHealth";
    static props = {"*": true};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.health = {warnings: [], companies: []};
        onWillStart(async () => {
            this.health = await this.orm.call("customer.ltv.run", "get_health");
        });
    }

    icon(kind) {
        return ICONS[kind];
    }

    open(resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "customer.ltv.run",
            res_id: resId,
            views: [[false, "form"]],
        });
    }
}

export class RunListRenderer extends ListRenderer {
    static template = "customer_centricity.RunListRenderer";
    static components = {...ListRenderer.components, RunHealth};
}

registry.category("views").add("customer_run_list", {
    ...listView,
    Renderer: RunListRenderer,
});

registry.category("view_widgets").add("customer_run_health", {component: RunHealth});
