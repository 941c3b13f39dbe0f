import {
    Component,
    onWillUnmount,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {formatCount, formatMoney, formatShortMoney, isKnown} from "./dashboard_format";
import {getColors, getConfig, walk} from "./whale_chart";
import {DashboardFigure} from "./dashboard_figure";
import {_t} from "@web/core/l10n/translation";
import {hasTouch} from "@web/core/browser/feature_detection";
import {cookie} from "@web/core/browser/cookie";
import {loadBundle} from "@web/core/assets";
import {useService} from "@web/core/utils/hooks";

const PAPER = [640, 280];
const STILL = "(prefers-reduced-motion: reduce)";

/** Accounts by profit, added up: who makes the profit, and who gives it back. */
export class WhaleCard extends Component {
    static template = "customer_centricity.WhaleCard";
    static components = {DashboardFigure};
    static props = {data: Object, filters: Object};

    setup() {
        this.action = useService("action");
        this.canvasRef = useRef("canvas");
        this.isTouch = hasTouch();
        this.state = useState({isTable: false, hasFailed: false, index: -1});
        this.labels = {
            top10: _t("Earned by the best tenth of the accounts"),
            top20: _t("Earned by the best fifth of the accounts"),
            given_back: _t("Given back by accounts at a loss"),
            peak: _t("Earned by all accounts that earn"),
        };
        useEffect(
            (data, canvas) => {
                this.state.index = -1;
                this.draw(data, canvas);
                return () => this.clear();
            },
            () => [this.props.data, this.canvasRef.el]
        );
        // The page gets another width on paper, which is not known before
        useExternalListener(window, "beforeprint", () => this.chart?.resize(...PAPER));
        useExternalListener(window, "afterprint", () => this.chart?.resize());
        onWillUnmount(() => this.clear());
    }

    get data() {
        return this.props.data;
    }

    get isEmpty() {
        return !this.data.points.length;
    }

    get empty() {
        return {
            text: _t(
                "No account has earned or cost anything in this period: the curve begins with the first posted invoice or hour of work, after the next refresh of the figures."
            ),
        };
    }

    get isTable() {
        return this.state.isTable || this.state.hasFailed;
    }

    // ------------------------------------------------------------------
    // The chart
    // ------------------------------------------------------------------

    async draw(data, canvas) {
        if (!canvas) {
            return;
        }
        try {
            await loadBundle("web.chartjs_lib");
        } catch {
            // The table tells the same
            this.state.hasFailed = true;
            return;
        }
        if (canvas !== this.canvasRef.el || data !== this.props.data) {
            return;
        }
        this.clear();
        this.chart = new window.Chart(
            canvas,
            getConfig(data, getColors(canvas, cookie.get("color_scheme")), {
                describe: (index) => this.describe(index),
                isStill: window.matchMedia(STILL).matches,
                onClick: (ev, elements) => this.onChartClick(elements),
                onHover: (ev, elements) => this.onChartHover(elements),
            })
        );
    }

    clear() {
        this.chart?.destroy();
        this.chart = undefined;
    }

    describe(index) {
        const [rank, cumulative, , name, profit] = this.data.points[index];
        const values = {rank: formatCount(rank), count: formatCount(this.data.count)};
        return {
            title: name || _t("An account that is not named").toString(),
            lines: [
                _t("Place %(rank)s of %(count)s", values).toString(),
                _t("Profit: %s", formatMoney(profit)).toString(),
                _t("Together with all before: %s", formatMoney(cumulative)).toString(),
            ],
        };
    }

    /** A finger first has to see where it is: it opens with the second touch. */
    onChartClick(elements) {
        const index = elements.length ? elements[0].index - 1 : -1;
        const isSeen = !this.isTouch || index === this.touched;
        this.touched = index;
        if (isSeen) {
            this.openAccount(index);
        }
    }

    onChartHover(elements) {
        const canvas = this.canvasRef.el;
        if (canvas) {
            const isAccount = elements.some(({index}) => this.getAccount(index - 1));
            canvas.style.cursor = isAccount ? "pointer" : "";
        }
    }

    // ------------------------------------------------------------------
    // By keyboard
    // ------------------------------------------------------------------

    onKeydown(ev) {
        if (ev.key === "Enter" && this.state.index >= 0) {
            ev.preventDefault();
            this.openAccount(this.state.index);
            return;
        }
        const index = walk(ev.key, this.state.index, this.data.points.length);
        if (index >= 0) {
            ev.preventDefault();
            this.state.index = index;
            this.point(index);
        }
    }

    onBlur() {
        this.state.index = -1;
        this.point(-1);
    }

    point(index) {
        if (this.chart) {
            const active = index < 0 ? [] : [{datasetIndex: 0, index: index + 1}];
            this.chart.setActiveElements(active);
            this.chart.tooltip.setActiveElements(active, {x: 0, y: 0});
            this.chart.update("none");
        }
    }

    /** What a screen reader tells of the point that the keys have led to. */
    get announcement() {
        if (this.state.index < 0) {
            return "";
        }
        const {title, lines} = this.describe(this.state.index);
        return [title, ...lines].join(". ");
    }

    get chartLabel() {
        return _t(
            "Profit of %(count)s accounts added up, the most profitable first: it rises to %(peak)s and ends at %(total)s.",
            {
                count: formatCount(this.data.count),
                peak: formatMoney(this.data.peak),
                total: formatMoney(this.data.total),
            }
        );
    }

    // ------------------------------------------------------------------
    // The accounts
    // ------------------------------------------------------------------

    getAccount(index) {
        return this.data.points[index]?.[2];
    }

    openAccount(index) {
        const accountId = this.getAccount(index);
        return (
            accountId &&
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "customer.account",
                res_id: accountId,
                views: [[false, "form"]],
            })
        );
    }

    get rows() {
        return this.data.points.map(
            ([rank, cumulative, accountId, name, profit], index) => ({
                rank: formatCount(rank),
                name: name || _t("An account that is not named"),
                accountId,
                index,
                profit: formatMoney(profit),
                cumulative: formatMoney(cumulative),
                isLoss: profit < 0,
            })
        );
    }

    get isPartly() {
        return this.data.points.length < this.data.count;
    }

    get partly() {
        return _t(
            "%(shown)s of %(count)s accounts are shown, evenly chosen along the curve.",
            {
                shown: formatCount(this.data.points.length),
                count: formatCount(this.data.count),
            }
        );
    }

    // ------------------------------------------------------------------
    // Who makes the profit
    // ------------------------------------------------------------------

    get gini() {
        return isKnown(this.data.gini) ? this.data.gini.toFixed(2) : "–";
    }

    /** The more one number says, the less it is clear without words. */
    get giniMeaning() {
        return _t(
            "How unevenly the profit is spread over the accounts that earn: 0 is all the same, 1 is one account earning everything (Gini)."
        );
    }

    getBest(count) {
        return count
            ? _t("by %(best)s of %(count)s", {
                  best: formatCount(count),
                  count: formatCount(this.data.count),
              })
            : "";
    }

    get isMoreThanAll() {
        return this.data.top20_share > 1 || this.data.top10_share > 1;
    }

    money(amount) {
        return formatShortMoney(amount);
    }
}
