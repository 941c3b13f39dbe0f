import {FORMATS, isKnown} from "./dashboard_format";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** A number that opens the records it counts; a dash where it is not known. */
export class DashboardFigure extends Component {
    static template = "customer_centricity.DashboardFigure";
    static props = {
        value: {optional: true},
        // Says how it is written
        kind: {type: String, optional: true},
        // What the number is, for who cannot see where it stands
        label: String,
        // The target that the server opens for it
        open: {optional: true},
        class: {type: String, optional: true},
    };
    static defaultProps = {kind: "count", class: ""};

    get isKnown() {
        return isKnown(this.props.value);
    }

    /** Of nothing there are no records. */
    get opens() {
        return Boolean(this.props.open) && this.props.value !== 0;
    }

    get text() {
        return FORMATS[this.props.kind].short(this.props.value);
    }

    get exact() {
        return FORMATS[this.props.kind].exact(this.props.value);
    }

    /** Told on pointing at it, where it tells more than what is read. */
    get title() {
        return this.exact === this.text ? undefined : this.exact;
    }

    get label() {
        return _t("%(what)s: %(figure)s. Open the records.", {
            what: this.props.label,
            figure: this.exact,
        });
    }

    get classes() {
        const isLoss = this.props.kind === "money" && this.props.value < 0;
        const isNothing = this.props.value === 0;
        return {
            [this.props.class]: this.props.class,
            o_customer_loss: isLoss,
            "text-muted": isNothing,
        };
    }

    onClick(ev) {
        const newWindow = ev.ctrlKey || ev.metaKey;
        return this.env.openRecords(this.props.open, {newWindow});
    }
}
