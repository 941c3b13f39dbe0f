import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    useState,
} from "@odoo/owl";
import {KeepLast} from "@web/core/utils/concurrency";
import {browser} from "@web/core/browser/browser";
import {formatDuration} from "./duration";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

export const NOTICE = "customer_ltv_run/progress";
// How soon to ask again: where the server tells of news, only in case some got lost
const PERIOD = 3000;
const LONG_PERIOD = 15000;
const TICK = 1000;

/**
 * How far a run is: its steps in a line, the one at work, and how long each took.
 *
 * The bus says that there is news; without a websocket the page asks every few seconds.
 * When the run's state changes, the record is loaded anew: the page turns by itself
 * from progress to result.
 */
export class RunProgress extends Component {
    static template = "customer_centricity.RunProgress";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.keepLast = new KeepLast();
        this.state = useState({progress: null, passed: 0});
        this.isTold = false;
        this.onNews = this.onNews.bind(this);
        onWillStart(() => this.load());
        onMounted(() => {
            this.bus.subscribe(NOTICE, this.onNews);
            this.bus.start();
            this.clock = browser.setInterval(() => this.tick(), TICK);
            this.plan();
        });
        onWillUpdateProps(async (nextProps) => {
            const {resId, data} = nextProps.record;
            if (
                resId !== this.state.progress?.id ||
                data.state !== this.state.progress?.state
            ) {
                await this.load(resId);
                this.plan(nextProps.record);
            }
        });
        onWillUnmount(() => {
            this.bus.unsubscribe(NOTICE, this.onNews);
            browser.clearInterval(this.clock);
            browser.clearTimeout(this.timer);
            this.isGone = true;
        });
    }

    async load(resId = this.props.record.resId) {
        if (!resId) {
            this.state.progress = null;
            return;
        }
        const progress = await this.keepLast.add(
            this.orm.silent.call("customer.ltv.run", "get_progress", [[resId]])
        );
        const before = this.state.progress;
        if (before?.id === progress.id && before.state === progress.state) {
            // Some steps go through the accounts more than once: the bar never goes back
            progress.percent = Math.max(progress.percent, before.percent);
        }
        this.state.progress = progress;
        this.loadedAt = Date.now();
        this.state.passed = 0;
    }

    /** Ask again before long, as long as there is something going on. */
    plan(record = this.props.record) {
        browser.clearTimeout(this.timer);
        const {progress} = this.state;
        if (!progress || this.isGone) {
            return;
        }
        if (progress.state !== record.data.state) {
            // The run has gone on since the record was read
            this.timer = browser.setTimeout(() => this.update(), TICK);
        } else if (progress.is_working) {
            this.timer = browser.setTimeout(
                () => this.update(),
                this.isTold ? LONG_PERIOD : PERIOD
            );
        }
    }

    async update() {
        try {
            await this.load();
        } catch {
            // Offline, or the server restarts: the next time
        }
        const {record} = this.props;
        const {progress} = this.state;
        if (progress && progress.state !== record.data.state && !this.isGone) {
            await record.load();
        }
        this.plan();
    }

    onNews({id}) {
        if (id === this.props.record.resId) {
            this.isTold = true;
            this.update();
        }
    }

    tick() {
        if (this.state.progress?.is_working) {
            this.state.passed = (Date.now() - this.loadedAt) / 1000;
        }
    }

    get stages() {
        return this.state.progress?.stages || [];
    }

    get current() {
        return this.stages.find(({status}) => !["done", "todo"].includes(status));
    }

    get isVisible() {
        return this.stages.length > 0;
    }

    get total() {
        const seconds = this.stages.reduce(
            (sum, stage) => sum + this.seconds(stage),
            0
        );
        return formatDuration(seconds);
    }

    seconds({status, seconds}) {
        return (seconds || 0) + (status === "current" ? this.state.passed : 0);
    }

    duration(stage) {
        if (stage.seconds === null || stage.seconds === false) {
            return "";
        }
        return formatDuration(this.seconds(stage));
    }
}

registry.category("view_widgets").add("customer_run_progress", {
    component: RunProgress,
    additionalClasses: ["w-100"],
    fieldDependencies: [{name: "state", type: "selection"}],
});
