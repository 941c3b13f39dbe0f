import {Component} from "@odoo/owl";
import {DashboardFigure} from "./dashboard_figure";
import {getBars} from "./dashboard_bars";

/** Figures by name, of which one is drawn as a bar as well: chart and table in one. */
export class DashboardTable extends Component {
    static template = "customer_centricity.DashboardTable";
    static components = {DashboardFigure};
    static props = {
        // What is told, for who cannot see the heading above
        caption: {type: [String, Object]},
        heading: {type: [String, Object]},
        // Each with its name, what it opens, a note and a colour of tags
        rows: Array,
        // Each with the field, its label and how it is written
        columns: Array,
        bar: {type: String, optional: true},
    };

    get rows() {
        const bars = getBars(this.props.rows.map((row) => row[this.props.bar]));
        return this.props.rows.map((row, index) => ({
            ...row,
            key: row.key ?? row.id ?? index,
            bar: bars[index],
        }));
    }

    getBarStyle({start, size}) {
        return `inset-inline-start: ${start}%; width: ${size}%;`;
    }

    describe(row, column) {
        return `${row.name}, ${column.label}`;
    }
}
