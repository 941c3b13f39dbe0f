import {Component} from "@odoo/owl";
import {DashboardFigure} from "./dashboard_figure";
import {DashboardTable} from "./dashboard_table";
import {_t} from "@web/core/l10n/translation";
import {getAccountColumns} from "./dashboard_columns";

const ICONS = {
    promoter: "fa-smile-o",
    passive: "fa-meh-o",
    detractor: "fa-frown-o",
    call_first: "fa-phone",
    ask_referral: "fa-bullhorn",
    strengthen: "fa-handshake-o",
    listen: "fa-question-circle-o",
    redesign: "fa-wrench",
    decide: "fa-gavel",
    watch: "fa-eye",
};

/** What customers say, and what to do about it with a view to what they earn. */
export class VoiceCard extends Component {
    static template = "customer_centricity.VoiceCard";
    static components = {DashboardFigure, DashboardTable};
    static props = {data: Object, filters: Object};

    setup() {
        this.caption = _t("Accounts by what their contacts say");
        this.heading = _t("Voice");
        this.labels = {
            count: _t("Accounts"),
            profit: _t("Profit"),
            value: _t("Value"),
            nps: _t("Net promoter score"),
        };
    }

    get isHeard() {
        return Boolean(this.props.data.nps_label);
    }

    /** Where nobody has been heard, there is nothing to tell apart. */
    get hasVoices() {
        return this.props.data.by_voice.some(
            ({key, count}) => count && key !== "silent" && key
        );
    }

    get empty() {
        return {
            text: _t(
                "Nobody has answered yet: invite customers, or note what they tell you."
            ),
            button: _t("Go to the answers"),
            action: "customer_centricity.customer_nps_response_action",
        };
    }

    get columns() {
        return getAccountColumns(this.props.data.by_voice, false);
    }

    getIcon({key}) {
        return ICONS[key] || "fa-circle-o";
    }

    describe(tile, name) {
        return `${tile.name}, ${this.labels[name]}`;
    }
}
