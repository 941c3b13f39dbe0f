"""What the customers of the demonstration say of the firm, and whom they sent to it.

Plain data: no Odoo here. Words stand for records as in stories.py: a customer is its
key, "delivery" is the topic ``nps_topic_delivery``. Answers of the months 1 to 11
before today count, whatever the day on which the demonstration is loaded; those of the
months 13 and 14 do not count any more.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """How likely somebody was to recommend the firm, from 0 to 10."""

    score: int
    months_ago: int = 0
    day: int = 0  # of that month
    days_ago: int = None  # or so many days before today
    topic: str = ""
    comment: str = ""
    channel: str = "typed"  # a page is answered by an invitation


@dataclass(frozen=True)
class Person:
    """A contact of a customer, with what it answered, the latest last."""

    name: str
    function: str
    answers: tuple = ()
    # an invitation that nobody has answered was sent so many days or months ago
    asked_days_ago: int = None
    asked_months_ago: int = None


@dataclass(frozen=True)
class Complaint:
    """A credit note that says why it was written: of a part of one invoice."""

    customer: str
    months_ago: int  # of the invoice
    product: str
    quantity: int
    reason: str


@dataclass(frozen=True)
class Referral:
    """Who told a customer about the firm."""

    customer: str
    by: str
    person: str  # of that customer
    months_ago: int  # when it was noted


VOICES = {
    # -- worth keeping, and enthusiastic
    "hospital": (
        Person(
            "Inés Carmona",
            "Technical director",
            (
                Answer(
                    10,
                    2,
                    6,
                    topic="attention",
                    comment="They tell us what we do not need. Nobody else does.",
                    channel="page",
                ),
            ),
        ),
        Person("Álvaro Reyes", "Head of maintenance", (Answer(9, 5, 14),)),
        Person(
            "Pilar Ojeda",
            "Purchasing",
            (
                Answer(
                    6,
                    14,
                    9,
                    topic="invoicing",
                    comment="Three departments, three orders, and one invoice that "
                    "fits none of them.",
                ),
                Answer(
                    9,
                    4,
                    9,
                    topic="invoicing",
                    comment="Since the invoices follow our departments there is "
                    "nothing left to say.",
                    channel="page",
                ),
            ),
        ),
        Person(
            "Manuel Tirado",
            "Head of laundry",
            (Answer(7, 7, 20, topic="delivery", comment="Good, but always at noon."),),
        ),
    ),
    "university": (
        Person(
            "Amalia Terrasa",
            "Vice-rector of infrastructure",
            (
                Answer(8, 13, 16, channel="imported"),
                Answer(
                    9,
                    3,
                    16,
                    topic="product",
                    comment="The audit of Chemistry paid for itself in one winter.",
                    channel="page",
                ),
            ),
        ),
        Person("Joan Riutort", "Energy manager", (Answer(8, 6, 22),)),
    ),
    "pharma": (
        Person(
            "Núria Bosch",
            "Quality",
            (
                Answer(7, 14, 12, channel="imported"),
                Answer(
                    10,
                    1,
                    12,
                    topic="product",
                    comment="Passed the inspection with your certificates as they are.",
                    channel="page",
                ),
            ),
        ),
        Person("Arnau Vidal", "Clean rooms", (Answer(9, 4, 5),)),
        Person(
            "Berta Solé",
            "Purchasing",
            (Answer(8, 9, 18, topic="price", comment="Not the cheapest, and steady."),),
        ),
    ),
    "resorts": (
        Person(
            "Yaiza Santana",
            "Director of operations",
            (
                Answer(
                    10,
                    3,
                    21,
                    topic="attention",
                    comment="I have given your number to half of the island.",
                ),
            ),
        ),
        Person("Ibán Déniz", "Hotel Mirasol Norte", (Answer(9, 6, 8),)),
        Person(
            "Carla Umpiérrez",
            "Hotel Mirasol Playa",
            (
                Answer(
                    6,
                    2,
                    17,
                    topic="delivery",
                    comment="The pump came on a Friday, in August.",
                ),
            ),
        ),
    ),
    "dairy": (
        Person(
            "Tomás Valdés",
            "Plant manager",
            (
                Answer(9, 13, 23, channel="imported"),
                Answer(9, 2, 23, comment="I call, and it is there."),
            ),
        ),
    ),
    "lisbon": (
        Person(
            "Madalena Pires",
            "Managing director",
            (
                Answer(
                    10,
                    days_ago=3,
                    topic="attention",
                    comment="You were the only ones who answered in Portuguese.",
                    channel="page",
                ),
            ),
        ),
    ),
    "ceramics": (
        Person("Vicent Monfort", "Owner", (Answer(9, 1, 19, channel="page"),)),
        Person(
            "Empar Llorens",
            "Kilns",
            (Answer(9, 8, 7, topic="product", comment="Two kilns without a fault."),),
        ),
    ),
    "hotel_guest": (
        Person(
            "Beatriz Cano",
            "Travel desk",
            (Answer(7, 13, 3), Answer(10, 2, 3, comment="As if one came home.")),
        ),
    ),
    # -- worth keeping, and content
    "museum": (Person("Ferran Gisbert", "Conservation", (Answer(8, 5, 27),)),),
    "gym": (
        Person(
            "Sonia Merino",
            "Owner",
            (
                Answer(
                    7,
                    4,
                    24,
                    topic="delivery",
                    comment="The right gym at the second attempt.",
                ),
            ),
        ),
    ),
    "fishery": (
        Person("Antía Outeiral", "Cold rooms", (Answer(8, 3, 11, channel="page"),)),
    ),
    "laundry": (
        Person(
            "Jorge Lacasa",
            "Owner",
            (
                Answer(
                    5,
                    13,
                    10,
                    topic="attention",
                    comment="One waits for the technician, and the machine waits, too.",
                ),
                Answer(
                    8,
                    2,
                    10,
                    topic="attention",
                    comment="The web shop answers at night. I did not expect to "
                    "like it.",
                ),
            ),
        ),
    ),
    "print_shop": (
        Person(
            "Maite Echarri",
            "Owner",
            (Answer(7, 6, 13, topic="price", comment="Dearer than it was."),),
        ),
    ),
    # -- worth keeping, and unhappy: to be called first
    "contacts": (
        Person("Rosa Villalba", "Clinic of Málaga", (Answer(9, 3, 4),)),
        Person("Tomás Ibarra", "Clinic of Nerja", (Answer(7, 3, 5),)),
        Person(
            "Carmen Ochoa",
            "Clinic of Ronda",
            (
                Answer(
                    5,
                    3,
                    8,
                    topic="attention",
                    comment="Málaga is visited each week. Ronda is on the way to "
                    "nowhere, I know.",
                ),
            ),
        ),
    ),
    "logistics": (
        Person(
            "Javier Cobo",
            "Warehouses",
            (
                Answer(
                    4,
                    2,
                    26,
                    topic="delivery",
                    comment="Broken panels twice, and each time I had to prove it.",
                ),
            ),
        ),
        Person(
            "Lorena Saiz",
            "Purchasing",
            (
                Answer(8, 14, 20, channel="imported"),
                Answer(
                    3,
                    days_ago=6,
                    topic="delivery",
                    comment="I am asking for quotations elsewhere.",
                    channel="page",
                ),
            ),
        ),
    ),
    "council": (
        Person(
            "Concha Abril",
            "Works and services",
            (
                Answer(
                    5,
                    5,
                    6,
                    topic="product",
                    comment="Four lamps of thirty did not light, in the square.",
                ),
            ),
        ),
    ),
    "paper": (
        Person(
            "Iñaki Otegi",
            "Purchasing",
            (
                Answer(7, 13, 27, channel="imported"),
                Answer(
                    4,
                    days_ago=12,
                    topic="price",
                    comment="Every year more, and every year we buy less.",
                    channel="page",
                ),
            ),
        ),
    ),
    "returns": (
        Person(
            "Garazi Uriarte",
            "Window displays",
            (
                Answer(
                    6,
                    4,
                    17,
                    topic="invoicing",
                    comment="We still argue about the invoices of spring.",
                ),
            ),
        ),
    ),
    # -- they cost more than they bring
    "giant": (
        Person(
            "Ramón Peñalba",
            "Owner",
            (
                Answer(
                    3,
                    2,
                    13,
                    topic="price",
                    comment="With what we buy, one expects to be heard.",
                ),
            ),
        ),
        Person("Silvia Gracia", "Site manager", (Answer(6, 5, 19),)),
    ),
    "developer": (
        Person(
            "Óscar Huerta",
            "Projects",
            (
                Answer(
                    5,
                    4,
                    10,
                    topic="attention",
                    comment="Each redesign begins by explaining the first one.",
                ),
            ),
        ),
    ),
    "theatre": (
        Person(
            "Aurora Belmonte",
            "Technical director",
            (
                Answer(
                    10,
                    3,
                    28,
                    topic="attention",
                    comment="You save every première.",
                ),
            ),
        ),
        Person("Germán Cuesta", "Stage", (Answer(8, 7, 2),)),
    ),
    "parking": (
        Person(
            "Félix Arribas",
            "Manager",
            (Answer(9, 6, 25, topic="price", comment="Nobody beats this price."),),
        ),
    ),
    "bakery": (
        Person(
            "Begoña Alonso",
            "Owner",
            (Answer(8, 5, 12, comment="Like one of the house."),),
        ),
    ),
    # -- silent: asked too long ago, or asked and did not answer
    "school": (
        Person(
            "Teresa Rubio",
            "Secretary",
            (Answer(9, 14, 15, channel="imported"),),
            asked_months_ago=3,
        ),
    ),
    "olive": (
        Person("Lola Mágina", "Manager", (Answer(8, 13, 13, channel="imported"),)),
    ),
    "camping": (Person("Luis Escartín", "Owner", asked_months_ago=4),),
    "gem": (Person("Ernesto Salas", "Laboratory", asked_days_ago=4),),
    "toulouse": (Person("Hélène Castan", "Purchasing", asked_days_ago=9),),
}

# Invitations are answered so many days after they were sent, and hold so many days
ANSWERED_AFTER = 2
LINK_DAYS = 30

COMPLAINTS = (
    Complaint("pharma", 20, "filter", 3, "Three sets of another size"),
    Complaint("pharma", 17, "filter", 2, "Packages were open"),
    Complaint("pharma", 15, "calibration", 1, "Certificate of another batch"),
    Complaint("logistics", 7, "led", 4, "Panels arrived broken"),
    Complaint("council", 7, "led", 4, "Lamps did not light"),
    Complaint("dairy", 6, "cleaning", 1, "The box was wet"),
    Complaint("gym", 5, "filter", 2, "Delivered to the wrong gym"),
    Complaint("logistics", 3, "led", 3, "Panels arrived broken again"),
)

REFERRALS = (
    # one that brought two others, of whom one costs more than it brings
    Referral("lisbon", "resorts", "Yaiza Santana", 24),
    Referral("rural", "resorts", "Ibán Déniz", 17),
    # a chain
    Referral("dairy", "pharma", "Núria Bosch", 28),
    Referral("new", "dairy", "Tomás Valdés", 2),
    # and two more
    Referral("university", "hospital", "Inés Carmona", 31),
    Referral("cowork", "theatre", "Aurora Belmonte", 15),
)

# {customer: months ago}: who does not want to be profiled, and since when
OPTED_OUT = {"garden": 5}

# {customer: months ago}: promoters who were asked to recommend the firm
ASKED_TO_REFER = {"ceramics": 2}
