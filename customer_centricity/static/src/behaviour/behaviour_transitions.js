import {Component, onWillStart, useState} from "@odoo/owl";
import {
    formatFloat,
    formatInteger,
    formatPercentage,
} from "@web/views/fields/formatters";
import {KeepLast} from "@web/core/utils/concurrency";
import {Layout} from "@web/search/layout";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

// A lift of so much, up or down, has the full colour
const FULL_LIFT = 2;
// Red, green and blue; see-through, so that they are right on light and dark screens
const MORE = "40, 167, 69";
const LESS = "220, 53, 69";

/** Which behaviour leads to which: a heat table of shares within two years. */
export class BehaviourTransitions extends Component {
    static template = "customer_centricity.BehaviourTransitions";
    static components = {Layout};
    static props = {...standardActionServiceProps};
    static path = "customer-behaviour-transitions";
    static displayName = _t("What Leads to What");

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.display = {controlPanel: {}};
        const {group_id, tier_id} = this.props.state || {};
        this.state = useState({
            group_id: group_id || false,
            tier_id: tier_id || false,
            matrix: null,
        });
        useSetupAction({
            getLocalState: () => ({
                group_id: this.state.group_id,
                tier_id: this.state.tier_id,
            }),
        });
        onWillStart(async () => {
            [this.groups, this.tiers] = await Promise.all(
                ["customer.group", "customer.tier"].map((model) =>
                    this.orm.searchRead(model, [], ["display_name"])
                )
            );
            await this.load();
        });
    }

    async load() {
        const {group_id, tier_id} = this.state;
        this.state.matrix = await this.keepLast.add(
            this.orm.call("customer.behaviour", "get_transitions", [], {
                group_id,
                tier_id,
            })
        );
    }

    async choose(name, value) {
        this.state[name] = Number(value) || false;
        await this.load();
    }

    get matrix() {
        return this.state.matrix;
    }

    getName(kind) {
        return this.matrix.kinds.find(([code]) => code === kind)[1];
    }

    getCount(number) {
        return formatInteger(number);
    }

    getShare(share) {
        return share === null ? "–" : formatPercentage(share, {digits: [16, 0]});
    }

    getLift(lift) {
        return lift === null ? "" : `× ${formatFloat(lift, {digits: [16, 1]})}`;
    }

    /** Green where it follows more often than chance lets expect, red where less. */
    getStyle({lift, clear}) {
        if (lift === null || !clear) {
            return "";
        }
        const strength =
            lift > 1
                ? Math.min((lift - 1) / (FULL_LIFT - 1), 1)
                : Math.min((1 - lift) * FULL_LIFT, 1);
        const color = lift > 1 ? MORE : LESS;
        return `background-color: rgba(${color}, ${(strength * 0.5).toFixed(2)});`;
    }

    getTitle(row, cell, index) {
        const values = {
            count: this.getCount(cell.count),
            cases: this.getCount(row.cases),
            from: this.getName(row.kind),
            to: this.matrix.kinds[index][1],
        };
        return _t(
            "%(from)s → %(to)s: in %(count)s of %(cases)s quarters of accounts",
            values
        );
    }
}

registry
    .category("actions")
    .add("customer_behaviour_transitions", BehaviourTransitions);
