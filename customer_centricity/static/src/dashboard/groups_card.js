import {Component} from "@odoo/owl";
import {DashboardFigure} from "./dashboard_figure";
import {DashboardTable} from "./dashboard_table";
import {_t} from "@web/core/l10n/translation";
import {getAccountColumns, hasMoney} from "./dashboard_columns";

/** What the groups of customers are worth, and the accounts that each intent is for. */
export class GroupsCard extends Component {
    static template = "customer_centricity.GroupsCard";
    static components = {DashboardFigure, DashboardTable};
    static props = {data: Object, filters: Object};

    setup() {
        this.caption = _t("Accounts by group");
        this.heading = _t("Group");
        this.intentCaption = _t("Accounts by intent");
        this.intentHeading = _t("Intent");
        this.empty = {
            text: _t(
                "There is no customer group yet. Groups hold accounts that behave alike and are to be treated alike."
            ),
            button: _t("Go to the groups"),
            action: "customer_centricity.customer_group_action",
        };
        this.noIntent = {
            text: _t(
                "No intent is under way: an intent says what is wanted of a group."
            ),
            button: _t("Go to the intents"),
            action: "customer_centricity.customer_intent_action",
        };
    }

    get hasMoney() {
        return hasMoney(this.props.data.groups);
    }

    get columns() {
        return getAccountColumns(this.props.data.groups);
    }

    get groups() {
        return this.props.data.groups.map((group) => ({
            ...group,
            note: group.nps_label && _t("NPS %s", group.nps_label),
        }));
    }

    get intents() {
        return (this.props.data.intents || []).map((intent) => ({
            ...intent,
            note: [intent.state_label, intent.outcome_label]
                .filter(Boolean)
                .join(" · "),
        }));
    }

    get intentColumns() {
        return getAccountColumns(this.intents, false);
    }
}
