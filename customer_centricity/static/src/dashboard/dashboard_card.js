import {Component} from "@odoo/owl";

/** A section of the dashboard: its figures, or why there are none yet. */
export class DashboardCard extends Component {
    static template = "customer_centricity.DashboardCard";
    static props = {
        name: String,
        title: {type: [String, Object]},
        width: {type: Number, optional: true},
        section: Object,
        onRetry: Function,
        slots: Object,
    };

    get titleId() {
        return `o_customer_card_${this.props.name}`;
    }
}
