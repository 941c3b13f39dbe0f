import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

function state(label) {
    return `.o_statusbar_status .o_arrow_button_current:contains(${label})`;
}

function cell(kind, name) {
    return `.o_customer_options td[data-kind=${kind}] [name=${name}]`;
}

function step(label) {
    return [
        {
            content: `Press ${label}`,
            trigger: `.o_form_view:not(.o_form_dirty) .o_statusbar_buttons button:contains(${label})`,
            run: "click",
        },
    ];
}

function confirm(label) {
    return {
        content: `Confirm: ${label}`,
        trigger: `.modal-footer button[name=action_go_on]:contains(${label})`,
        run: "click",
    };
}

tours.add("customer_decision_case", {
    steps: () => [
        {
            content: "Something is to be decided about the account",
            trigger: ".o_statusbar_buttons button[name=action_propose_decision]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal [name=reason] textarea",
            run: "edit They call every day",
        },
        {
            content: "Propose a case",
            trigger: ".modal-footer button[name=action_propose]",
            run: "click",
        },
        {
            content: "Leaving it as it is would go on losing 1,000 a year",
            trigger: `${cell("mend", "expected_profit")}:contains(-1,000)`,
        },
        {
            content: "What if prices rose by 30%?",
            trigger: `${cell("reprice", "price_rate")} input`,
            run: "edit 30 && press Tab",
        },
        {
            content: "And if the customer stayed for sure?",
            trigger: `${cell("reprice", "acceptance_rate")} input`,
            run: "edit 100 && press Tab",
        },
        {
            content: "It would lose 300 less, at once",
            trigger: `${cell("reprice", "profit_gain")}:contains(/ 300$/)`,
        },
        {
            content: "The end is not possible yet, and it says why",
            trigger: ".o_customer_options p:contains(End the relation)",
        },
        {
            content: "A pricelist can be chosen",
            trigger: cell("reprice", "pricelist_id"),
        },
        {
            content: "Choose another option",
            trigger: ".o_customer_options th[data-kind=change_level] button",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger:
                ".o_customer_options th[data-kind=change_level] .badge:contains(Chosen)",
        },
        {
            content: "Say why not the best",
            trigger: "[name=choice_reason] textarea",
            run: "edit They asked for it",
        },
        {
            content: "Approve it",
            trigger: ".o_statusbar_buttons button:contains(Approve)",
            run: "click",
        },
        {
            content: "It tells what will be written",
            trigger: ".modal [name=ready_ids] td:contains(Personal → Standard)",
        },
        confirm("Approve"),
        {content: "It is approved", trigger: state("Approved")},
        ...step("Apply"),
        confirm("Apply"),
        {content: "It is applied", trigger: state("Applied")},
        {
            content: "No empty row of a pricelist that nobody has chosen",
            trigger:
                ".o_customer_options:not(:has([name=pricelist_id])) [name=service_level_id]",
        },
        {
            content: "Write to the customer",
            trigger: ".o_statusbar_buttons button[name=action_write_letter]",
            run: "click",
        },
        {
            content: "The letter is there to be read, and not sent",
            trigger: ".modal [name=body]:contains(Dear Tour Loss)",
        },
        {
            content: "Not now",
            trigger: ".modal-header .btn-close",
            run: "click",
        },
        {
            content: "What has been changed",
            trigger: "body:not(:has(.modal)) .o_notebook_headers a[name=effects]",
            run: "click",
        },
        {
            content: "The service level, from what to what",
            trigger:
                "[name=effect_ids] .o_data_row:contains(Personal):contains(Standard)",
        },
        ...step("Undo"),
        {
            content: "Say why",
            trigger: ".modal [name=reason] textarea",
            run: "edit They pay more now",
        },
        confirm("Undo"),
        {content: "It is undone", trigger: state("Undone")},
        {
            content: "It says why",
            trigger: ".alert [name=reject_reason]:contains(They pay more now)",
        },
    ],
});

tours.add("customer_decision_salesperson", {
    steps: () => [
        {
            content: "The case of the account",
            trigger: ".o_form_view button[name=action_open_decision]",
            run: "click",
        },
        {
            content: "The options stand there, without a figure",
            trigger:
                ".o_customer_options:not(:has([name=expected_profit])) th:contains(Subcontract)",
        },
        {
            content: "Nothing can be chosen or approved",
            trigger:
                ".o_form_view:not(:has(.o_customer_options button)):not(:has(button[name=action_step]))",
        },
    ],
});
