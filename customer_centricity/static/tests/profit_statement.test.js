import {animationFrame, click, expect, queryAllTexts, test} from "@odoo/hoot";
import {
    contains,
    getService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {WebClient} from "@web/webclient/webclient";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {getWaterfall} from "@customer_centricity/profit_statement/waterfall";

defineMailModels();

const PERIODS = [
    {
        key: "2025",
        label: "2025",
        start: "2025-01-01",
        end: "2026-01-01",
        is_open: false,
    },
    {key: "2026", label: "2026", start: "2026-01-01", end: "2027-01-01", is_open: true},
];

function line(key, amounts, values = {}) {
    return {
        key,
        label: key,
        kind: key,
        opens: true,
        is_total: false,
        amounts,
        ...values,
    };
}

function statement(values = {}) {
    const none = [0, 0];
    return {
        account: "North Hotel",
        currency_id: 1,
        as_of: "2026-07-15 03:00:00",
        is_empty: false,
        periods: PERIODS,
        lines: [
            line("revenue", [1000, 400]),
            line("product_cost", [-600, -300]),
            line("time_cost", [0, -500], {opens: false}),
            line("profit", [400, -400], {kind: false, opens: false, is_total: true}),
        ],
        notes: {
            refund_amount: none,
            estimated_cost: [150, 0],
            uncosted_revenue: [0, 80],
            hours: [0, 12.5],
            uncosted_hours: none,
            order_count: [4, 1],
        },
        hints: ["The documents of time_cost do not open for you."],
        ...values,
    };
}

async function open(values) {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "customer_centricity.profit_statement",
        context: {active_id: 7},
        ...values,
    });
}

test("bars hang on what is left, and are losses below zero", () => {
    const {zero, bars} = getWaterfall(statement().lines, 1);
    // from -400 to 400: zero is in the middle
    expect(zero).toBe(50);
    expect(bars).toEqual([
        [{start: 50, size: 50, isLoss: false}],
        [{start: 62.5, size: 37.5, isLoss: false}],
        [
            {start: 0, size: 50, isLoss: true},
            {start: 50, size: 12.5, isLoss: false},
        ],
        [{start: 0, size: 50, isLoss: true}],
    ]);
});

test("without any figure there are no bars", () => {
    const {zero, bars} = getWaterfall([line("revenue", [0])], 0);
    expect(zero).toBe(0);
    expect(bars).toEqual([[]]);
});

test("the last closed period is drawn; another can be chosen", async () => {
    onRpc("customer.account", "get_profit_statement", ({args}) => {
        expect.step(args);
        return statement();
    });
    await open({params: {unit: "year"}});
    expect.verifySteps([[[7], "year"]]);
    expect(".o_customer_profit_period h3").toHaveText("2025");
    expect(queryAllTexts(".o_customer_waterfall_share")).toEqual([
        "100%",
        "-60%",
        "",
        "40%",
    ]);
    expect(".o_customer_profit_notes").toHaveText(/25% of the product cost/);
    expect(".o_customer_profit_hint").toHaveCount(1);
    await click(".o_customer_profit_table thead button:contains(2026)");
    await animationFrame();
    expect(".o_customer_profit_period h3").toHaveText(/2026\s*so far/);
    expect(".o_customer_waterfall [data-line=profit] .bg-danger").toHaveCount(1);
    expect(".o_customer_profit_notes").toHaveText(/Goods sold for .*80.00/);
});

test("figures open their documents; zeros and what is not for the user do not", async () => {
    onRpc("customer.account", "get_profit_statement", () => statement());
    onRpc("customer.account", "action_open_items", ({args}) => {
        expect.step(args);
        return {type: "ir.actions.act_window_close"};
    });
    await open({params: {account_id: 5}});
    expect(".o_customer_profit_table").toHaveCount(0);
    expect(".o_customer_waterfall [data-line=time_cost] button").toHaveCount(0);
    expect(".o_customer_waterfall [data-line=time_cost]").toHaveText(/–/);
    expect(".o_customer_waterfall [data-line=profit] button").toHaveCount(0);
    expect(".o_customer_waterfall [data-line=revenue] button").toHaveAttribute(
        "aria-label",
        /revenue, 2025: .*1,000.00.*Open the documents/
    );
    await contains(".o_customer_waterfall [data-line=product_cost] button").click();
    expect.verifySteps([[[5], "product_cost", "2025-01-01", "2026-01-01"]]);
});

test("an account without a month, and no account", async () => {
    onRpc("customer.account", "get_profit_statement", () =>
        statement({is_empty: true, as_of: false})
    );
    await open();
    expect(".o_customer_profit_empty").toHaveCount(1);
    expect(".o_customer_profit_units").toHaveCount(0);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "customer_centricity.profit_statement",
    });
    expect(".o_customer_profit_statement").toHaveText(/No account is chosen/);
});
