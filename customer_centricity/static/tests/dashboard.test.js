import {
    animationFrame,
    click,
    expect,
    press,
    queryAllTexts,
    queryOne,
    test,
} from "@odoo/hoot";
import {
    contains,
    getService,
    makeMockEnv,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {
    formatShare,
    formatShortMoney,
} from "@customer_centricity/dashboard/dashboard_format";
import {getLine, walk} from "@customer_centricity/dashboard/whale_chart";
import {WebClient} from "@web/webclient/webclient";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {getBars} from "@customer_centricity/dashboard/dashboard_bars";
import {getInterval} from "@customer_centricity/dashboard/value_interval";
import {getMatrix} from "@customer_centricity/dashboard/tiers_matrix";

defineMailModels();

const FILTERS = {
    managers: [
        [7, "Mitchell Admin"],
        [8, "Ana Pons"],
    ],
    teams: [],
    groups: [[3, "Hotels"]],
    dates: [
        {key: "now", label: "Now"},
        {key: 5, label: "As of 31 Dec 2025"},
    ],
    company: "My Company",
    role: "manager",
    user_id: 99,
};

const counts = (kind, names) =>
    names.map((name, index) => ({key: name, name, count: index, open: [kind, name]}));

function cells(numbers, from) {
    return numbers.map((count, index) => ({count, open: ["move", from, index + 1]}));
}

/** What the server tells a manager. */
const MANAGER = {
    value: {
        amount: 1234567.5,
        low: 1000000,
        high: 1500000,
        change: -25000,
        change_rate: -0.02,
        since: "2025-12-31",
        change_come: 5000,
        change_gone: 0,
        change_rest: -30000,
        was_likely: true,
        review: {label: "The run as of 31 Oct 2026 waits for review", open: ["review"]},
        account_count: 40,
        valued_count: 38,
        profit: 200000,
        revenue: 800000,
        loss_count: 6,
        loss_amount: -12300,
        as_of: "2026-11-25T10:00:00+00:00",
        window: "Nov 2025 – Oct 2026",
        open: ["all"],
        open_valued: ["valued"],
        open_losers: ["losers"],
    },
    whale: {
        points: [
            [1, 700, 11, "North Hotel", 700],
            [2, 1000, 12, "South Hotel", 300],
            [3, 900, false, "Not named", -100],
        ],
        count: 3,
        total: 900,
        peak: 1000,
        peak_rank: 2,
        given_back: 100,
        top10_share: 0.78,
        top20_share: null,
        top10_profit: 700,
        top20_profit: null,
        gini: 0.2,
        open_top10: ["top", 10],
        open_top20: ["top", 20],
        open_losers: ["losers"],
    },
    tiers: {
        tiers: [
            {
                id: 1,
                name: "A",
                color: 10,
                count: 4,
                value: 900,
                profit: 300,
                open: ["t", 1],
            },
            {
                id: 2,
                name: "B",
                color: 4,
                count: 0,
                value: 0,
                profit: -100,
                open: ["t", 2],
            },
        ],
        migration: {
            date: "2025-12-31",
            label: "Run as of 2025",
            columns: [
                [1, "A"],
                [2, "B"],
            ],
            rows: [
                {id: 1, name: "A", cells: cells([4, 2], 1)},
                {id: 2, name: "B", cells: cells([1, 0], 2)},
                {id: false, name: "No tier", cells: cells([3, 0], false)},
            ],
            up: 1,
            down: 2,
            entered: 3,
            left: 0,
            open_up: ["movement", "up"],
        },
    },
    groups: {
        groups: [
            {
                id: 3,
                name: "Hotels",
                value: 500,
                profit: 50,
                count: 9,
                open: ["group", 3],
            },
        ],
        intents: [],
    },
    voice: {
        advocacy: [
            {key: "call_first", name: "Call first", advice: "Hear them.", count: 2},
            {key: "decide", name: "Decide", advice: "Now.", count: 0},
        ],
        nps_label: "+20 ± 10, 50 answers",
        nps_parts: "30 promoters",
        open: ["answered"],
        by_voice: counts("voice", ["promoter", "silent"]),
        note: "As of today: runs do not keep this.",
    },
    decisions: {
        states: [
            {key: "proposed", name: "Proposed", count: 2, at_stake: 99, open: ["d"]},
        ],
        recovered: null,
        recovered_count: 0,
        overdue_count: 1,
        open_overdue: ["overdue"],
    },
    quality: {
        grade: "B",
        title: "Mostly reliable",
        reason: "3% in doubt.",
        findings: [
            {name: "No cost", count_label: "Products: 2", amount: 9, open: ["f"]},
        ],
        open: ["findings"],
    },
    next: {behaviours: counts("behaviour", ["cross_sell", "referral"])},
    stages: {stages: counts("stage", ["new", "steady"])},
};

/** What the server tells a salesperson: how many, never how much. */
const USER = {
    value: {
        account_count: 12,
        by_band: counts("band", ["small", "large"]),
        open: ["all"],
    },
    tiers: {
        tiers: [{id: 1, name: "A", color: 10, count: 12, open: ["t", 1]}],
        migration: null,
    },
    groups: {
        groups: [{id: 3, name: "Hotels", count: 12, open: ["group", 3]}],
        intents: [
            {id: 1, name: "Grow", state_label: "Running", count: 2, open: ["i", 1]},
        ],
    },
    voice: {nps_label: null, nps_parts: null, by_voice: [], open: ["answered"]},
    next: MANAGER.next,
    stages: MANAGER.stages,
};

let panels = 0;

/** Serve the sections; those that are functions are called. */
function serve({filters = FILTERS, sections = MANAGER} = {}) {
    panels = 0;
    onRpc("customer.onboarding", "get_panel", () => {
        panels++;
        return false;
    });
    onRpc("customer.dashboard", "get_filters", () => filters);
    onRpc("customer.dashboard", "get_section", ({args: [name, chosen]}) => {
        const answer = sections[name];
        return typeof answer === "function" ? answer(chosen) : answer;
    });
}

async function open(values) {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "customer_centricity.dashboard",
        ...values,
    });
    await animationFrame();
}

