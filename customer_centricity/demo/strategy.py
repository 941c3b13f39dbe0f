"""How the firm of the demonstration deals with its customers.

Plain data: no Odoo here. Customers are grouped by how they behave, whatever they sell;
most groups by rule, one by hand, because what its members share is in no figure. What
is intended of them is measured from the documents of the stories: no figure stands
here, a target is told as a share of what it was at the start.

Words stand for records as in stories.py: a customer is its key, "visit" is the channel
``channel_visit``, "welcome" the play ``play_welcome`` and "construction" the tag
``tag_construction``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Touchpoint:
    """An occasion on which the firm and a customer of the group meet."""

    name: str
    channel: str
    stage: str = ""
    user: str = "manager"
    frequency: str = ""
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A line of an exchange: judged with points, or measured by a metric."""

    name: str
    points: float = 0.0
    weight: float = 1.0
    # what is given
    need: str = ""
    evidence: str = ""
    cost: str = ""  # metric of money that is its cost
    # what is got
    kind: str = ""
    metric: str = ""


@dataclass(frozen=True)
class Exchange:
    """What is given to a group, and what is got from it."""

    purpose: str
    receives_value: str
    resonates: str
    most_valuable: str
    gives: tuple
    gets: tuple


@dataclass(frozen=True)
class GroupStory:
    """Customers that are dealt with alike, because they behave alike."""

    key: str  # the group is customer_centricity.group_of_<key>
    name: str
    color: int
    user: str
    story: str
    behaviours: tuple
    values: tuple
    persona: str
    persona_story: str
    relationship: str
    channels: tuple
    touchpoints: tuple
    lifecycle: str
    feedback: str
    support: str
    retention: str
    loyalty: str
    complaints: str
    privacy: str
    account_domain: tuple = ()  # the rule
    tag: str = ""  # part of the rule: the customers with this tag
    by_hand: dict = None  # {customer: why a person put it there}
    exchange: Exchange = None


@dataclass(frozen=True)
class Outcome:
    """What a figure is meant to become, from what it was at the start."""

    metric: str
    months: int  # after the start
    change: float = 0.0  # as a share of the size it had: 0.1 is a tenth more
    target: float = None  # or what it is to be, whatever it was


@dataclass(frozen=True)
class IntentStory:
    """What is wanted of a group or a customer, since when, and what came of it."""

    kind: str
    name: str
    reason: str
    outcomes: tuple
    group: str = ""
    customer: str = ""
    user: str = "manager"
    plays: tuple = ()
    months_ago: int = None  # of its start; None is a draft
    ended_ago: int = None  # months
    note: str = ""  # what came of it


@dataclass(frozen=True)
class Step:
    summary: str
    days: int
    activity: str = "todo"
    responsible: str = "account_manager"


# -- Groups, in the order in which their rules take accounts ---------------------------

