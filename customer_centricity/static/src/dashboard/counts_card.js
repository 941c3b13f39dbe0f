import {Component} from "@odoo/owl";
import {DashboardTable} from "./dashboard_table";
import {_t} from "@web/core/l10n/translation";

/** How many accounts there are of each kind. */
class CountsCard extends Component {
    static template = "customer_centricity.CountsCard";
    static components = {DashboardTable};
    static props = {data: Object, filters: Object};

    setup() {
        this.columns = [{field: "count", label: _t("Accounts"), kind: "count"}];
    }

    get isEmpty() {
        return !this.rows.some(({count}) => count);
    }
}

/** The stages of the relation with the customers. */
export class StagesCard extends CountsCard {
    setup() {
        super.setup();
        this.caption = _t("Accounts by lifecycle stage");
        this.heading = _t("Stage");
        this.empty = {
            text: _t(
                "No account has a stage yet: the first refresh gives each its own."
            ),
        };
    }

    get rows() {
        return this.props.data.stages;
    }
}

/** What to aim for next with the customers. */
export class NextCard extends CountsCard {
    setup() {
        super.setup();
        this.caption = _t("Accounts by the next behaviour to aim for");
        this.heading = _t("Next behaviour");
        this.empty = {
            text: _t(
                "Nothing is suggested yet: what customers do next is learnt from some years of orders."
            ),
        };
    }

    get rows() {
        return this.props.data.behaviours;
    }
}