function section(name) {
    return `[data-section=${name}]`;
}

function getSections() {
    return [...document.querySelectorAll(".o_customer_card")].map(
        (card) => card.dataset.section
    );
}

// ----------------------------------------------------------------------
// What is worked out on the screen
// ----------------------------------------------------------------------

test("amounts are told in three digits, shares in two, and nothing as nothing", async () => {
    await makeMockEnv();
    expect(formatShortMoney(null)).toBe("–");
    expect(formatShortMoney(0)).toMatch(/^\D*0$/);
    expect(formatShortMoney(999.4)).toMatch(/999$/);
    expect(formatShortMoney(-1250)).toMatch(/-1\.3k$/);
    expect(formatShortMoney(50000)).toMatch(/50k$/);
    expect(formatShortMoney(123456)).toMatch(/123k$/);
    expect(formatShortMoney(1250000)).toMatch(/1\.3M$/);
    expect(formatShare(null)).toBe("–");
    expect(formatShare(0.834)).toBe("83%");
    expect(formatShare(0.034)).toBe("3.4%");
    expect(formatShare(0)).toBe("0%");
});

test("bars begin at one zero, losses go the other way", () => {
    // from -50 to 150: zero is at a quarter
    expect(getBars([150, -50, null])).toEqual([
        {start: 25, size: 75, isLoss: false},
        {start: 0, size: 25, isLoss: true},
        {start: 25, size: 0, isLoss: false},
    ]);
    expect(getBars([0])).toEqual([{start: 0, size: 0, isLoss: false}]);
});

test("the range of a value stands on a scale from zero, or from below it", () => {
    // 92 hundredths of the width are those from 0 to 200
    expect(getInterval(150, 100, 200)).toEqual({start: 46, size: 46, mark: 69});
    // and here those from -200 to zero
    expect(getInterval(-150, -200, -100)).toEqual({start: 8, size: 46, mark: 31});
    // On both sides of zero, both ends are left free: 84 hundredths are 200
    expect(getInterval(0, -100, 100)).toEqual({start: 8, size: 84, mark: 50});
});

