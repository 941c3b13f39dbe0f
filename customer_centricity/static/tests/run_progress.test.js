import {advanceTime, animationFrame, expect, queryAllTexts, test} from "@odoo/hoot";
import {
    MockServer,
    allowTranslations,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {NOTICE} from "@customer_centricity/run/run_progress";
import {waitUntilSubscribe} from "@bus/../tests/bus_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {formatDuration} from "@customer_centricity/run/duration";

class Run extends models.Model {
    _name = "customer.ltv.run";

    name = fields.Char();
    state = fields.Selection({
        selection: [
            ["computing", "Computing"],
            ["computed", "To Review"],
            ["failed", "Failed"],
        ],
    });
    total = fields.Integer();

    _records = [{id: 1, name: "2026", state: "computing", total: 0}];
}

defineMailModels();
defineModels([Run]);

function stage(key, status, values = {}) {
    return {key, label: key, status, seconds: null, done: 0, total: 0, ...values};
}

function progress(values = {}) {
    return {
        id: 1,
        state: "computing",
        is_working: true,
        percent: 40,
        failures: 0,
        error: "",
        workers: "ready",
        stages: [
            stage("facts", "done", {seconds: 75}),
            stage("observe", "current", {seconds: 5, done: 3, total: 12}),
            stage("learn", "todo"),
        ],
        ...values,
    };
}

const COMPUTED = {
    state: "computed",
    is_working: false,
    percent: 100,
    stages: [stage("facts", "done", {seconds: 75})],
};

async function openRun(answers) {
    onRpc("customer.ltv.run", "get_progress", () => {
        expect.step("asked");
        return answers.length > 1 ? answers.shift() : answers[0];
    });
    await mountView({
        type: "form",
        resModel: "customer.ltv.run",
        resId: 1,
        arch: `<form>
            <field name="state" invisible="1"/>
            <widget name="customer_run_progress" invisible="state == 'computed'"/>
            <field name="total" invisible="state != 'computed'"/>
        </form>`,
    });
}

test("times are told as exactly as anybody wants to know", () => {
    allowTranslations();
    expect(String(formatDuration(0.4))).toBe("under 1 s");
    expect(String(formatDuration(59.9))).toBe("59 s");
    expect(String(formatDuration(75))).toBe("1 min 15 s");
    expect(String(formatDuration(3725))).toBe("1 h 2 min");
});

test("the steps are shown with the one at work and how long each took", async () => {
    await openRun([progress()]);
    expect.verifySteps(["asked"]);
    expect(".o_customer_run_stage").toHaveCount(3);
    expect(".o_customer_run_done").toHaveText("facts\n1 min 15 s");
    expect(".o_customer_run_current").toHaveAttribute("aria-current", "step");
    expect(".o_customer_run_current .o_customer_run_label").toHaveText(
        "observe\n3 / 12 · 5 s"
    );
    expect(".o_customer_run_percent").toHaveText("40 %");
    // The clock goes on between two answers
    await advanceTime(2000);
    expect(queryAllTexts(".o_customer_run_current small")[0]).toMatch(/7 s/);
});

test("without a websocket the page asks, and turns into the result", async () => {
    await openRun([progress(), progress({percent: 30}), progress(COMPUTED)]);
    await advanceTime(3000);
    await animationFrame();
    expect.verifySteps(["asked", "asked"]);
    // The bar never goes back
    expect(".o_customer_run_percent").toHaveText("40 %");
    MockServer.env["customer.ltv.run"].write([1], {state: "computed", total: 7});
    await advanceTime(3000);
    await animationFrame();
    expect(".o_customer_run_progress").toHaveCount(0);
    expect("[name=total] input").toHaveValue("7");
    expect.verifySteps(["asked"]);
    // Over: nobody is asked any more
    await advanceTime(60000);
    expect.verifySteps([]);
});

test("a run that was over before it was asked for turns into the result, too", async () => {
    await openRun([progress(COMPUTED)]);
    expect.verifySteps(["asked"]);
    MockServer.env["customer.ltv.run"].write([1], {state: "computed", total: 7});
    await advanceTime(1000);
    await animationFrame();
    expect("[name=total] input").toHaveValue("7");
    expect.verifySteps(["asked"]);
});

test("the bus tells of news of this run, and of no other", async () => {
    const subscribed = waitUntilSubscribe();
    await openRun([progress(), progress({percent: 90})]);
    expect.verifySteps(["asked"]);
    await advanceTime(1000);
    await subscribed;
    MockServer.env["bus.bus"]._sendone("broadcast", NOTICE, {id: 2});
    await advanceTime(500);
    expect.verifySteps([]);
    MockServer.env["bus.bus"]._sendone("broadcast", NOTICE, {id: 1});
    await expect.waitForSteps(["asked"]);
    await animationFrame();
    expect(".o_customer_run_percent").toHaveText("90 %");
    // Told once, the page trusts the bus and asks less often
    await advanceTime(6000);
    expect.verifySteps([]);
});

test("a server that does not answer is asked again", async () => {
    let calls = 0;
    onRpc("customer.ltv.run", "get_progress", () => {
        calls++;
        if (calls === 2) {
            throw new Error("down");
        }
        return progress({percent: 10 * calls});
    });
    await mountView({
        type: "form",
        resModel: "customer.ltv.run",
        resId: 1,
        arch: `<form><field name="state"/><widget name="customer_run_progress"/></form>`,
    });
    await advanceTime(3000);
    await advanceTime(3000);
    await animationFrame();
    expect(".o_customer_run_percent").toHaveText("30 %");
});

test("a run that has stopped says in which step", async () => {
    Run._records[0].state = "failed";
    await openRun([
        progress({
            state: "failed",
            is_working: false,
            failures: 3,
            stages: [stage("facts", "failed", {done: 1, total: 2})],
        }),
    ]);
    expect(".o_customer_run_failed .fa-times").toHaveCount(1);
    expect(".progress").toHaveCount(0);
    expect(".o_customer_run_progress").toHaveText(/Errors on the way: 3/);
    await advanceTime(60000);
    expect.verifySteps(["asked"]);
});
