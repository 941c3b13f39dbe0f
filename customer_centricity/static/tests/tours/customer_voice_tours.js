import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("customer_voice_to_play", {
    url: "/odoo/customer-profit-and-voice",
    steps: () => [
        {
            content: "Who earns money and is unhappy stands first; plan a call",
            trigger:
                ".o_kanban_group:first .o_kanban_record:contains(Tour Gain):contains(Late again) button:contains(Schedule a call)",
            run: "click",
        },
        {
            content: "What the call is about is there",
            trigger: ".modal [name=summary] input:value(Hear what they think of us)",
        },
        {
            content: "Plan it",
            trigger: ".modal button[name=action_schedule_activities]",
            run: "click",
        },
        {
            content: "Open the account",
            trigger: "body:not(:has(.modal)) .o_kanban_record:contains(Tour Gain)",
            run: "click",
        },
        {
            content: "What is next, and why; start it",
            trigger:
                ".o_form_view .alert:contains(Permanence):contains(hear what went wrong) button[name=action_start_next_behaviour]",
            run: "click",
        },
        {
            content: "It is started",
            trigger: ".o_notification:contains(Keep Them Ordering)",
        },
        {
            content: "And what is to be done is on the account",
            trigger: ".o-mail-Activity:contains(Tell them what was done)",
        },
    ],
});
