import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

function card(name) {
    return `.o_kanban_record:contains(${name})`;
}

/* Choose a record in a many2one field */
function choose(field, name, where = "") {
    return [
        {
            content: `Look for ${name}`,
            trigger: `${where} .o_field_widget[name=${field}] input`,
            run: `edit ${name}`,
        },
        {
            content: `Take ${name}`,
            trigger: `.o-autocomplete--dropdown-item:contains(${name})`,
            run: "click",
        },
    ];
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

tours.add("customer_intent_start", {
    url: "/odoo/customer-intents",
    steps: () => [
        {
            content: "A new intent",
            trigger: ".o_control_panel .o-kanban-button-new",
            run: "click",
        },
        ...choose("group_id", "Tour Group", ".o_form_view"),
        {
            content: "Say why",
            trigger: ".o_form_view .o_field_widget[name=reason] textarea",
            run: "edit They like what we do",
        },
        {
            content: "Expect something of it",
            trigger:
                ".o_field_widget[name=outcome_ids] .o_field_x2many_list_row_add button, .o_field_widget[name=outcome_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        ...choose("metric_id", "Revenue", ".modal"),
        {
            content: "It is told what it is today: say what it is to be",
            trigger:
                ".modal:has([name=explanation]:contains(1,000)) .o_field_widget[name=target] input",
            run: "edit 2000 && press Tab",
        },
        {
            content: "The target is understood",
            trigger: ".modal [name=explanation]:contains(it is to be):contains(2,000)",
        },
        {
            content: "Save the outcome",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Start",
            trigger:
                "body:not(:has(.modal)) .o_form_view:has(.o_data_row:contains(Revenue)) button[name=action_start]",
            run: "click",
        },
        {
            content: "What is frozen is told: start",
            trigger:
                ".modal:has([name=account_count]:contains(1)):has([name=outcome_preview]:contains(1,000)) button[name=action_start]",
            run: "click",
        },
        {
            content: "It runs",
            trigger:
                "body:not(:has(.modal)) .o_statusbar_status .o_arrow_button_current:contains(Running)",
        },
        {
            content: "The outcome begins with today's figure and is on track",
            trigger:
                ".o_data_row:contains(On track) .o_data_cell[name=baseline_text]:contains(1,000)",
        },
        {
            content: "No further outcome can be invented now",
            trigger:
                ".o_field_widget[name=outcome_ids]:not(:has(.o_field_x2many_list_row_add))",
        },
    ],
});

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