test("a move to a better tier is up, and who had none has not moved", () => {
    const [a, b, none] = getMatrix(MANAGER.tiers.migration);
    const directions = (row) => row.cells.map(({direction}) => direction);
    expect(directions(a)).toEqual(["same", "down"]);
    expect(directions(b)).toEqual(["up", "same"]);
    expect(directions(none)).toEqual(["none", "none"]);
    // the most accounts have the full colour, none has none
    expect(a.cells[0].strength).toBe("0.45");
    expect(b.cells[1].color).toBe(undefined);
});

test("the curve begins at nothing, and keys walk along it", () => {
    expect(getLine([[1, 700, 11, "North", 700]])).toEqual([
        {x: 0, y: 0},
        {x: 1, y: 700},
    ]);
    expect(walk("ArrowRight", -1, 30)).toBe(0);
    expect(walk("ArrowRight", 4, 30)).toBe(5);
    expect(walk("ArrowLeft", 0, 30)).toBe(0);
    expect(walk("PageDown", 4, 30)).toBe(7);
    expect(walk("PageUp", 1, 30)).toBe(0);
    expect(walk("End", 4, 30)).toBe(29);
    expect(walk("Home", 4, 30)).toBe(0);
    expect(walk("a", 4, 30)).toBe(-1);
    expect(walk("End", -1, 0)).toBe(-1);
});

// ----------------------------------------------------------------------
// The screen
// ----------------------------------------------------------------------

test("a manager sees what the portfolio is worth, and every number opens", async () => {
    serve();
    onRpc("customer.dashboard", "get_action", ({args}) => {
        expect.step(args);
        return {type: "ir.actions.act_window_close"};
    });
    await open();
    expect(getSections()).toEqual([
        "value",
        "quality",
        "whale",
        "tiers",
        "groups",
        "voice",
        "decisions",
        "next",
        "stages",
    ]);
    const value = section("value");
    expect(`${value} .o_customer_headline`).toHaveText(/1\.2M$/);
    expect(`${value} .o_customer_headline`).toHaveAttribute("title", /1,234,567\.50/);
    expect(`${value} .o_customer_headline`).toHaveAttribute(
        "aria-label",
        /^Lifetime value: .*1,234,567\.50. Open the records\.$/
    );
    // The first steps come after figures, for the Tab key, too
    expect(".o_customer_cards + .o_customer_dashboard_last").toHaveCount(1);
    expect(panels).toBe(1);
    // told in words and with an arrow
    expect(`${value} .o_customer_change`).toHaveText(
        /^Down by .*25k since 31 Dec 2025 \(−2%\)$/
    );
    // who has made it; as it was likely, it is no bad news
    expect(`${value} .o_customer_change_reason`).toHaveText(
        /^New accounts: \+.*5k · The others: −.*30k · within what was likely then$/
    );
    expect(`${value} .o_customer_change .text-muted`).toHaveCount(1);
    expect(`${value} .o_customer_period`).toHaveText(/Computed on 25 Nov 2026, /);
    expect(`${value} .o_customer_facts`).toHaveText(/[^-]12\.3k lost with them/);
    await click(`${value} .o_customer_review:contains(waits for review)`);
    expect.verifySteps([
        [["review"], {user_id: false, team_id: false, group_id: false, date: "now"}],
    ]);
    expect(`${value} .fa-arrow-down`).toHaveCount(1);
    expect(value).toHaveText(/80% likely between .*1M and .*1\.5M/);
    expect(value).toHaveText(/25% of the revenue/);
    expect(value).toHaveText(/Nov 2025 – Oct 2026/);
    await contains(`${value} .o_customer_facts button:contains(6)`).click();
    expect.verifySteps([
        [["losers"], {user_id: false, team_id: false, group_id: false, date: "now"}],
    ]);
    // What is not known is a dash, what is nothing does not open
    expect(`${section("decisions")} .o_customer_headline`).toHaveText(/^–/);
    expect(`${section("tiers")} [data-key="2"] [data-field=count] button`).toHaveCount(
        0
    );
    expect(`${section("tiers")} [data-key="2"] .o_customer_bar_loss`).toHaveCount(1);
    expect(`${section("voice")} .o_customer_note`).toHaveText(/As of today/);
    expect(`${section("quality")} .o_customer_grade`).toHaveText(/B/);
    expect(`${section("groups")} .o_customer_empty`).toHaveText(
        /No intent is under way/
    );
});

