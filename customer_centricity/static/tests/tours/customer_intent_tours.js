import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

function state(label) {
    return `.o_statusbar_status .o_arrow_button_current:contains(${label})`;
}

tours.add("customer_intent_start", {
    steps: () => [
        {
            content: "A new intent",
            trigger: ".o-kanban-button-new, .o_list_button_add",
            run: "click",
        },
        {
            content: "Of the group",
            trigger: ".o_form_view [name=group_id] input",
            run: "edit Tour Hotels",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains(Tour Hotels)",
            run: "click",
        },
        {
            content: "Say why",
            trigger: "[name=reason] textarea",
            run: "edit They recommend us",
        },
        {
            content: "What is expected",
            trigger: "[name=outcome_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Of which figure",
            trigger: ".modal [name=metric_id] input",
            run: "edit Revenue",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains(/^Revenue$/)",
            run: "click",
        },
        {
            content: "It says what the figure is today",
            trigger: ".modal [name=explanation]:contains(more is better)",
        },
        {
            content: "Below what it is",
            trigger: ".modal [name=target] input:visible",
            run: "edit 2000 && press Tab",
        },
        {
            content: "It says what is wanted",
            trigger: ".modal [name=explanation]:contains(it is to be)",
        },
        {
            content: "Enough outcomes",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Choose a play, too",
            trigger: "body:not(:has(.modal)) .o_notebook_headers a[name=plays]",
            run: "click",
        },
        {
            content: "Add it",
            trigger: "[name=play_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "This one",
            trigger: ".modal .o_data_row td:contains(Tour Play)",
            run: "click",
        },
        {
            content: "Start",
            trigger:
                "body:not(:has(.modal)):has([name=play_ids]:contains(Tour Play)) button[name=action_start]",
            run: "click",
        },
        {
            content: "What starting will do",
            trigger: ".modal [name=play_preview]:contains(2 activities)",
        },
        {
            content: "Start",
            trigger: ".modal button[name=action_start]",
            run: "click",
        },
        {
            content: "It runs, and was measured",
            trigger: `body:not(:has(.modal)):has(${state("Running")}) [name=step_count]:contains(2)`,
        },
        {
            content: "Nothing is added to what is expected any more",
            trigger: ".o_notebook_headers a[name=outcomes]",
            run: "click",
        },
        {
            content: "The outcome is on track",
            trigger:
                "[name=outcome_ids]:not(:has(.o_field_x2many_list_row_add)) .o_data_row:contains(On track)",
        },
        {
            content: "The way to the target",
            trigger: ".o_stat_text:contains(Of the Way)",
            run: "click",
        },
        {
            content: "As a graph",
            trigger: ".o_graph_view canvas",
        },
    ],
});

tours.add("customer_intent_salesperson", {
    steps: () => [
        {
            content: "A salesperson reads what is intended, and how it stands",
            trigger: ".o_form_view [name=outcome_ids] .o_data_row:contains(At risk)",
            run: () => {
                const figures = document.querySelector(
                    "[name=target_text], [name=progress], button[name=action_end]"
                );
                if (figures) {
                    throw new Error(
                        "A salesperson could see figures or end the intent"
                    );
                }
            },
        },
    ],
});
