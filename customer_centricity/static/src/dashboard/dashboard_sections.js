import {BandCard, ValueCard} from "./value_card";
import {NextCard, StagesCard} from "./counts_card";
import {DecisionsCard} from "./decisions_card";
import {GroupsCard} from "./groups_card";
import {QualityCard} from "./quality_card";
import {TiersCard} from "./tiers_card";
import {VoiceCard} from "./voice_card";
import {WhaleCard} from "./whale_card";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/**
 * What stands on the dashboard, by the name that get_section of the server knows.
 *
 * For each role that sees a section: what shows it, its title, its place among the
 * others and its width, of twelve. Other addons add their own here.
 */
const sections = registry.category("customer_centricity.dashboard_sections");

sections
    .add("value", {
        manager: {
            Component: ValueCard,
            title: _t("What the portfolio is worth"),
            sequence: 10,
            width: 8,
        },
        user: {Component: BandCard, title: _t("Accounts"), sequence: 10, width: 4},
    })
    .add("quality", {
        manager: {
            Component: QualityCard,
            title: _t("How far to trust it"),
            sequence: 20,
            width: 4,
        },
    })
    .add("whale", {
        manager: {
            Component: WhaleCard,
            title: _t("Who makes the profit"),
            sequence: 30,
        },
    })
    .add("tiers", {
        manager: {
            Component: TiersCard,
            title: _t("Tiers, and who moved"),
            sequence: 40,
        },
        user: {Component: TiersCard, title: _t("Tiers"), sequence: 20, width: 4},
    })
    .add("groups", {
        manager: {Component: GroupsCard, title: _t("Groups and intents"), sequence: 50},
        user: {Component: GroupsCard, title: _t("Groups and intents"), sequence: 60},
    })
    .add("voice", {
        manager: {
            Component: VoiceCard,
            title: _t("What customers say, and what to do"),
            sequence: 60,
        },
        user: {
            Component: VoiceCard,
            title: _t("What customers say"),
            sequence: 50,
            width: 6,
        },
    })
    .add("decisions", {
        manager: {
            Component: DecisionsCard,
            title: _t("Decisions at work"),
            sequence: 70,
            width: 4,
        },
    })
    .add("next", {
        manager: {
            Component: NextCard,
            title: _t("What to aim for next"),
            sequence: 80,
            width: 4,
        },
        user: {
            Component: NextCard,
            title: _t("What to aim for next"),
            sequence: 30,
            width: 4,
        },
    })
    .add("stages", {
        manager: {
            Component: StagesCard,
            title: _t("Where the relations stand"),
            sequence: 90,
            width: 4,
        },
        user: {
            Component: StagesCard,
            title: _t("Where the relations stand"),
            sequence: 40,
            width: 6,
        },
    });
