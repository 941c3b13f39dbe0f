import {expect, queryAllTexts, queryOne, test} from "@odoo/hoot";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {contains, mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {MainComponentsContainer} from "@web/core/main_components_container";
import {OnboardingPanel} from "@customer_centricity/onboarding/onboarding_panel";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

defineMailModels();

function step(key, state, values = {}) {
    return {
        key,
        state,
        title: `Title of ${key}`,
        text: `Text of ${key}`,
        status: "",
        warning: "",
        time: "",
        percent: 0,
        buttons: [],
        ...values,
    };
}

function panel(steps, values = {}) {
    return {
        title: "First steps",
        progress: "1 of 5 done",
        company: "My Company",
        can_hide: true,
        steps,
        ...values,
    };
}

test("nothing is to be seen when there is nothing to do", async () => {
    onRpc("customer.onboarding", "get_panel", () => false);
    await mountWithCleanup(OnboardingPanel);
    expect(".o_customer_onboarding").toHaveCount(0);
});

test("the screen below opens when the steps cannot be read", async () => {
    onRpc("customer.onboarding", "get_panel", () => {
        throw new Error("Server is gone");
    });
    await mountWithCleanup(OnboardingPanel);
    expect(".o_customer_onboarding").toHaveCount(0);
});

test("each step tells its state in words, too", async () => {
    onRpc("customer.onboarding", "get_panel", ({args}) => {
        expect.step(`until figures: ${args[0]}`);
        return panel([
            step("costs", "done"),
            step("preset", "todo", {
                time: "2 minutes",
                buttons: [{name: "preset", label: "Choose", is_primary: true}],
            }),
            step("run", "later", {warning: "It does not run"}),
        ]);
    });
    await mountWithCleanup(OnboardingPanel, {props: {untilFigures: true}});
    expect.verifySteps(["until figures: true"]);
    expect(queryAllTexts(".o_customer_onboarding h3")).toEqual([
        "Title of costs\nDone",
        "Title of preset\nTo do",
        "Title of run\nComes later",
    ]);
    // what is done need not be explained
    expect(queryAllTexts(".o_customer_onboarding_text")).toEqual([
        "Text of preset",
        "Text of run",
    ]);
    expect("[data-step=preset] button").toHaveText("Choose");
    expect("[data-step=run] [role=alert]").toHaveText("It does not run");
    expect("section").toHaveAttribute("aria-labelledby", "o_customer_onboarding_title");
});

test("a step that is done is one line; those still to do keep their numbers", async () => {
    onRpc("customer.onboarding", "get_panel", () =>
        panel([
            step("costs", "optional", {status: "Nobody has logged hours"}),
            step("preset", "done", {status: "Services"}),
            step("figures", "done", {
                status: "Accounts: 9. Settings have changed since.",
                warning: "Switched off",
                buttons: [{name: "refresh", label: "Refresh now", is_primary: false}],
            }),
            step("run", "todo"),
        ])
    );
    await mountWithCleanup(OnboardingPanel);
    expect(queryAllTexts(".o_customer_onboarding_over > li")).toEqual([
        "Title of preset\nDone",
        "Title of figures\nDone\nRefresh now\nSwitched off",
    ]);
    expect("[data-step=preset]").toHaveAttribute("title", "Services");
    expect(queryAllTexts(".o_customer_onboarding_steps .o_customer_onboarding_dot")).toEqual(["1", "4"]);
    expect(queryAllTexts(".o_customer_onboarding_steps h3")).toEqual([
        "Title of costs\nNot needed so far",
        "Title of run\nTo do",
    ]);
});

test("what is at work is asked for again, and its end is told", async () => {
    const states = ["working", "working", "done"];
    onRpc("customer.onboarding", "get_panel", () =>
        panel([step("figures", states.shift(), {percent: 40}), step("run", "todo")])
    );
    await mountWithCleanup(OnboardingPanel, {
        props: {onProgress: () => expect.step("progress")},
    });
    expect("[role=progressbar]").toHaveAttribute("aria-valuenow", "40");
    await advanceTime(3000);
    await animationFrame();
    expect("[data-step=figures]").toHaveAttribute("data-state", "working");
    expect.verifySteps([]);
    await advanceTime(3000);
    await animationFrame();
    expect("[data-step=figures]").toHaveAttribute("data-state", "done");
    expect("[role=progressbar]").toHaveCount(0);
    expect.verifySteps(["progress"]);
    // nobody asks any more: the states are used up
    await advanceTime(10000);
    expect(states).toEqual([]);
});

test("a button opens what the server says, and the steps are read anew", async () => {
    let isDone = false;
    onRpc("customer.onboarding", "get_panel", () =>
        panel([
            step("costs", isDone ? "done" : "todo", {
                buttons: [{name: "hours", label: "Give", is_primary: true}],
            }),
            step("run", "later"),
        ])
    );
    onRpc("customer.onboarding", "open_step", ({args}) => {
        expect.step(args[0]);
        isDone = true;
        return {
            type: "ir.actions.client",
            tag: "display_notification",
            params: {message: "Given"},
        };
    });
    await mountWithCleanup(OnboardingPanel);
    await contains("[data-button=hours]").click();
    expect.verifySteps(["hours"]);
    expect("[data-step=costs]").toHaveAttribute("data-state", "done");
    expect(queryOne("[data-button=hours]").disabled).toBe(false);
});

test("they are hidden once that has been confirmed", async () => {
    onRpc("customer.onboarding", "get_panel", () => panel([step("costs", "todo")]));
    onRpc("customer.onboarding", "hide", () => {
        expect.step("hide");
        return true;
    });
    await mountWithCleanup(MainComponentsContainer);
    await mountWithCleanup(OnboardingPanel);
    await contains(".o_customer_onboarding_hide").click();
    expect(".modal-body").toHaveText(/for everybody in My Company/);
    await contains(".modal-footer .btn-primary").click();
    expect.verifySteps(["hide"]);
    await animationFrame();
    expect(".o_customer_onboarding").toHaveCount(0);
});

test("who may not hide them has no button for it", async () => {
    onRpc("customer.onboarding", "get_panel", () =>
        panel([step("costs", "todo")], {can_hide: false})
    );
    await mountWithCleanup(OnboardingPanel);
    expect(".o_customer_onboarding").toHaveCount(1);
    expect(".o_customer_onboarding_hide").toHaveCount(0);
});
