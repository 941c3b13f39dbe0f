import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

function card(name) {
    return `.o_kanban_record:contains(${name})`;
}

function column(group) {
    return `.o_kanban_group:has(.o_column_title:contains(${group}))`;
}

tours.add("customer_group_drag", {
    steps: () => [
        {
            content: "Show the accounts by group",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Group by customer group",
            trigger: ".o_group_by_menu .o_menu_item:contains(Customer Group)",
            run: "click",
        },
        {
            content: "Drag the card to another group",
            trigger: `${column("Tour Hotels")} ${card("Tour Drain")}`,
            run: `drag_and_drop (${column("Tour Clinics")})`,
        },
        {
            content: "The reason is asked for; think better of it",
            trigger: ".modal:contains(Tour Clinics) .btn-secondary",
            run: "click",
        },
        {
            content: "The card is where it was; drag it again",
            trigger: `body:not(:has(.modal)) ${column("Tour Hotels")} ${card("Tour Drain")}`,
            run: `drag_and_drop (${column("Tour Clinics")})`,
        },
        {
            content: "Say why",
            trigger: ".modal .o_customer_group_reason",
            run: "edit They sold their rooms",
        },
        {
            content: "Move it",
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            content: "It has moved",
            trigger: `body:not(:has(.modal)) ${column("Tour Clinics")} ${card("Tour Drain")}`,
        },
    ],
});

tours.add("customer_group_by_rule", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: ".o_app[data-menu-xmlid='customer_centricity.menu_root']",
            run: "click",
        },
        {
            content: "Open the menu",
            trigger:
                "[data-menu-xmlid='customer_centricity.menu_strategy'], .o_menu_sections button:contains(Strategy)",
            run: "click",
        },
        {
            content: "Groups",
            trigger:
                ".o-dropdown--menu [data-menu-xmlid='customer_centricity.menu_customer_groups']",
            run: "click",
        },
        {
            content: "A new group",
            trigger:
                "body:has(.o_breadcrumb:contains(Customer Groups)) .o-kanban-button-new",
            run: "click",
        },
        {
            content: "Name it",
            trigger: ".o_field_widget[name=name] input",
            run: "edit Tour Losses",
        },
        {
            content: "Say who belongs to it",
            trigger: ".o_notebook .nav-link[name=rule]",
            run: "click",
        },
        {
            content: "Add a condition on the account",
            trigger:
                ".o_field_widget[name=account_domain] .o_domain_add_first_node_button, .o_field_widget[name=account_domain] a:contains(New Rule)",
            run: "click",
        },
        {
            content: "Look for the field",
            trigger: ".o_field_widget[name=account_domain] .o_model_field_selector",
            run: "click",
        },
        {
            content: "By its name",
            trigger: ".o_model_field_selector_popover_search input",
            run: "edit Result",
        },
        {
            content: "Take it",
            trigger:
                ".o_model_field_selector_popover_item[data-name=result] button.o_model_field_selector_popover_item_name",
            run: "click",
        },
        {
            content: "Who loses money",
            trigger:
                ".o_field_widget[name=account_domain] .o_tree_editor_condition > div:last-child select",
            run: "selectByLabel Loss",
        },
        {
            content: "Look who would enter",
            trigger: ".o_form_view button[name=action_preview_rule]",
            run: "click",
        },
        {
            content: "Of the two accounts, the one that loses; move it",
            trigger:
                ".modal:has(.o_field_widget[name=entering_count]:contains(1)):has(.o_data_row:contains(Tour Drain):contains(Tour Hotels)) button[name=action_apply]",
            run: "click",
        },
        {
            content: "It is in the group",
            trigger:
                "body:not(:has(.modal)) .o_form_view button[name=action_open_accounts]",
            run: "click",
        },
        {
            content: "There it is",
            trigger: `.o_kanban_renderer:not(:has(${card("Tour Gain")})) ${card("Tour Drain")}`,
        },
    ],
});
