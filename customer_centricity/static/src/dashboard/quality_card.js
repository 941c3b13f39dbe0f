import {Component} from "@odoo/owl";
import {DashboardFigure} from "./dashboard_figure";
import {_t} from "@web/core/l10n/translation";

const COLORS = {A: "success", B: "info", C: "warning", D: "danger"};

/** How far the figures can be trusted, and what to mend first. */
export class QualityCard extends Component {
    static template = "customer_centricity.QualityCard";
    static components = {DashboardFigure};
    static props = {data: Object, filters: Object};

    get color() {
        return COLORS[this.grade] || "secondary";
    }

    get grade() {
        return (this.props.data.grade || "").toUpperCase();
    }

    /** Findings are those of today: of a date before, nothing is said. */
    get isClean() {
        const {filters, data} = this.props;
        return filters.date === "now" && Boolean(data.grade) && !data.findings.length;
    }

    describe(finding) {
        return _t("%s, worth", finding.name);
    }
}
