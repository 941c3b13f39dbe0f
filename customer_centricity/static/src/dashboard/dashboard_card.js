import {Component} from "@odoo/owl";

const WIDTH = 12;
// Where there is less room, cards that shared a row of three take half of one
const HALF = 6;

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
    static defaultProps = {width: WIDTH};

    /** Of twelve columns: on a large screen, and on a smaller one or on paper. */
    get style() {
        const {width} = this.props;
        return `--o-customer-card-width: ${width}; --o-customer-card-half: ${width < WIDTH ? HALF : WIDTH};`;
    }

    get titleId() {
        return `o_customer_card_${this.props.name}`;
    }
}
