import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {KeepLast} from "@web/core/utils/concurrency";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {useService} from "@web/core/utils/hooks";

const MODEL = "customer.onboarding";
// How soon to ask again while the server is at work on a step
const PERIOD = 3000;
const STATES = {
    done: _t("Done"),
    working: _t("At work"),
    todo: _t("To do"),
    optional: _t("Not needed so far"),
    later: _t("Comes later"),
};

/**
 * The first steps from an empty screen to figures one can decide on.
 *
 * The server tells how far each is, from what is in the database. There is nothing to
 * see once all are done, when an administrator has put them away, and for salespeople.
 * Above a list of accounts the steps are in the way once there are figures.
 */
export class OnboardingPanel extends Component {
    static template = "customer_centricity.OnboardingPanel";
    static props = {
        untilFigures: {type: Boolean, optional: true},
        // Called when the server has finished what a step waited for
        onProgress: {type: Function, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.keepLast = new KeepLast();
        this.state = useState({panel: false, isBusy: false});
        onWillStart(async () => {
            try {
                await this.load();
            } catch {
                // The screen below is what people came for: it opens without the steps
            }
        });
        onWillUnmount(() => {
            this.isGone = true;
            browser.clearTimeout(this.timer);
        });
    }

    async load() {
        const wasWorking = this.isWorking;
        this.state.panel = await this.keepLast.add(
            this.orm.silent.call(MODEL, "get_panel", [Boolean(this.props.untilFigures)])
        );
        this.plan();
        if (wasWorking && !this.isWorking) {
            this.props.onProgress?.();
        }
    }

    get isWorking() {
        return this.steps.some(({state}) => state === "working");
    }

    /** What a button has opened may be another screen: then there is nobody to tell. */
    async reload() {
        if (!this.isGone) {
            await this.load();
        }
    }

    /** Ask again before long, as long as there is something going on. */
    plan() {
        browser.clearTimeout(this.timer);
        if (this.isGone || !this.isWorking) {
            return;
        }
        this.timer = browser.setTimeout(async () => {
            try {
                await this.load();
            } catch {
                // Offline, or the server restarts: the next time
                this.plan();
            }
        }, PERIOD);
    }

    get steps() {
        const steps = this.state.panel ? this.state.panel.steps : [];
        return steps.map((step, index) => ({...step, number: index + 1}));
    }

    /** Of those it is enough to know that they are done. */
    get doneSteps() {
        return this.steps.filter(({state}) => state === "done");
    }

    get openSteps() {
        return this.steps.filter(({state}) => state !== "done");
    }

    stateLabel({state}) {
        return STATES[state];
    }

    async open({name}) {
        this.state.isBusy = true;
        try {
            const action = await this.orm.call(MODEL, "open_step", [name]);
            await this.action.doAction(action, {onClose: () => this.reload()});
            await this.reload();
        } finally {
            this.state.isBusy = false;
        }
    }

    hide() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Hide the first steps?"),
            body: _t(
                "They disappear for everybody in %s. The settings of Customer Centricity bring them back.",
                this.state.panel.company
            ),
            confirmLabel: _t("Hide"),
            confirm: async () => {
                await this.orm.call(MODEL, "hide");
                this.state.panel = false;
            },
            cancel: () => true,
        });
    }
}
