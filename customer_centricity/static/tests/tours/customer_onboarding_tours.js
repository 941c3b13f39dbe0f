import {registry} from "@web/core/registry";

const PANEL = ".o_customer_onboarding";

registry.category("web_tour.tours").add("customer_onboarding", {
    steps: () => [
        {
            content: "Without figures, the first steps stand on the board",
            trigger: `.o_customer_account_kanban ${PANEL} [data-step=figures][data-state=todo]`,
        },
        {
            content: "Open the kinds of business",
            trigger: `${PANEL} [data-button=preset]`,
            run: "click",
        },
        {
            content: "Each change is shown",
            trigger: ".modal .o_data_row:contains('Lost After'):contains('18')",
        },
        {
            content: "Choose another kind",
            trigger: ".modal .o_radio_item:contains('Distribution') input",
            run: "click",
        },
        {
            content: "Its changes are others",
            trigger: ".modal .o_data_row:contains('Lost After'):contains('6')",
        },
        {
            content: "Leave the horizon as it is",
            trigger:
                ".modal .o_data_row:contains('Horizon') .o_field_boolean_toggle input",
            run: "click",
        },
        {
            content: "It will not be changed",
            trigger:
                ".modal .o_data_row:contains('Horizon') .o_field_boolean_toggle input:not(:checked)",
        },
        {
            content: "Apply the rest",
            trigger: ".modal-footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "The step is done",
            trigger: `body:not(:has(.modal)) ${PANEL} [data-step=preset][data-state=done][title*=Distribution]`,
        },
        {
            content: "Type in what an hour costs",
            trigger: `${PANEL} [data-button=costs]`,
            run: "click",
        },
        {
            content: "Click on the cost of Elena",
            trigger: ".o_data_row:contains('Elena') [name=hourly_cost]",
            run: "click",
        },
        {
            content: "Enter it",
            trigger: ".o_selected_row [name=hourly_cost] input",
            run: "edit 40",
        },
        {
            content: "Save it",
            trigger: ".o_list_button_save",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: ".o_data_row:not(.o_selected_row):contains('40.00')",
        },
        {
            content: "Back to the first steps",
            trigger: ".o_breadcrumb .breadcrumb-item a:contains('All Accounts')",
            run: "click",
        },
        {
            content: "Hours from before are given their cost",
            trigger: `${PANEL} [data-button=hours]`,
            run: "click",
        },
        {
            content: "Costs are done",
            trigger: `${PANEL} [data-step=costs][data-state=done]`,
        },
        {
            content: "Put the steps away",
            trigger: `${PANEL} .o_customer_onboarding_hide`,
            run: "click",
        },
        {
            content: "Say so again",
            trigger: ".modal-footer .btn-primary:contains('Hide')",
            run: "click",
        },
        {
            content: "They are gone",
            trigger: `.o_customer_account_kanban:not(:has(${PANEL}))`,
        },
    ],
});
