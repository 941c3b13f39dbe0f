import {Component} from "@odoo/owl";
import {DashboardFigure} from "./dashboard_figure";
import {DashboardTable} from "./dashboard_table";
import {_t} from "@web/core/l10n/translation";

/** Decisions on their way, what hangs on them, and what they have brought back. */
export class DecisionsCard extends Component {
    static template = "customer_centricity.DecisionsCard";
    static components = {DashboardFigure, DashboardTable};
    static props = {data: Object, filters: Object};

    setup() {
        this.caption = _t("Decisions by state");
        this.heading = _t("State");
        this.columns = [
            {field: "count", label: _t("Cases"), kind: "count"},
            {field: "at_stake", label: _t("At stake"), kind: "money"},
        ];
        this.labels = {
            recovered: _t("Recovered"),
            recovered_count: _t("Decisions that brought something back"),
            overdue_count: _t("Reviews overdue"),
        };
        this.empty = {
            text: _t(
                "Nothing is being decided. An account at a loss can be given a case, which shows what each step would bring."
            ),
            button: _t("Go to the decisions"),
            action: "customer_centricity.customer_decision_action",
        };
    }

    get isEmpty() {
        const {states, recovered_count} = this.props.data;
        return !recovered_count && !states.some(({count}) => count);
    }
}