test("a salesperson begins with the own accounts and sees no amount", async () => {
    serve({
        filters: {
            ...FILTERS,
            role: "user",
            user_id: 8,
            dates: FILTERS.dates.slice(0, 1),
        },
        sections: {
            ...USER,
            value: (chosen) => {
                expect.step(chosen.user_id);
                return USER.value;
            },
        },
    });
    await open();
    expect.verifySteps([8]);
    expect(getSections()).toEqual([
        "value",
        "tiers",
        "next",
        "stages",
        "voice",
        "groups",
    ]);
    expect("select[name=user_id]").toHaveValue("8");
    expect("select[name=user_id] option:contains(my accounts)").toHaveCount(1);
    // One date only is no choice
    expect("select[name=date]").toHaveCount(0);
    expect(".o_customer_dashboard .o_content").not.toHaveText(
        /\$|Profit|Value(?! band)/
    );
    expect(`${section("voice")} .o_customer_empty`).toHaveText(
        /Nobody has answered yet/
    );
    await contains("select[name=user_id]").select("");
    await animationFrame();
    expect.verifySteps([false]);
});

test("a section that fails says so by itself, and can be tried again", async () => {
    let fails = true;
    serve({
        sections: {
            ...MANAGER,
            stages: () => {
                if (fails) {
                    throw new Error("a secret of the database");
                }
                return MANAGER.stages;
            },
        },
    });
    await open();
    expect(`${section("stages")} [role=alert]`).toHaveText(/could not be loaded/);
    expect(section("stages")).not.toHaveText(/secret/);
    expect(`${section("next")} [role=alert]`).toHaveCount(0);
    fails = false;
    await click(`${section("stages")} button:contains(Try again)`);
    await animationFrame();
    expect(`${section("stages")} [role=alert]`).toHaveCount(0);
    expect(`${section("stages")} [data-key=steady]`).toHaveText(/1/);
});

test("sections come in as they are ready, and only the latest answer counts", async () => {
    const answers = [];
    serve({
        sections: {
            ...MANAGER,
            value: () => new Promise((resolve) => answers.push(resolve)),
        },
    });
    await open();
    expect(`${section("value")} .o_customer_skeleton`).toHaveCount(1);
    expect(section("value")).toHaveAttribute("aria-busy", "true");
    expect(`${section("whale")} .o_customer_skeleton`).toHaveCount(0);
    await contains("select[name=group_id]").select("3");
    await animationFrame();
    // The second question is answered first
    answers[1]({...MANAGER.value, account_count: 2});
    await animationFrame();
    answers[0]({...MANAGER.value, account_count: 40});
    await animationFrame();
    expect(`${section("value")} .o_customer_facts`).toHaveText(/\b2\b/);
    expect(`${section("value")} .o_customer_facts`).not.toHaveText(/\b40\b/);
    expect(section("value")).toHaveAttribute("aria-busy", "false");
});

test("filters are asked for, are kept on the way back, and can be given up", async () => {
    serve({
        sections: {
            ...MANAGER,
            value: ({user_id, group_id, date}) => {
                expect.step([user_id, group_id, date]);
                return {...MANAGER.value, account_count: user_id === 8 ? 0 : 40};
            },
        },
    });
    await open({params: {group_id: "3", date: "5", user_id: "12345"}});
    // who is not there any more is nobody's filter
    expect.verifySteps([[false, 3, 5]]);
    expect("select[name=date]").toHaveValue("5");
    await contains("select[name=user_id]").select("8");
    await animationFrame();
    expect.verifySteps([[8, 3, 5]]);
    expect(".o_customer_nobody").toHaveText(/No account is left by these filters/);
    // Where they are folded away, what is chosen is told all the same
    expect(".o_customer_dashboard_fold").toHaveText(
        "Filters: Ana Pons, Hotels, As of 31 Dec 2025"
    );
    expect(".o_customer_dashboard_folded").toHaveCount(1);
    queryOne(".o_customer_dashboard_fold").click();
    await animationFrame();
    expect(".o_customer_dashboard_folded").toHaveCount(0);
    expect(".o_customer_dashboard_fold").toHaveAttribute("aria-expanded", "true");
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "customer_centricity.profit_statement",
    });
    await contains(".o_breadcrumb a, .breadcrumb-item a").click();
    await animationFrame();
    expect.verifySteps([[8, 3, 5]]);
    expect("select[name=user_id]").toHaveValue("8");
    await contains(".o_customer_nobody button").click();
    await animationFrame();
    expect.verifySteps([[false, false, 5]]);
    expect(".o_customer_nobody").toHaveCount(0);
    await contains(".o_customer_dashboard_refresh").click();
    await animationFrame();
    expect.verifySteps([[false, false, 5]]);
});

