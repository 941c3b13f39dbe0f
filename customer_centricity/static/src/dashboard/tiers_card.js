import {Component} from "@odoo/owl";
import {DashboardFigure} from "./dashboard_figure";
import {DashboardTable} from "./dashboard_table";
import {_t} from "@web/core/l10n/translation";
import {getAccountColumns, hasMoney} from "./dashboard_columns";
import {formatDay} from "./dashboard_format";
import {getMatrix} from "./tiers_matrix";

/** The tiers in force, and who went from which to which in the last run. */
export class TiersCard extends Component {
    static template = "customer_centricity.TiersCard";
    static components = {DashboardFigure, DashboardTable};
    static props = {data: Object, filters: Object};

    setup() {
        this.caption = _t("Accounts by tier");
        this.heading = _t("Tier");
        this.empty = {
            text: _t(
                "No account has a tier yet: accounts get one with the first refresh of the figures."
            ),
        };
    }

    get columns() {
        return getAccountColumns(this.props.data.tiers);
    }

    get hasMoney() {
        return hasMoney(this.props.data.tiers);
    }

    get isEmpty() {
        return !this.props.data.tiers.some(({count}) => count);
    }

    get migration() {
        return this.props.data.migration;
    }

    get migrationTitle() {
        const {label, date} = this.migration;
        return label || _t("Run of %s", formatDay(date));
    }

    get matrix() {
        return getMatrix(this.migration);
    }

    getStyle({color, strength}) {
        return color ? `background-color: rgba(${color}, ${strength});` : "";
    }

    describe(row, cell) {
        const values = {from: row.name, to: cell.to};
        if (cell.direction === "same") {
            return _t("Stayed in %(to)s", values);
        }
        return cell.direction === "up"
            ? _t("Up from %(from)s to %(to)s", values)
            : _t("From %(from)s to %(to)s", values);
    }

    get movements() {
        const labels = {
            up: [_t("Up"), "fa-arrow-up text-success"],
            down: [_t("Down"), "fa-arrow-down text-danger"],
            entered: [_t("Entered"), "fa-plus text-muted"],
            left: [_t("Left"), "fa-minus text-muted"],
        };
        return Object.entries(labels).map(([key, [label, icon]]) => ({
            key,
            label,
            icon,
            count: this.migration[key],
            open: this.migration[`open_${key}`],
        }));
    }
}
