import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

function card(name) {
    return `.o_kanban_record:contains(${name})`;
}

function column(tier) {
    return `.o_kanban_group:has(.o_column_title:contains(${tier}))`;
}

function assertAbsent(names) {
    const seen = names.filter((name) =>
        document.querySelector(`.o_form_view [name=${name}]`)
    );
    if (seen.length) {
        throw new Error(`A salesperson sees ${seen.join(", ")}`);
    }
}

function openAllAccounts() {
    return [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: ".o_app[data-menu-xmlid='customer_centricity.menu_root']",
            run: "click",
        },
        {
            content: "The dashboard comes first",
            trigger: ".o_customer_dashboard",
        },
        {
            content: "Open the menu",
            trigger:
                "[data-menu-xmlid='customer_centricity.menu_accounts'], .o_menu_sections button:contains(Accounts)",
            run: "click",
        },
        {
            content: "All accounts",
            trigger: "[data-menu-xmlid='customer_centricity.menu_all_accounts']",
            run: "click",
        },
        {
            content: "All accounts are shown by tier",
            trigger: ".o_customer_account_kanban .o_kanban_group",
        },
    ];
}

tours.add("customer_account_find_loss", {
    url: "/odoo",
    steps: () => [
        ...openAllAccounts(),
        {
            content: "Both accounts are there",
            trigger: `body:has(${card("Tour Gain")}) ${card("Tour Drain")}`,
        },
        {
            content: "Open the search menu",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Keep those that lose money",
            trigger: ".o_filter_menu .o_menu_item:contains(Loss-making)",
            run: "click",
        },
        {
            content: "The profitable account is gone; open the other",
            trigger: `.o_kanban_renderer:not(:has(${card("Tour Gain")})) ${card("Tour Drain")}:contains(-400)`,
            run: "click",
        },
        {
            content: "Its profit is told",
            trigger: ".o_form_view button[name=action_open_months]:contains(-400.00)",
        },
        {
            content: "And how it came about",
            trigger:
                ".o_form_view:has([name=revenue]:contains(100.00)) [name=time_cost]:contains(500.00)",
        },
        {
            content: "Month by month",
            trigger: "button[name=action_open_months]",
            run: "click",
        },
        {
            content: "The months of the account are drawn",
            trigger:
                "body:has(.o_breadcrumb:contains(Profit by Month)) .o_graph_renderer canvas",
        },
    ],
});

tours.add("customer_account_salesperson", {
    steps: () => [
        {
            content: "The contact tells the tier",
            trigger: "button[name=action_open_customer_account]:contains(Tour Tier)",
        },
        {
            content: "More about its value",
            trigger: ".o_notebook a[name=customer_value]",
            run: "click",
        },
        {
            content: "Tier and value, no figures",
            trigger:
                ".o_notebook .tab-pane.active:has(.o_field_badge[name=customer_tier_id]:contains(Tour Tier)):has([name=customer_value_band])",
            run() {
                const money = [
                    "customer_revenue",
                    "customer_profit",
                    "customer_lifetime_value",
                ];
                assertAbsent(money);
            },
        },
        {
            content: "Open the account",
            trigger: "button[name=action_open_customer_account]",
            run: "click",
        },
        {
            content: "The account without figures",
            trigger: ".o_form_view .o_field_widget[name=value_band]",
            run() {
                const money = [
                    "revenue",
                    "product_cost",
                    "time_cost",
                    "profit",
                    "profit_rate",
                    "lifetime_value",
                    "historic_value",
                    "month_ids",
                    "hours",
                ];
                assertAbsent(money);
                if (document.querySelector("button[name=action_change_tier]")) {
                    throw new Error(
                        "A salesperson must not be offered to change tiers"
                    );
                }
                const text = document.querySelector(".o_form_view").textContent;
                if (/cost|profit\b(?!able)/i.test(text.replace("ResultProfit", ""))) {
                    throw new Error(`A salesperson sees costs or profits: ${text}`);
                }
            },
        },
    ],
});

tours.add("customer_account_drag", {
    url: "/odoo/customer-accounts",
    steps: () => [
        {
            content: "Drag a card to another tier",
            trigger: `${column("Tour Tier")} ${card("Tour Drain")}`,
            run: `drag_and_drop (${column("Tour Other")})`,
        },
        {
            content: "It is refused, with the reason",
            trigger: ".modal .modal-body:contains(Change tier):contains(reason)",
        },
        {
            content: "Close the message",
            trigger: ".modal .modal-footer button",
            run: "click",
        },
        {
            content: "The card is back",
            trigger: `body:not(:has(.modal)) ${column("Tour Tier")} ${card("Tour Drain")}`,
        },
    ],
});

tours.add("customer_account_change_tier", {
    steps: () => [
        {
            content: "Change the tier by hand",
            trigger: "button[name=action_change_tier]",
            run: "click",
        },
        {
            content: "Choose the tier",
            trigger: ".modal .o_field_widget[name=tier_id] input",
            run: "edit Tour Other",
        },
        {
            content: "Take it",
            trigger: ".o-autocomplete--dropdown-item:contains(Tour Other)",
            run: "click",
        },
        {
            content: "Give the reason",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit They are about to open ten hotels",
        },
        {
            content: "Apply",
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "The account is in the tier",
            trigger:
                "body:not(:has(.modal)) .o_field_badge[name=tier_id]:contains(Tour Other)",
        },
        {
            content: "The chatter keeps the reason",
            trigger:
                ".o-mail-Chatter .o-mail-Message:contains(They are about to open ten hotels)",
        },
    ],
});

tours.add("customer_account_statement", {
    steps: () => [
        {
            content: "Open the profit and loss from the account",
            trigger: ".o_form_view button[name=action_open_statement]",
            run: "click",
        },
        {
            content: "The loss of the closed months is drawn left of zero",
            trigger:
                ".o_customer_waterfall [data-line=profit]:has(.bg-danger):contains(-400.00)",
        },
        {
            content: "What it costs to serve is nothing, which opens nothing",
            trigger:
                ".o_customer_waterfall [data-line=serving_cost]:contains(–):not(:has(button))",
        },
        {
            content: "Look at it by month",
            trigger: ".o_customer_profit_units [data-unit=month]",
            run: "click",
        },
        {
            content: "All months are in a table, the last closed one is drawn",
            trigger:
                "body:has(.o_customer_profit_table th.table-active) .o_customer_waterfall [data-line=time_cost]:contains(-500.00)",
        },
        {
            content: "By year",
            trigger: ".o_customer_profit_units [data-unit=year]",
            run: "click",
        },
        {
            content: "Open the hours behind the time cost",
            trigger:
                "body:has([data-unit=year].active) .o_customer_profit_table [data-line=time_cost] button:contains(-500.00)",
            run: "click",
        },
        {
            content: "They come to the figure; open the timesheet",
            trigger:
                ".o_list_view:has(tfoot:contains(500.00)) .o_data_row button[name=action_open_document]",
            run: "click",
        },
        {
            content: "The document is there; go back to the list",
            trigger: "body:has(.o_form_view) .o_breadcrumb a:contains(Time cost)",
            run: "click",
        },
        {
            content: "And back to the profit and loss",
            trigger: "body:has(.o_list_view) .o_breadcrumb a:contains(Profit and loss)",
            run: "click",
        },
        {
            content: "It is as it was left: by year",
            trigger: ".o_customer_profit_units [data-unit=year].active",
        },
    ],
});