GROUPS = (
    GroupStory(
        "quiet",
        "Gone Quiet",
        color=1,
        user="manager_north",
        story="Used to order and have stopped, or are late by their own habits. Most "
        "of them left without a word, and nobody noticed at the time.",
        behaviours=("Have stopped ordering", "Leave without complaining"),
        values=("Being missed",),
        persona="Julián, plant manager",
        persona_story="Changed to a supplier that is nearer. Nobody has called him "
        "since, so he takes it that nobody minds.",
        relationship="personal",
        channels=("phone", "visit"),
        touchpoints=(
            Touchpoint(
                "Call of the account manager",
                "phone",
                stage="at_risk",
                user="manager_north",
                frequency="once, within a week",
                note="Ask what has changed, offer nothing yet",
            ),
            Touchpoint(
                "Farewell letter",
                "mail",
                stage="lost",
                user="sales",
                frequency="once",
                note="Thank them, and say how to come back",
            ),
        ),
        lifecycle="They come in when an order is overdue by their own rhythm, and "
        "leave with the next one.",
        feedback="The reason for leaving, written on the account after the call.",
        support="None until they order again.",
        retention="A call within a week, a visit within a month.",
        loyalty="Their old prices for a year when they come back.",
        complaints="An old complaint is answered first, by the manager in person.",
        privacy="Order dates only. Contacts without an order for three years are "
        "archived.",
        # who is silent out of season has not gone
        account_domain=(
            ("lifecycle_stage", "in", ["at_risk", "lost"]),
            ("value_status", "!=", "seasonal"),
        ),
    ),
    GroupStory(
        "sites",
        "Sites and Projects",
        color=3,
        user="manager",
        story="Buy for a site, at a price that was negotiated line by line, and need "
        "engineers on it until the site is handed over. Plans change; the price does "
        "not.",
        behaviours=("Buy at a negotiated price", "Change plans on site"),
        values=("The lowest price", "Meeting the date"),
        persona="Begoña, head of works",
        persona_story="Has penalties in her own contract. She calls from the site at "
        "seven in the morning, and wants the engineer who knows the drawings.",
        relationship="dedicated",
        channels=("visit", "phone", "mail"),
        touchpoints=(
            Touchpoint(
                "Tender and price",
                "mail",
                stage="prospect",
                user="manager",
                frequency="each site",
            ),
            Touchpoint(
                "Kick-off on the site",
                "visit",
                user="manager",
                frequency="each site",
                note="Write down what is not in the price",
            ),
            Touchpoint(
                "Change of plans",
                "phone",
                user="manager",
                frequency="several a month",
                note="Nobody prices it today",
            ),
        ),
        lifecycle="One site after another. What happens at the end of one decides on "
        "the next tender.",
        feedback="A talk at the handover of each site.",
        support="A senior engineer by name, until the handover.",
        retention="Being asked for the next tender in time.",
        loyalty="A framework agreement after the third site.",
        complaints="On the site, by the engineer, the same day.",
        privacy="Drawings are deleted a year after the handover.",
        tag="construction",
    ),
    GroupStory(
        "on_call",
        "Always on Call",
        color=2,
        user="manager_north",
        story="Order little and often, and somebody has to go there each time. They "
        "are loyal and grateful; the way to them is on no invoice.",
        behaviours=("Order little and often", "Call before they order"),
        values=("Somebody at once", "A face they know"),
        persona="Nieves, owner of two shops",
        persona_story="Does everything herself. When something fails she calls, and "
        "orders a box of whatever there is while the technician is there.",
        relationship="personal",
        channels=("phone", "visit"),
        touchpoints=(
            Touchpoint(
                "The call",
                "phone",
                user="sales",
                frequency="every other week",
                note="Half of them could be solved on the phone",
            ),
            Touchpoint(
                "Visit of the technician",
                "visit",
                user="manager_north",
                frequency="at every call",
            ),
        ),
        lifecycle="Came by word of mouth, stay for years, grow little.",
        feedback="What they tell the technician.",
        support="By phone, the same day; today always with a visit.",
        retention="They do not leave. What has to change is what it takes.",
        loyalty="A Christmas basket.",
        complaints="On the phone, settled at once with a credit note.",
        privacy="Mobile numbers of the owners; used for service, not for mailings.",
        account_domain=(("result", "=", "loss"), ("order_count", ">=", 5)),
        by_hand={
            "returns": "Earns something by its invoices, but sends half of it back and "
            "takes two visits for each return: it is dealt with like the others here"
        },
        exchange=Exchange(
            purpose="Nobody should close a shop because something of ours fails.",
            receives_value="The ones far from a town, who have nobody else. Those with "
            "a workshop next door could do without us.",
            resonates="All of them tell us that we are the only ones who come.",
            most_valuable="In money, none as it is. They bring each other, and what "
            "fails at theirs first, fails at the large ones later.",
            gives=(
                Line(
                    "A technician on the same day",
                    9,
                    weight=2,
                    need="To open tomorrow",
                    evidence="They call us first, before they look themselves",
                    cost="cost_to_serve",
                ),
                Line(
                    "Orders of any size",
                    7,
                    need="No room and no money for a stock",
                    evidence="Most of their orders are of one box or two",
                ),
                Line(
                    "Advice on the phone",
                    6,
                    need="To know whether it is serious",
                    evidence="Half of the calls end without an order",
                ),
            ),
            gets=(
                Line(
                    "What is left of a sale",
                    kind="money",
                    metric="profit_rate",
                    weight=2,
                ),
                Line(
                    "They order all the year",
                    kind="steadiness",
                    metric="orders_per_account",
                ),
                Line("They send us their neighbours", 6, kind="referral"),
                Line("What fails first", 4, kind="learning"),
            ),
        ),
    ),
    GroupStory(
        "by_the_book",
        "By the Book",
        color=10,
        user="manager",
        story="Order by the calendar and pay when it is due. They want to know today "
        "what happens in March, and never to have to call.",
        behaviours=("Order by the calendar", "Pay when it is due"),
        values=("No surprises", "Keeping one's word"),
        persona="Mercedes, head of maintenance",
        persona_story="Has a plan on her wall with a colour for each supplier. Ours is "
        "green, and she would like never to think of it.",
        relationship="automated",
        channels=("mail", "portal", "visit"),
        touchpoints=(
            Touchpoint(
                "Plan of the year",
                "visit",
                user="manager",
                frequency="every January",
                note="Agree dates and quantities for twelve months",
            ),
            Touchpoint(
                "Delivery notice",
                "mail",
                user="sales",
                frequency="a week before each delivery",
            ),
            Touchpoint(
                "First late order",
                "phone",
                stage="at_risk",
                user="manager",
                frequency="when an order is two weeks late",
                note="They are never late by accident",
            ),
        ),
        lifecycle="A trial order, a first plan of the year, then a plan every year. "
        "They leave when a delivery fails twice.",
        feedback="Ten minutes of the yearly visit, with three fixed questions.",
        support="By mail, answered within a working day.",
        retention="Deliver on the day. Call before they do when we cannot.",
        loyalty="The price of the plan holds for the year.",
        complaints="By mail, answered by the manager within two days, with what will "
        "be different next time.",
        privacy="Names and mail of two people each; renewed with the plan of the year.",
        account_domain=(
            ("order_count", ">=", 10),
            ("order_gap_variation", "<=", 0.75),
            ("result", "=", "profit"),
        ),
        exchange=Exchange(
            purpose="Buildings that work without anybody having to think of them.",
            receives_value="Those whose work stops when the air or the water fails: "
            "clinics, laboratories, hotels.",
            resonates="Whoever keeps a plan on the wall. They show ours to others.",
            most_valuable="They pay our fixed costs, and their dates fill our calendar "
            "a year ahead.",
            gives=(
                Line(
                    "Deliveries on the day agreed",
                    9,
                    weight=2,
                    need="To plan their own work around it",
                    evidence="They send next year's dates before we ask",
                    cost="cost_to_serve",
                ),
                Line(
                    "A price for the whole year",
                    7,
                    need="A budget that holds",
                    evidence="Nobody has asked for another price within a year",
                ),
            ),
            gets=(
                Line("Profit", kind="money", metric="profit", weight=2),
                Line(
                    "Orders that can be counted on",
                    kind="steadiness",
                    metric="orders_per_account",
                ),
                Line("They name us in their audits", 7, kind="advocacy"),
            ),
        ),
    ),
    GroupStory(
        "advice",
        "Advice First",
        color=4,
        user="admin",
        story="Buy advice before they buy material: an audit, a day of consulting, "
        "then what it asks for. What they share is how they decide, and that is in no "
        "figure; so a person says who belongs here.",
        behaviours=("Ask for advice first", "Decide in a committee"),
        values=("Knowing why", "Doing it properly"),
        persona="Amalia, technical director",
        persona_story="Has to explain every decision to a board. She pays for the "
        "study gladly, and buys what it says, from whoever wrote it.",
        relationship="co_creation",
        channels=("visit", "events", "mail"),
        touchpoints=(
            Touchpoint(
                "Audit",
                "visit",
                stage="new",
                user="admin",
                frequency="each building",
            ),
            Touchpoint(
                "Presentation to the board",
                "visit",
                user="admin",
                frequency="after each audit",
                note="The consultant presents, not the salesperson",
            ),
            Touchpoint(
                "Day of the engineers",
                "events",
                user="manager",
                frequency="once a year",
                note="They present their own buildings",
            ),
        ),
        lifecycle="An audit of one building, then of the others. Material follows "
        "three months after each.",
        feedback="The consultant asks the board, after each presentation.",
        support="Their consultant, by name.",
        retention="Bring a new question each year.",
        loyalty="The first to try what is new, at cost.",
        complaints="By the consultant, in person, with a written answer.",
        privacy="Measurements of their buildings are theirs; used for others without "
        "names, when they agree.",
        by_hand={
            "hospital": "Buys advice before it buys material",
            "university": "An audit of one faculty each month, and then the sensors",
            "museum": "An audit each quarter, and then the sensors",
            "lisbon": "Consulting without goods, and the first one across the border",
        },
        exchange=Exchange(
            purpose="Buildings that use half of the energy, and people who know why.",
            receives_value="Whoever owns many buildings and has to answer for them.",
            resonates="Universities and museums: they teach what we do with them.",
            most_valuable="They ask the questions that become our next service, and "
            "open doors that no advertisement opens.",
            gives=(
                Line(
                    "A consultant who knows their buildings",
                    7,
                    weight=2,
                    need="To decide on facts, and to be able to explain it",
                    evidence="Every audit of last year was followed by an order",
                    cost="cost_to_serve",
                ),
                Line(
                    "What is new, first",
                    5,
                    need="To be ahead of the rules to come",
                    evidence="Two of them have asked for it themselves",
                ),
            ),
            gets=(
                Line(
                    "Value of an account",
                    kind="money",
                    metric="mean_lifetime_value",
                    weight=2,
                ),
                Line("Questions that become services", 9, kind="learning"),
                Line("They open doors", 8, kind="referral"),
                Line(
                    "What is left of a sale",
                    kind="money",
                    metric="profit_rate",
                ),
            ),
        ),
    ),
)

