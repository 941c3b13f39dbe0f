import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");
const FIRST = ".o_field_widget[name=line_ids] .o_data_row:first";

tours.add("customer_group_proposal", {
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
        {
            content: "Open the menu",
            trigger:
                ".o_menu_sections [data-menu-xmlid='customer_centricity.menu_strategy']",
            run: "click",
        },
        {
            content: "Open the proposals",
            trigger: "[data-menu-xmlid='customer_centricity.menu_group_proposals']",
            run: "click",
        },
        {
            content: "Nothing has been found yet: a new one",
            trigger:
                "body:has(.o_view_nocontent:contains(how your customers behave)) .o_list_button_add",
            run: "click",
        },
        {
            content: "Find groups",
            trigger: "button[name=action_propose]:contains(Find groups)",
            run: "click",
        },
        {
            content: "Two groups that lie apart, and who would move",
            trigger:
                "body:has(.o_field_widget[name=verdict]:contains(Clear)) .alert:contains(24 enter a group)",
        },
        {
            content: "How they were found is explained",
            trigger: ".o_notebook .nav-link:contains(How They Were Found)",
            run: "click",
        },
        {
            content: "With what speaks for each number of groups",
            trigger:
                ".o_field_widget[name=explanation]:contains(2 groups are clear) tr.table-primary",
        },
        {
            content: "Back to the groups",
            trigger: ".o_notebook .nav-link:contains(Groups Found)",
            run: "click",
        },
        {
            content: "The first gets a name",
            trigger: `${FIRST} td[name=name]`,
            run: "click",
        },
        {
            content: "Of one's own",
            trigger: `${FIRST} td[name=name] input`,
            run: "edit Tour Partners",
        },
        {
            content: "Accept",
            trigger: "button[name=action_accept]",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "Accounts are in their groups",
            trigger: ".alert:contains(24 accounts were put in groups)",
        },
        {
            content: "The group is one of ours",
            trigger: `${FIRST} td[name=group_id]:contains(Tour Partners)`,
        },
    ],
});
