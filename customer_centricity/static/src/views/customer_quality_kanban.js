import {Component, onWillStart} from "@odoo/owl";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

const COLORS = {A: "success", B: "info", C: "warning", D: "danger"};

/** How far the figures of each chosen company can be relied on, and why. */
export class QualityGrades extends Component {
    static template = "customer_centricity.QualityGrades";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.grades = [];
        onWillStart(async () => {
            this.grades = await this.orm.call("customer.quality.finding", "get_grades");
        });
    }

    color(grade) {
        return COLORS[grade] || "secondary";
    }
}

export class QualityKanbanRenderer extends KanbanRenderer {
    static template = "customer_centricity.QualityKanbanRenderer";
    static components = {...KanbanRenderer.components, QualityGrades};
}

registry.category("views").add("customer_quality_kanban", {
    ...kanbanView,
    Renderer: QualityKanbanRenderer,
});
