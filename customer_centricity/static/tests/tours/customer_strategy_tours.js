import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

function card(name) {
    return `.o_kanban_record:contains(${name})`;
}

function assertNoFigures(selector, figures) {
    const text = document.querySelector(selector).textContent;
    const seen = figures.filter((figure) => text.includes(figure));
    if (seen.length) {
        throw new Error(`A salesperson sees ${seen.join(", ")}: ${text}`);
    }
}

function assertAbsent(names) {
    const seen = names.filter((name) => document.querySelector(`[name=${name}]`));
    if (seen.length) {
        throw new Error(`A salesperson is offered ${seen.join(", ")}`);
    }
}

tours.add("customer_intent_measured", {
    url: "/odoo/customer-intents",
    steps: () => [
        {
            content: "It tells on its card what has come true; open it",
            trigger: `${card("Tour Group")}:contains(Reached):contains(1 of 1 reached)`,
            run: "click",
        },
        {
            content: "From where to where, and what was wanted",
            trigger:
                ".o_data_row:contains(Reached):has([name=baseline_text]:contains(1,000)):has([name=target_text]:contains(2,000)) .o_data_cell[name=value_text]:contains(2,500)",
            run: "click",
        },
        {
            content: "How it is measured, month by month",
            trigger: ".modal [name=measure_ids] .o_data_row:contains(2,500)",
        },
        {
            content: "In words",
            trigger: ".modal [name=explanation]:contains(Done: 150 %)",
        },
    ],
});

tours.add("customer_strategy_salesperson", {
    url: "/odoo/customer-groups",
    steps: () => [
        {
            content: "The group and what is intended of it; open it",
            trigger: `${card("Tour Group")}:contains(Grow)`,
            run: () => {
                assertNoFigures(".o_kanban_renderer", ["1,000", "$", "%"]);
                assertAbsent(["profit", "lifetime_value", "value_share"]);
            },
        },
        {
            content: "Open it",
            trigger: card("Tour Group"),
            run: "click",
        },
        {
            content: "How many accounts, and not what they come to",
            trigger:
                ".o_form_view button[name=action_open_accounts]:contains(1), .o_control_panel button[name=action_open_accounts]:contains(1)",
            run: () => {
                assertNoFigures(".o_action_manager", ["1,000", "$"]);
                assertAbsent([
                    "profit",
                    "revenue",
                    "lifetime_value",
                    "action_preview_rule",
                    "action_keep_version",
                    "action_open_history",
                    "account_domain",
                ]);
            },
        },
        {
            content: "The persona is for everybody",
            trigger: ".o_form_view [name=persona_name]:contains(Tour Persona)",
        },
        {
            content: "What is intended",
            trigger: "button[name=action_open_intents]",
            run: "click",
        },
        {
            content: "Open the intent",
            trigger:
                ".o_kanban_record:contains(Grow), .o_data_row .o_data_cell:contains(Grow)",
            run: "click",
        },
        {
            content: "Why, and how it goes, in words",
            trigger:
                ".o_form_view:has([name=reason]:contains(They like what we do)) .o_data_row:contains(On track)",
            run: () => {
                assertNoFigures(".o_action_manager", ["1,000", "2,000", "$", "%"]);
                assertAbsent([
                    "action_start",
                    "action_end",
                    "baseline_text",
                    "target_text",
                    "value_text",
                    "progress",
                ]);
            },
        },
    ],
});
