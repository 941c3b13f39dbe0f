import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

function section(name) {
    return `.o_customer_card[data-section=${name}]`;
}

function row(name) {
    return `.o_list_view .o_data_row:contains(${name})`;
}

function back() {
    return {
        content: "Back to the dashboard",
        trigger: ".o_breadcrumb a:contains(Dashboard), .o_back_button",
        run: "click",
    };
}

function assertNoFigures() {
    const text = document.querySelector(".o_customer_dashboard .o_content").textContent;
    const seen = ["$", "1,000", "400", "Profit", "Revenue"].filter((figure) =>
        text.includes(figure)
    );
    if (seen.length) {
        throw new Error(`A salesperson sees ${seen.join(", ")}: ${text}`);
    }
}

function assertSections(names) {
    const shown = [...document.querySelectorAll(".o_customer_card")].map(
        (card) => card.dataset.section
    );
    if (shown.join() !== names.join()) {
        throw new Error(`Sections are ${shown.join()} instead of ${names.join()}`);
    }
}

tours.add("customer_dashboard_manager", {
    url: "/odoo/customer-dashboard",
    steps: () => [
        {
            content: "What all accounts have earned, and the share that is profit",
            trigger: `${section("value")} button[aria-label^="Profit:"][aria-label*="600.00"]`,
        },
        {
            content: "The curve is drawn",
            trigger: `${section("whale")} canvas`,
            run: "canvasNotEmpty",
        },
        {
            content: "One account is at a loss: open it",
            trigger: `${section("value")} button[aria-label^="Accounts at a loss: 1."]`,
            run: "click",
        },
        {
            content: "It is the one that costs more than it brings, and no other",
            trigger: `.o_list_view:not(:has(.o_data_row:contains(Tour Gain))):has(.o_data_row:contains(Tour Drain))`,
        },
        back(),
        {
            content: "The figures are there at once; read the curve as a table",
            trigger: `${section("whale")} .o_customer_whale_toggle`,
            run: "click",
        },
        {
            content: "The one that earns comes first; open the one that loses",
            trigger: `${section("whale")} tbody:has(tr:first-child:contains(Tour Gain)) tr:contains(Tour Drain):contains(-400.00) button`,
            run: "click",
        },
        {
            content: "Its form",
            trigger: ".o_form_view .o_form_sheet:contains(Tour Drain)",
        },
        back(),
        {
            content: "Look at a group without accounts",
            trigger: ".o_customer_dashboard select[name=group_id]",
            run: "selectByLabel Tour Empty Group",
        },
        {
            content: "Nobody is left, and the way out is shown",
            trigger: ".o_customer_nobody button:contains(Show all accounts)",
            run: "click",
        },
        {
            content: "Who is in which tier: open those",
            trigger: `body:not(:has(.o_customer_nobody)) ${section("tiers")} tr:contains(Tour Tier) [data-field=count] button`,
            run: "click",
        },
        {
            content: "The account in the tier",
            trigger: row("Tour Drain"),
        },
    ],
});

tours.add("customer_dashboard_salesperson", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: ".o_app[data-menu-xmlid='customer_centricity.menu_root']",
            run: "click",
        },
        {
            content: "It begins with the dashboard, and with one's own accounts",
            trigger: `${section("value")} button[aria-label^="Accounts: 1."]`,
        },
        {
            content: "All sections are there",
            trigger: `.o_customer_dashboard:not(:has([aria-busy=true]))`,
            run: () => {
                assertSections(["value", "tiers", "next", "stages", "voice", "groups"]);
                assertNoFigures();
            },
        },
        {
            content: "Look at everybody's accounts",
            trigger: ".o_customer_dashboard select[name=user_id]",
            run: "selectByLabel All",
        },
        {
            content: "Open them",
            trigger: `${section("value")} button[aria-label^="Accounts: 2."]`,
            run: "click",
        },
        {
            content: "Both accounts",
            trigger: `body:has(${row("Tour Gain")}) ${row("Tour Drain")}`,
        },
        back(),
        {
            content: "What was chosen is kept",
            trigger: `.o_customer_dashboard:not(:has([aria-busy=true])) ${section("value")} button[aria-label^="Accounts: 2."]`,
            run: assertNoFigures,
        },
    ],
});
