"""What the firm of the demonstration has decided about customers it loses money on.

Plain data: no Odoo here. What a case promised and what came of it is worked out from
the documents of the stories, as they were then and have been since; no figure of them
stands here.

Words stand for records as in stories.py: a customer is its key, "reprice" is the rung
of the ladder of that kind, and "self_service" is ``service_level_self_service``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """What a service level means at this firm."""

    included_hours: float  # a month
    pricelist: str = ""  # its name
    percent: float = 0.0  # on top of the usual prices
    payment_term: str = ""  # account.account_payment_term_<word>
    minimum_order: float = 0.0


@dataclass(frozen=True)
class Case:
    """A case that a person has begun, and what became of it."""

    customer: str
    kind: str  # of what is chosen
    reason: str  # why something was to be decided
    user: str  # who did it
    months_ago: int  # when
    why: str = ""  # why this, as said when it was approved
    review_months: str = "6"
    assumptions: tuple = ()  # (field, value) of the option, where known better
    ruled_out: tuple = ()  # (kind, reason) of other options
    rejected: str = ""  # why nothing was to be done
    undone: str = ""  # why it was undone
    undone_ago: int = None  # months
    is_reviewed: bool = False


# By what this firm's customers take: four of five come by with what is included, and
# those who do not stand out
LEVELS = {
    "personal": Level(included_hours=16),
    "standard": Level(included_hours=12),
    "self_service": Level(
        included_hours=4,
        pricelist="Web Shop and Small Orders",
        percent=8,
        payment_term="immediate",
        minimum_order=60,
    ),
}

# The oldest first
CASES = (
    Case(
        "print_shop",
        "reprice",
        "A discount of a quarter, granted when they opened a third shop, eats all that "
        "there is to earn with them. The shop was closed since.",
        user="manager",
        months_ago=10,
        why="They know what the others charge, and did not ask for it again.",
        assumptions=(("price_rate", 0.4), ("acceptance_rate", 0.95)),
        is_reviewed=True,
    ),
    Case(
        "bakery",
        "reduce_cost",
        "A technician goes there for every box of cleaning supplies.",
        user="manager_north",
        months_ago=9,
        why="They are liked here. Two visits could be one: nothing they would notice.",
        assumptions=(("hours_saved_rate", 0.4),),
        is_reviewed=True,
    ),
    Case(
        "laundry",
        "change_level",
        "Ten hours a month on four machines, for a margin of two of them.",
        user="manager_north",
        months_ago=8,
        why="Most of the calls are about orders, which the web shop answers.",
        review_months="12",
        # other customers were waiting for the technician
        assumptions=(("hours_saved_rate", 0.7), ("cost_kept_rate", 0)),
    ),
    Case(
        "pharmacy",
        "change_level",
        "They call about each filter, and order one at a time.",
        user="manager",
        months_ago=4,
        why="Calls cost more than what they are about.",
        undone="The chemists' association, which three good customers came from, took "
        "it as an affront. Their service is as it was; prices are for spring.",
        undone_ago=3,
    ),
    Case(
        "cowork",
        "change_level",
        "The layout is changed each season, and paid by nobody.",
        user="manager",
        months_ago=2,
        rejected="They sign for a second building, with us in the plans from the first "
        "day: to be looked at again when that is invoiced.",
    ),
    Case(
        "bar",
        "change_level",
        "Nine bars that fail on Saturday night, and fifteen hours a month.",
        user="manager_north",
        months_ago=1,
        why="They order with their phones anyway. Saturday nights have a price now.",
        assumptions=(("hours_saved_rate", 0.5), ("acceptance_rate", 0.85)),
    ),
)

# What somebody has done about a case that a rule has proposed: not decided yet, but the
# mild options are out of the question
WORKED_ON = Case(
    "developer",
    "end",
    reason="",
    user="admin",
    months_ago=0,
    ruled_out=(
        ("mend", "Hours and purchases were gone through with engineers: all theirs."),
        ("reduce_cost", "Redesigns cannot be answered in writing."),
    ),
)
