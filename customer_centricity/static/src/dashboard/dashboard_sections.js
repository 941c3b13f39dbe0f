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
 * For each role that sees a section: what shows it, its title and its width, of twelve.
 * Other addons add their own here; a sequence says where.
 */
const sections = registry.category("customer_centricity.dashboard_sections");

const BOTH = ["manager", "user"];

function forRoles(roles, view) {
    return Object.fromEntries(roles.map((role) => [role, view]));
}

sections
    .add(
        "value",
        {
            manager: {
                Component: ValueCard,
                title: _t("What the portfolio is worth"),
                width: 8,
            },
            user: {Component: BandCard, title: _t("Accounts"), width: 4},
        },
        {sequence: 10}
    )
    .add(
        "quality",
        forRoles(["manager"], {
            Component: QualityCard,
            title: _t("How far to trust it"),
            width: 4,
        }),
        {sequence: 20}
    )
    .add(
        "whale",
        forRoles(["manager"], {
            Component: WhaleCard,
            title: _t("Who makes the profit"),
            width: 12,
        }),
        {sequence: 30}
    )
    .add(
        "tiers",
        {
            manager: {
                Component: TiersCard,
                title: _t("Tiers, and who moved"),
                width: 12,
            },
            user: {Component: TiersCard, title: _t("Tiers"), width: 4},
        },
        {sequence: 40}
    )
    .add(
        "groups",
        {
            manager: {
                Component: GroupsCard,
                title: _t("Groups and intents"),
                width: 12,
            },
            user: {Component: GroupsCard, title: _t("Groups"), width: 4},
        },
        {sequence: 50}
    )
    .add(
        "voice",
        {
            manager: {
                Component: VoiceCard,
                title: _t("What customers say, and what to do"),
                width: 12,
            },
            user: {Component: VoiceCard, title: _t("What customers say"), width: 4},
        },
        {sequence: 60}
    )
    .add(
        "decisions",
        forRoles(["manager"], {
            Component: DecisionsCard,
            title: _t("Decisions at work"),
            width: 4,
        }),
        {sequence: 70}
    )
    .add(
        "next",
        forRoles(BOTH, {Component: NextCard, title: _t("What to aim for next"), width: 4}),
        {sequence: 80}
    )
    .add(
        "stages",
        forRoles(BOTH, {
            Component: StagesCard,
            title: _t("Where the relations stand"),
            width: 4,
        }),
        {sequence: 90}
    );