test("the curve can be walked by keyboard, and read as a table", async () => {
    serve();
    await open();
    const whale = section("whale");
    expect(`${whale} .o_customer_whale_chart`).toHaveAttribute(
        "aria-label",
        /Profit of 3 accounts.* rises to .*1,000\.00 and ends at .*900\.00/
    );
    expect(`${whale} .o_customer_whale_facts`).toHaveText(/78%/);
    queryOne(`${whale} .o_customer_whale_chart`).focus();
    await press("ArrowRight");
    await press("ArrowRight");
    await animationFrame();
    expect(`${whale} [aria-live]`).toHaveText(
        /^South Hotel. Place 2 of 3. Profit: .*300\.00. Together with all before: .*1,000\.00$/
    );
    await click(`${whale} .o_customer_whale_toggle`);
    await animationFrame();
    // What is said of the curve has no place below the table
    expect(`${whale} #o_customer_whale_hint`).toHaveCount(0);
    expect(queryAllTexts(`${whale} tbody th`)).toEqual([
        "North Hotel",
        "South Hotel",
        "Not named",
    ]);
    // Whoever is not named does not open
    expect(`${whale} tbody button`).toHaveCount(2);
    expect(`${whale} tbody .o_customer_loss`).toHaveText(/-100\.00/);
});

test("Enter opens the account that the keys have led to, a click that of its row", async () => {
    serve();
    await open();
    patchWithCleanup(getService("action"), {
        doAction: ({res_model, res_id}) => expect.step([res_model, res_id]),
    });
    const whale = section("whale");
    queryOne(`${whale} .o_customer_whale_chart`).focus();
    // Nothing is chosen yet
    await press("Enter");
    expect.verifySteps([]);
    await press("End");
    // Whoever is not named does not open
    await press("Enter");
    expect.verifySteps([]);
    await press("ArrowLeft");
    await press("Enter");
    expect.verifySteps([["customer.account", 12]]);
    await click(`${whale} .o_customer_whale_toggle`);
    await animationFrame();
    await click(`${whale} tbody button:contains(North Hotel)`);
    expect.verifySteps([["customer.account", 11]]);
});

test("an empty portfolio says what comes next", async () => {
    serve({
        sections: {
            ...MANAGER,
            value: {
                ...MANAGER.value,
                amount: null,
                low: null,
                high: null,
                change: null,
                since: null,
                account_count: 0,
                valued_count: 0,
                profit: null,
                revenue: null,
                loss_count: 0,
                loss_amount: 0,
                as_of: null,
            },
            whale: {...MANAGER.whale, points: [], count: 0, total: null, peak: null},
            tiers: {tiers: [], migration: null},
            groups: {groups: [], intents: []},
            voice: {
                ...MANAGER.voice,
                nps_label: null,
                by_voice: [
                    {key: "promoter", name: "Promoter", count: 0},
                    {key: "silent", name: "Silent", count: 9},
                ],
            },
            decisions: {...MANAGER.decisions, states: []},
            quality: {...MANAGER.quality, grade: false, findings: []},
            stages: {stages: []},
        },
    });
    await open();
    expect(`${section("value")} .o_customer_value_none button`).toHaveText(
        /lifetime value runs/
    );
    expect(`${section("value")} .o_customer_facts`).toHaveText(/–/);
    for (const name of ["whale", "tiers", "groups", "voice", "decisions", "stages"]) {
        expect(`${section(name)} .o_customer_empty`).toHaveCount(1);
    }
    expect(`${section("quality")} .o_customer_grade`).toHaveText(/–/);
    expect(`${section("voice")} table`).toHaveCount(0);
    // The first steps come first as long as nothing is worth anything
    expect(".o_customer_dashboard_last").toHaveCount(0);
    // An empty portfolio is not one that filters have emptied
    expect(".o_customer_nobody").toHaveCount(0);
});
