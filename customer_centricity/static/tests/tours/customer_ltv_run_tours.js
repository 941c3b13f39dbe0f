import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

function state(label) {
    return `.o_statusbar_status .o_arrow_button_current:contains(${label})`;
}

function openMenu(xmlid) {
    return [
        {
            content: "Open the menu",
            trigger:
                ".o_menu_sections [data-menu-xmlid='customer_centricity.menu_ltv']",
            run: "click",
        },
        {
            content: "Open the screen",
            trigger: `[data-menu-xmlid='customer_centricity.${xmlid}']`,
            run: "click",
        },
    ];
}

tours.add("customer_ltv_run", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: ".o_app[data-menu-xmlid='customer_centricity.menu_root']",
            run: "click",
        },
        {
            content: "The app is there",
            trigger: ".o_customer_dashboard",
        },
        ...openMenu("menu_ltv_runs"),
        {
            content: "Nothing has been applied, and the screen says so",
            trigger: ".o_customer_run_health:contains(No run has been applied yet)",
        },
        {
            content: "A new run",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "It knows what to compute; start",
            trigger: ".o_form_view:has([name=date]) button[name=action_compute]",
            run: "click",
        },
        {
            content: "The steps are shown, one is at work",
            trigger: `.o_customer_run_progress[data-state=computing] .o_customer_run_current`,
        },
        {
            content: "It turns into the result by itself",
            trigger: `body:has(${state("To Review")}) .o_customer_run_panel:contains(Value of the portfolio)`,
            timeout: 60000,
        },
        {
            content: "One account turns loss-making: open it",
            trigger:
                ".o_customer_run_card:contains(Turn loss-making):has([name=loss_count]:contains(1))",
            run: "click",
        },
        {
            content: "Exactly that one",
            trigger: ".o_list_view .o_data_row:only-of-type:contains(Tour Drain)",
        },
        {
            content: "Select it",
            trigger: ".o_data_row .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Keep it where it is",
            trigger: ".o_control_panel button[name=action_keep]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal [name=reason] input",
            run: "edit They are about to pay more",
        },
        {
            content: "Keep",
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "It does not turn loss-making any more; back to the run",
            trigger:
                "body:not(:has(.modal)):has(.o_view_nocontent) .o_breadcrumb a:last, body:not(:has(.modal)):has(.o_view_nocontent) .breadcrumb-item:last a",
            run: "click",
        },
        {
            content: "One is kept; apply",
            trigger: `body:has(.o_customer_run_card:contains(Kept by hand):contains(1)) button[name=action_apply]`,
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            content: "Applied, without reloading",
            trigger: state("Applied"),
            timeout: 60000,
        },
        ...openMenu("menu_ltv_matrix"),
        {
            content: "Where accounts came from and where they went",
            trigger: ".o_pivot:contains(Tour Tier)",
        },
        ...openMenu("menu_ltv_history"),
        {
            content: "The values over the years",
            trigger: ".o_graph_view canvas",
        },
        ...openMenu("menu_ltv_cohort"),
        {
            content: "By the year of the first order",
            trigger: ".o_pivot td:contains($)",
        },
    ],
});

tours.add("customer_ltv_run_manager", {
    steps: () => [
        {
            content: "The run is there to be read; nothing is to be started",
            trigger: ".o_form_view [name=date]",
            run: () => {
                const started = document.querySelector(
                    "button[name=action_compute], button[name=action_apply]"
                );
                if (started) {
                    throw new Error("A manager could start a run");
                }
            },
        },
    ],
});
