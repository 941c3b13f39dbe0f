import {
    formatDay,
    formatMoment,
    formatMoney,
    formatShare,
    formatShortMoney,
    isKnown,
} from "./dashboard_format";
import {Component} from "@odoo/owl";
import {DashboardFigure} from "./dashboard_figure";
import {DashboardTable} from "./dashboard_table";
import {_t} from "@web/core/l10n/translation";
import {getInterval} from "./value_interval";

/** What the portfolio is worth, how sure that is, and what it earned. */
export class ValueCard extends Component {
    static template = "customer_centricity.ValueCard";
    static components = {DashboardFigure};
    static props = {data: Object, filters: Object};

    setup() {
        this.labels = {
            amount: _t("Lifetime value"),
            revenue: _t("Revenue"),
            profit: _t("Profit"),
            account_count: _t("Accounts"),
            valued_count: _t("Accounts with a value"),
            loss_count: _t("Accounts at a loss"),
            loss_amount: _t("Lost with them"),
        };
        this.parts = {
            change_come: _t("New accounts"),
            change_gone: _t("Accounts that are gone"),
            change_rest: _t("The others"),
        };
    }

    get data() {
        return this.props.data;
    }

    get isValued() {
        return isKnown(this.data.amount) && this.data.valued_count > 0;
    }

    get hasInterval() {
        const {low, high} = this.data;
        return isKnown(low) && isKnown(high) && high > low;
    }

    get interval() {
        const {amount, low, high} = this.data;
        const {start, size, mark} = getInterval(amount, low, high);
        return {
            range: `inset-inline-start: ${start}%; width: ${size}%;`,
            mark: `inset-inline-start: ${mark}%;`,
        };
    }

    get likely() {
        const {low, high} = this.data;
        return _t("80% likely between %(low)s and %(high)s", {
            low: formatShortMoney(low),
            high: formatShortMoney(high),
        });
    }

    get exactlyLikely() {
        const {low, high} = this.data;
        return `${formatMoney(low)} – ${formatMoney(high)}`;
    }

    /** Up or down, in words and with an arrow: a colour is not seen by everybody. */
    get change() {
        const {change, change_rate: rate, since} = this.data;
        if (!isKnown(change) || !since) {
            return false;
        }
        const values = {
            amount: formatShortMoney(Math.abs(change)),
            date: formatDay(since),
        };
        if (!change) {
            return {
                text: _t("Unchanged since %(date)s", values),
                icon: "fa-minus",
                color: "text-muted",
            };
        }
        const isUp = change > 0;
        return {
            text: isUp
                ? _t("Up by %(amount)s since %(date)s", values)
                : _t("Down by %(amount)s since %(date)s", values),
            rate: isKnown(rate) && `${isUp ? "+" : "−"}${formatShare(Math.abs(rate))}`,
            icon: isUp ? "fa-arrow-up" : "fa-arrow-down",
            color: this.changeColor,
        };
    }

    /** A change that was likely all along is neither good news nor bad. */
    get changeColor() {
        const {change, was_likely: wasLikely} = this.data;
        if (wasLikely) {
            return "text-muted";
        }
        return change > 0 ? "text-success" : "text-danger";
    }

    /** Who has made the change, and whether it is one at all. */
    get changeReason() {
        const {change, change_come, change_gone, was_likely: wasLikely} = this.data;
        if (!change) {
            return "";
        }
        const isParted = change_come || change_gone;
        const reasons = Object.entries(this.parts)
            .filter(([name]) => isParted && this.data[name])
            .map(([name, label]) => {
                const sign = this.data[name] > 0 ? "+" : "−";
                const amount = formatShortMoney(Math.abs(this.data[name]));
                return `${label}: ${sign}${amount}`;
            });
        if (wasLikely) {
            reasons.push(_t("within what was likely then"));
        }
        return reasons.join(" · ");
    }

    get margin() {
        const {profit, revenue} = this.data;
        return (
            isKnown(profit) &&
            revenue > 0 &&
            _t("%s of the revenue", formatShare(profit / revenue))
        );
    }

    get period() {
        const {window, as_of} = this.data;
        const values = {
            window,
            time: as_of && formatMoment(as_of),
        };
        if (!window) {
            return as_of ? _t("Computed on %(time)s.", values) : "";
        }
        return as_of
            ? _t("Revenue and profit: %(window)s. Computed on %(time)s.", values)
            : _t("Revenue and profit: %(window)s.", values);
    }
}

/** For who sees no money: how many accounts there are in each band of value. */
export class BandCard extends Component {
    static template = "customer_centricity.BandCard";
    static components = {DashboardFigure, DashboardTable};
    static props = {data: Object, filters: Object};

    setup() {
        this.label = _t("Accounts");
        this.caption = _t("Accounts by value band");
        this.heading = _t("Value band");
        this.columns = [{field: "count", label: _t("Accounts"), kind: "count"}];
    }
}
