import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

function state(label) {
    return `.o_statusbar_status .o_arrow_button_current:contains(${label})`;
}

/** A cell of the options side by side. */
function cell(kind, name) {
    return `.o_customer_options td[data-kind=${kind}] [name=${name}]`;
}

function head(kind) {
    return `.o_customer_options th[data-kind=${kind}]`;
}

function ruleOut(kind, reason) {
    return [
        {
            content: `Rule out ${kind}`,
            trigger: `${cell(kind, "state")} input`,
            run: "click",
        },
        {
            content: "It is out of the question",
            trigger: ".o_select_menu_item:contains(Ruled out)",
            run: "click",
        },
        {
            content: "Say why",
            trigger: `${cell(kind, "state_reason")} input`,
            run: `edit ${reason} && press Tab`,
        },
        {
            content: "It can be chosen no longer",
            trigger: `${head(kind)}:contains(Not possible)`,
        },
    ];
}

/** Press a button of the case, and say why in the dialog. */
function step(label, reason) {
    return [
        {
            content: label,
            trigger: `.o_statusbar_buttons button[name=action_step]:contains(${label})`,
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal [name=reason] textarea",
            run: `edit ${reason}`,
        },
        {
            content: label,
            trigger: `.modal button[name=action_go_on]:contains(${label})`,
            run: "click",
        },
    ];
}

tours.add("customer_decision_board", {
    steps: () => [
        {
            content: "What is at stake is on the card; open it",
            trigger: ".o_kanban_record:contains(Tour Drain):contains(1,000)",
            run: "click",
        },
        {
            content: "Nine of ten stay and take a third less: less is lost",
            trigger: `${cell("change_level", "expected_profit")}:contains(730)`,
        },
        {
            content: "More than by any other option",
            trigger: `${head("change_level")}:contains(Best)`,
        },
        {
            content: "A tenth more for the same, and some leave",
            trigger: `${cell("reprice", "expected_profit")}:contains(915)`,
        },
        {
            content: "What if it were half as much again?",
            trigger: `${cell("reprice", "price_rate")} input`,
            run: "edit 50 && press Tab",
        },
        {
            content: "It follows at once what would come of it",
            trigger: `${cell("reprice", "expected_profit")}:contains(575)`,
        },
        {
            content: "And that it would be the best",
            trigger: `${head("reprice")}:contains(Best)`,
        },
        ...ruleOut("mend", "All of it is theirs"),
        ...ruleOut("reduce_cost", "They want a visit"),
        {
            content: "The relation cannot be ended: not all that is milder was tried",
            trigger: `.o_customer_options p:contains(End the relation):contains(Change the price)`,
        },
        {
            content: "Choose another level of service nevertheless",
            trigger: `${head("change_level")} button:contains(Choose)`,
            run: "click",
        },
        {
            content: "Say why not the best",
            trigger: "[name=choice_reason] textarea",
            run: "edit They would leave for half of that",
        },
        {
            content: "What applying it will write",
            trigger:
                "[name=plan_summary]:contains(Standard):contains(Self-service):contains(An activity)",
        },
        ...step("Approve", "They order on the web anyway"),
        {
            content: "A rule has applied it at once",
            trigger: `body:not(:has(.modal)):has(${state("Applied")}) [name=account_service_level_id]:contains(Self-service)`,
        },
        {
            content: "What it has changed",
            trigger: ".o_notebook_headers a[name=effects]",
            run: "click",
        },
        {
            content: "From what to what",
            trigger:
                "[name=effect_ids] .o_data_row:contains(Service Level):contains(Standard):contains(Self-service)",
        },
        {
            content: "What was decided stays as it was decided",
            trigger: `.o_customer_options:not(:has(input)) td[data-kind=reprice]:contains(50)`,
        },
        ...step("Undo", "They have complained to the board"),
        {
            content: "All is as it was",
            trigger: `body:not(:has(.modal)):has(${state("Undone")}) [name=account_service_level_id]:contains(Standard)`,
        },
        {
            content: "And why",
            trigger: "[name=reject_reason]:contains(complained to the board)",
        },
    ],
});