# -- A version that was kept, and what was changed then --------------------------------

VERSION_GROUP = "on_call"
VERSION_REASON = "Before visits are put on fixed days"
VERSION_CHANGES = {
    "relationship_type": "dedicated",
    "support": "By phone, the same day: what can be solved there is solved there. "
    "Visits on two fixed days a week for each town.",
    "retention_play": "One technician for each town, on fixed days. Who wants somebody "
    "at once pays the way.",
}
VERSION_CHANNELS = ("web_shop",)

# -- Plays -----------------------------------------------------------------------------

# {key: (name, kind, description, steps)}
PLAYS = {
    "fixed_days": (
        "Visits on Fixed Days",
        "retention",
        "For accounts that take a visit for every order: the visits are bundled, and "
        "the orders with them.",
        (
            Step("Agree on two fixed days a month with them", 14, "call"),
            Step("Look at the hours of the account: has it worked?", 210),
        ),
    ),
}

# -- Intents ---------------------------------------------------------------------------

INTENTS = (
    IntentStory(
        "reduce_cost",
        "Half of the trips",
        "They are loyal, and more of them would ruin us. It is not the price: two "
        "trips in one would be enough.",
        (
            Outcome("hours_per_order", months=12, change=-0.3),
            Outcome("cost_to_serve_rate", months=12, change=-0.25),
        ),
        group="on_call",
        user="manager_north",
        plays=("fixed_days",),
        months_ago=5,
    ),
    IntentStory(
        "grow",
        "More on every plan",
        "Each further line on a plan of the year costs us next to nothing to serve, "
        "and they ask for it themselves.",
        (
            Outcome("revenue", months=12, change=0.06),
            Outcome("profit", months=12, change=0.08),
        ),
        group="by_the_book",
        plays=("more",),
        months_ago=6,
    ),
    IntentStory(
        "reprice",
        "A price for changes of plan",
        "The largest by sales and the one that loses most. The goods earn money, the "
        "hours lose it: what is not in the price has to have one.",
        (Outcome("profit", months=10, target=0.0),),
        customer="giant",
        months_ago=3,
    ),
    IntentStory(
        "grow",
        "Every kiln that opens",
        "They open one kiln after another and know us from the first. Being there when "
        "the next one is planned is all it takes.",
        (Outcome("revenue", months=12, change=0.2),),
        customer="ceramics",
        user="manager",
        months_ago=14,
        ended_ago=2,
        note="Sensors for each new kiln were ordered at the planning, not at the "
        "opening. We would do it again, with whoever builds.",
    ),
    IntentStory(
        "end",
        "No further tender at a won price",
        "Sites won on price alone take our engineers away from those who pay for "
        "them. To be decided with the figures of the year.",
        (Outcome("loss", months=12, change=-0.5),),
        group="sites",
        months_ago=None,
    ),
)
