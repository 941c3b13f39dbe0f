import {Component, onWillStart, useState} from "@odoo/owl";
import {
    formatFloat,
    formatMonetary,
    formatPercentage,
} from "@web/views/fields/formatters";
import {
    deserializeDate,
    deserializeDateTime,
    formatDate,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";
import {KeepLast} from "@web/core/utils/concurrency";
import {Layout} from "@web/search/layout";
import {ProfitFigure} from "./figure";
import {_t} from "@web/core/l10n/translation";
import {getWaterfall} from "./waterfall";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

const UNITS = ["window", "month", "year"];

/** The profit and loss of an account: a waterfall of one period, a table of all. */
export class ProfitStatement extends Component {
    static template = "customer_centricity.ProfitStatement";
    static components = {Layout, ProfitFigure};
    static props = {...standardActionServiceProps};
    static path = "customer-profit-statement";
    static displayName = _t("Profit and Loss");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.display = {controlPanel: {}};
        this.units = [
            {name: "window", label: _t("Last closed months")},
            {name: "month", label: _t("By month")},
            {name: "year", label: _t("By year")},
        ];
        const {params, context} = this.props.action;
        // After a reload of the page, only the URL tells
        this.accountId = Number(params?.account_id || context?.active_id) || false;
        const {unit, key} = this.props.state || {unit: params?.unit};
        this.state = useState({
            unit: UNITS.includes(unit) ? unit : "window",
            key,
            statement: null,
        });
        useSetupAction({
            getLocalState: () => ({unit: this.state.unit, key: this.state.key}),
        });
        onWillStart(() => this.accountId && this.load(this.state.unit, this.state.key));
    }

    async load(unit, key) {
        const statement = await this.keepLast.add(
            this.orm.call("customer.account", "get_profit_statement", [
                [this.accountId],
                unit,
            ])
        );
        Object.assign(this.state, {statement, unit, key});
        if (this.index < 0) {
            this.state.key = statement.periods[this.getFirstChoice(statement)].key;
        }
        this.env.config.setDisplayName(_t("Profit and loss: %s", statement.account));
        this.props.updateActionState?.({unit, active_id: this.accountId});
    }

    /** The latest period that is over and has figures, or else the latest of all. */
    getFirstChoice({periods, lines}) {
        const hasFigures = (index) => lines.some(({amounts}) => amounts[index]);
        const over = periods.findLastIndex(
            (period, index) => !period.is_open && hasFigures(index)
        );
        const any = periods.findLastIndex((period, index) => hasFigures(index));
        return [over, any, periods.length - 1].find((index) => index >= 0);
    }

    choose(key) {
        this.state.key = key;
    }

    get statement() {
        return this.state.statement;
    }

    /** Of the chosen period. */
    get index() {
        return this.statement.periods.findIndex(({key}) => key === this.state.key);
    }

    get period() {
        return this.statement.periods[this.index];
    }

    get periodDays() {
        return _t("%(start)s to %(end)s", {
            start: formatDate(deserializeDate(this.period.start)),
            end: formatDate(deserializeDate(this.period.end).minus({days: 1})),
        });
    }

    get hasFigures() {
        return this.statement.lines.some(({amounts}) => amounts[this.index]);
    }

    /** Latest first: it is the one looked for. */
    get columns() {
        return this.statement.periods
            .map((period, index) => ({...period, index}))
            .reverse();
    }

    get waterfall() {
        const {zero, bars} = getWaterfall(this.statement.lines, this.index);
        const rows = this.statement.lines.map((line, position) => ({
            ...line,
            parts: bars[position].map(({start, size, isLoss}) => ({
                style: `inset-inline-start: ${start}%; width: ${size}%;`,
                color: this.getColor(line, isLoss),
            })),
        }));
        return {zero: `inset-inline-start: ${zero}%;`, rows};
    }

    getColor({key, is_total, amounts}, isLoss) {
        if (isLoss) {
            return "bg-danger";
        }
        if (is_total) {
            return "bg-success";
        }
        if (key === "revenue") {
            return "bg-primary";
        }
        // a cost given back
        return amounts[this.index] > 0 ? "bg-info" : "bg-warning";
    }

    getShare(line, index) {
        const revenue = this.statement.lines[0].amounts[index];
        const amount = line.amounts[index];
        if (revenue <= 0 || !amount) {
            return "";
        }
        const rate = amount / revenue;
        return formatPercentage(rate, {digits: [16, Math.abs(rate) < 0.1 ? 1 : 0]});
    }

    describe(line, period) {
        return `${line.label}, ${period.label}`;
    }

    getOpen(line, index) {
        return line.opens ? () => this.openDocuments(line, index) : undefined;
    }

    async openDocuments(line, index) {
        const {start, end} = this.statement.periods[index];
        const action = await this.orm.call("customer.account", "action_open_items", [
            [this.accountId],
            line.kind,
            start,
            end,
        ]);
        return this.action.doAction(action);
    }

    openAccounts() {
        return this.action.doAction("customer_centricity.customer_account_action", {
            clearBreadcrumbs: true,
        });
    }

    money(amount) {
        return formatMonetary(amount, {currencyId: this.statement.currency_id});
    }

    /** What the figures of the chosen period rest on, in words. */
    get notes() {
        const noted = Object.fromEntries(
            Object.entries(this.statement.notes).map(([name, values]) => [
                name,
                values[this.index],
            ])
        );
        const notes = [];
        if (noted.uncosted_revenue) {
            notes.push({
                isWarning: true,
                text: _t(
                    "Goods sold for %s have no cost at all. They count as free, so the true profit is lower.",
                    this.money(noted.uncosted_revenue)
                ),
            });
        }
        if (noted.uncosted_hours) {
            notes.push({
                isWarning: true,
                text: _t(
                    "Hours of employees without an hourly cost: %s. They count as free, so the true profit is lower.",
                    this.hours(noted.uncosted_hours)
                ),
            });
        }
        if (noted.estimated_cost) {
            notes.push({text: this.getEstimateNote(noted.estimated_cost)});
        }
        if (noted.refund_amount) {
            notes.push({
                text: _t(
                    "Credit notes are already taken off the revenue: %s.",
                    this.money(noted.refund_amount)
                ),
            });
        }
        if (noted.hours) {
            notes.push({text: _t("Hours worked: %s.", this.hours(noted.hours))});
        }
        if (noted.order_count) {
            notes.push({
                text: _t(
                    "Orders, as days on which the account was invoiced: %s.",
                    noted.order_count
                ),
            });
        }
        return notes;
    }

    getEstimateNote(estimated) {
        const line = this.statement.lines.find(({key}) => key === "product_cost");
        const cost = -line.amounts[this.index];
        const values = {amount: this.money(estimated), rate: ""};
        if (cost > 0 && estimated > 0 && estimated <= cost) {
            values.rate = formatPercentage(estimated / cost, {digits: [16, 0]});
            return _t(
                "%(rate)s of the product cost (%(amount)s) is an estimate with the cost on the product: none was kept with the sale.",
                values
            );
        }
        return _t(
            "%(amount)s of product cost is an estimate with the cost on the product: none was kept with the sale.",
            values
        );
    }

    hours(hours) {
        return formatFloat(hours, {digits: [16, 2], trailingZeros: false});
    }

    get asOf() {
        const {as_of} = this.statement;
        return as_of
            ? _t(
                  "As of %s. Documents posted since then open already, and are in the figures after the next refresh.",
                  toLocaleDateTimeString(deserializeDateTime(as_of))
              )
            : _t("The figures were never refreshed.");
    }
}

registry
    .category("actions")
    .add("customer_centricity.profit_statement", ProfitStatement);
