"""The customers of the demonstration, one story each.

Plain data: no Odoo here. A firm of services and supplies for buildings sells to them;
what each one buys and how many hours it takes is written below, and its profit is
whatever comes out of its invoices and timesheets. Words stand for records of
customer_demo.xml: "pump" is ``product_pump``, "lucia" is ``employee_lucia``, "es_m" is
the province ``base.state_es_m`` and "pt" the country ``base.pt``.
"""

from dataclasses import dataclass

from .schedule import Hours, Rhythm


@dataclass(frozen=True)
class Story:
    """A customer, told by what it buys and what it takes."""

    key: str  # the partner is customer_centricity.partner_<key>
    name: str
    city: str
    place: str
    tag: str
    comment: str
    rhythm: Rhythm = Rhythm(first=0)
    basket: dict = None  # {product: (least, most) units in an order}
    hours: Hours = None
    later_hours: Hours = None  # those since something was decided
    user: str = "sales"
    discount: float = 0.0  # percent
    discount_until: int = 0  # months ago of its last month
    growth: float = 0.0  # a year; less than nothing for the ones that shrink
    contacts: tuple = ()  # invoiced on their own names, in turns
    foreign: bool = False  # invoiced in another currency than the company's
    returns_half: bool = False
    only_credits: bool = False  # its documents are credit notes
    pays_after: int = 1  # months; None never pays
    archived: bool = False
    added: dict = None  # as the basket: bought as well since so many months ago
    added_since: int = 0

    def get_basket(self, months_ago):
        """Return what its orders of a month are drawn from."""
        if self.added and months_ago <= self.added_since:
            return self.basket | self.added
        return self.basket


# -- The ones told in the documentation ------------------------------------------------

NAMED = (
    Story(
        "hotel_guest",
        "Alborada Viajes de Empresa",
        "Madrid",
        "es_m",
        "hospitality",
        "Two visits a month at 300 each, without goods or hours: worth 7,200 a year, "
        "and 36,000 over five years.",
        Rhythm(days=(8, 22)),
        {"visit": (1, 1)},
        user="admin",
    ),
    Story(
        "giant",
        "Constructora Peñalba",
        "Zaragoza",
        "es_z",
        "construction",
        "The largest customer of all by sales, and the one that loses most: bought on "
        "discount, and two senior engineers live on its sites.",
        Rhythm(orders=(2, 3)),
        {"heat_pump": (1, 1), "pump": (0, 2), "led": (6, 14)},
        Hours(96, ("andres", "andres", "nuria"), 8),
        user="manager",
        discount=10,
    ),
    Story(
        "gem",
        "Óptica Científica Veleta",
        "Granada",
        "es_gr",
        "health",
        "Small and quiet: two or three calibration kits every two months, nearly all "
        "of it margin, and never a call.",
        Rhythm(orders=(1, 1), every=2),
        {"calibration": (2, 3)},
    ),
    Story(
        "churned",
        "Textiles Moncayo",
        "Soria",
        "es_so",
        "industry",
        "Bought steadily every month and stopped more than a year ago. Nobody called "
        "to ask why.",
        Rhythm(days=(14,), last=16),
        {"led": (8, 14), "filter": (6, 10)},
        Hours(4, ("lucia",), last=16),
    ),
    Story(
        "new",
        "Bodegas Lumbreral",
        "Logroño",
        "es_lo",
        "food",
        "First purchase less than three months ago, and already the third one: too "
        "early to know what it will be worth.",
        Rhythm(days_ago=(75, 47, 19)),
        {"sensor": (4, 6), "installation": (1, 1)},
        Hours(4, ("pablo",), last=0, first=2),
    ),
    Story(
        "contract",
        "Residencia Los Almendros",
        "Alicante",
        "es_a",
        "health",
        "A maintenance contract invoiced on the fifth of each month. It pays, it "
        "stays, and its hours are known beforehand.",
        Rhythm(days=(5,)),
        {"maintenance": (1, 1)},
        Hours(12, ("lucia", "pablo")),
        user="manager",
    ),
    Story(
        "returns",
        "Casa Nórdica Interiores",
        "Bilbao",
        "es_bi",
        "retail",
        "Orders for the window display, sends half of it back and disputes the rest: "
        "a good customer by its invoices, half a customer by its credit notes.",
        Rhythm(orders=(1, 1)),
        {"led": (12, 12), "cleaning": (6, 6)},
        Hours(6, ("irene",)),
        returns_half=True,
        pays_after=None,
    ),
    Story(
        "foreign",
        "Northgate Laboratories",
        "Dublin",
        "ie",
        "health",
        "Invoiced in the currency of its group and booked at the rate of each day: "
        "the same order is never the same money.",
        Rhythm(orders=(1, 1)),
        {"calibration": (3, 5), "filter": (6, 12)},
        Hours(4, ("nuria",)),
        user="manager",
        foreign=True,
    ),
    Story(
        "contacts",
        "Clínicas Brisamar",
        "Málaga",
        "es_ma",
        "health",
        "Three clinics under one owner, each invoiced to its own manager: one account, "
        "not three small ones.",
        Rhythm(orders=(1, 2)),
        {"cleaning": (6, 12), "filter": (4, 8), "callout": (0, 2)},
        Hours(6, ("lucia", "irene"), 3),
        user="manager_north",
        contacts=("Rosa Villalba", "Tomás Ibarra", "Carmen Ochoa"),
    ),
    Story(
        "seasonal",
        "Heladerías Costa Blava",
        "Tarragona",
        "es_t",
        "food",
        "Buys from May to September and sleeps in winter. Silence in January is not a "
        "loss.",
        Rhythm(orders=(2, 3), season=(5, 6, 7, 8, 9)),
        {"filter": (6, 12), "callout": (1, 1)},
        Hours(2, ("pablo",), 2),
    ),
    Story(
        "christmas",
        "Cestas y Regalos Belén",
        "Ávila",
        "es_av",
        "retail",
        "Lights for its stand, ordered every November and December. For ten months "
        "nothing is heard of it, and nothing is wrong.",
        Rhythm(days=(4,), season=(11, 12)),
        {"led": (10, 14)},
    ),
    Story(
        "returner",
        "Ferretería Las Llaves",
        "Soria",
        "es_so",
        "retail",
        "Gave back what it had bought before these books begin: two credit notes and "
        "not one invoice.",
        Rhythm(days=(11,), first=5, last=4),
        {"filter": (2, 3)},
        pays_after=None,
        only_credits=True,
    ),
    Story(
        "walk_in",
        "Peluquería Rosaleda",
        "Córdoba",
        "es_co",
        "retail",
        "Came once with a broken thermostat, paid 300, and was not seen again.",
        Rhythm(days=(17,), first=7, last=7),
        {"callout": (2, 2)},
    ),
    Story(
        "archived",
        "Imprenta Delgado",
        "Toledo",
        "es_to",
        "industry",
        "Closed its works a year and a half ago. The contact is archived, its history "
        "is not.",
        Rhythm(orders=(1, 1), every=2, last=19),
        {"led": (4, 10), "callout": (0, 1)},
        Hours(2, ("pablo",), 2, last=19),
        archived=True,
    ),
    Story(
        "prospect",
        "Puerto Seco de Antequera",
        "Antequera",
        "es_ma",
        "construction",
        "Five months of visits, plans and quotations, and not one invoice yet: only "
        "cost so far.",
        hours=Hours(16, ("nuria", "andres"), first=5),
        user="manager_north",
    ),
)

# -- The few that earn the money -------------------------------------------------------

EARNERS = (
    Story(
        "hospital",
        "Hospital San Telmo",
        "Sevilla",
        "es_se",
        "health",
        "Buys advice before it buys material. The best account of the house.",
        Rhythm(orders=(2, 2)),
        {"consulting": (1, 2), "sensor": (8, 14)},
        Hours(24, ("nuria", "lucia"), 6),
        user="admin",
        growth=0.12,
    ),
    Story(
        "university",
        "Universidad Tramontana",
        "Palma",
        "es_pm",
        "education",
        "An energy audit of one faculty each month, with the sensors it asks for.",
        Rhythm(orders=(1, 1), first=31),
        {"audit": (1, 1), "sensor": (4, 10)},
        Hours(10, ("nuria",), 5, first=31),
        user="manager",
    ),
    Story(
        "pharma",
        "Iberquim Farmacéutica",
        "Barcelona",
        "es_b",
        "health",
        "Clean rooms: calibration and filters twice a month, by the book and on time.",
        Rhythm(orders=(2, 2)),
        {"calibration": (2, 4), "filter": (8, 14)},
        Hours(8, ("lucia",)),
        user="manager_north",
        growth=0.2,
    ),
    Story(
        "resorts",
        "Cadena Mirasol Resorts",
        "Las Palmas",
        "es_gc",
        "hospitality",
        "Maintenance of four hotels and a pump now and then. Recommends us to others.",
        Rhythm(days=(11,)),
        {"maintenance": (1, 1), "pump": (0, 2)},
        Hours(8, ("lucia", "pablo")),
        user="manager",
    ),
    Story(
        "museum",
        "Museo del Agua de Levante",
        "Valencia",
        "es_v",
        "education",
        "An audit each quarter and the sensors of the rooms.",
        Rhythm(orders=(1, 1), every=2),
        {"audit": (1, 1), "sensor": (2, 6)},
        Hours(4, ("nuria",)),
        user="admin",
        added={"led": (2, 4)},
        added_since=13,
    ),
)

# -- Ordinary ones: they more or less pay for themselves -------------------------------

ORDINARY = (
    Story(
        "dairy",
        "Lácteos Valdehierro",
        "León",
        "es_le",
        "food",
        "Filters and cleaning supplies for two dairies, on the same order each month.",
        Rhythm(orders=(1, 1), first=28),
        {"filter": (8, 14), "cleaning": (6, 12)},
        Hours(4, ("lucia",), first=28),
    ),
    Story(
        "logistics",
        "Trans Besaya Logística",
        "Santander",
        "es_s",
        "construction",
        "Lighting of its warehouses, one hall after another.",
        Rhythm(orders=(1, 1), every=2),
        {"led": (20, 36)},
        Hours(6, ("pablo",), 6),
        discount=5,
    ),
    Story(
        "school",
        "Colegio Santa Oria",
        "Logroño",
        "es_lo",
        "education",
        "Buys when the inspection is near.",
        Rhythm(orders=(1, 1), every=3),
        {"led": (10, 20), "training": (1, 1)},
        Hours(2, ("irene",), 2),
        added={"sensor": (1, 2)},
        added_since=10,
    ),
    Story(
        "council",
        "Mancomunidad del Alto Jiloca",
        "Teruel",
        "es_te",
        "public",
        "Street lighting of twelve villages; pays late but pays.",
        Rhythm(orders=(1, 1), every=3),
        {"led": (30, 50), "installation": (1, 3)},
        Hours(6, ("pablo", "lucia"), 6),
        pays_after=3,
    ),
    Story(
        "gym",
        "Gimnasios Vértice",
        "Valladolid",
        "es_va",
        "retail",
        "Changing rooms and pumps of five gyms.",
        Rhythm(orders=(1, 1), every=2),
        {"pump": (1, 1), "filter": (4, 8)},
        Hours(4, ("pablo",)),
        added={"sensor": (1, 2)},
        added_since=9,
    ),
    Story(
        "olive",
        "Almazaras de Mágina",
        "Jaén",
        "es_j",
        "food",
        "Quiet from April to September, busy with the harvest.",
        Rhythm(orders=(1, 2), season=(10, 11, 12, 1, 2, 3)),
        {"filter": (6, 14), "callout": (0, 1)},
        Hours(2, ("lucia",), 2),
    ),
    Story(
        "fishery",
        "Conservas Ría de Arousa",
        "Vilagarcía de Arousa",
        "es_po",
        "food",
        "Cold rooms: sensors every other month.",
        Rhythm(orders=(1, 1), every=2),
        {"sensor": (4, 8)},
        Hours(3, ("lucia",), 3),
        user="manager_north",
        added={"filter": (2, 4)},
        added_since=7,
    ),
    Story(
        "lisbon",
        "Lusitânia Facilities",
        "Lisboa",
        "pt",
        "hospitality",
        "The first customer across the border; consulting without goods.",
        Rhythm(orders=(1, 1), every=2, first=24),
        {"consulting": (1, 2)},
        Hours(4, ("nuria",), first=24),
        user="manager",
        growth=0.3,
        added={"sensor": (1, 2)},
        added_since=9,
    ),
    Story(
        "toulouse",
        "Garonne Maintenance",
        "Toulouse",
        "fr",
        "industry",
        "Buys our calibration kits for its own customers.",
        Rhythm(orders=(1, 1), every=3, first=30),
        {"calibration": (2, 4), "pump": (0, 1)},
        user="manager_north",
        added={"filter": (2, 4)},
        added_since=10,
    ),
    Story(
        "paper",
        "Papelera del Oria",
        "Tolosa",
        "es_ss",
        "industry",
        "Half of what it was two years ago, and shrinking.",
        Rhythm(orders=(1, 1), every=2),
        {"pump": (1, 2), "cleaning": (4, 8)},
        Hours(4, ("pablo",)),
        growth=-0.3,
    ),
    Story(
        "ceramics",
        "Cerámicas Plana Baixa",
        "Castellón",
        "es_cs",
        "industry",
        "Grows with each kiln it opens.",
        Rhythm(orders=(1, 1), every=2, first=26),
        {"sensor": (4, 8), "callout": (1, 2)},
        Hours(3, ("lucia",), 3, first=26),
        growth=0.35,
    ),
    Story(
        "garden",
        "Viveros Guadalentín",
        "Murcia",
        "es_mu",
        "retail",
        "Irrigation pumps, four times a year.",
        Rhythm(orders=(1, 1), every=3),
        {"pump": (1, 2)},
        Hours(2, ("pablo",), 2),
    ),
    Story(
        "cinema",
        "Cines Plaza Mayor",
        "Salamanca",
        "es_sa",
        "hospitality",
        "Cables and lights; nobody ever wrote down what the cables cost.",
        Rhythm(orders=(1, 1), every=2),
        {"cable": (2, 5), "led": (2, 6)},
        Hours(4, ("hugo", "pablo")),
    ),
    Story(
        "camping",
        "Camping Ordesa Verde",
        "Torla",
        "es_hu",
        "hospitality",
        "Opens in spring, closes in autumn, buys in between.",
        Rhythm(orders=(1, 1), season=(4, 5, 6, 7, 8, 9, 10)),
        {"cleaning": (6, 12), "filter": (2, 4)},
        added={"led": (1, 3)},
        added_since=6,
    ),
)

# -- Small, frequent and costly to serve -----------------------------------------------

LOSERS = (
    Story(
        "bakery",
        "Panaderías La Tahona",
        "Burgos",
        "es_bu",
        "food",
        "A box of cleaning supplies every other week, and a technician each time.",
        Rhythm(orders=(2, 2), first=26),
        {"cleaning": (1, 2)},
        Hours(10, ("pablo",), 5, first=26),
    ),
    Story(
        "pharmacy",
        "Farmacias Ribera Sur",
        "Badajoz",
        "es_ba",
        "health",
        "Orders one filter at a time and calls about each of them.",
        Rhythm(orders=(2, 2), first=20),
        {"filter": (1, 3)},
        Hours(9, ("irene",), 3, first=20),
    ),
    Story(
        "bar",
        "Grupo Tapería Norte",
        "Gijón",
        "es_o",
        "hospitality",
        "Nine bars that fail on Saturday night.",
        Rhythm(orders=(1, 2), first=22),
        {"callout": (0, 1), "cleaning": (1, 3)},
        Hours(15, ("lucia",), 5, first=22),
        user="manager_north",
    ),
    Story(
        "cowork",
        "Espacio Colmena Coworking",
        "A Coruña",
        "es_c",
        "retail",
        "Changes its mind about the layout each season; the trainee goes twice.",
        Rhythm(orders=(1, 1), first=15),
        {"led": (2, 5)},
        Hours(15, ("pablo", "hugo", "nuria"), 5, first=15),
    ),
    Story(
        "vet",
        "Veterinarios del Sil",
        "Ourense",
        "es_or",
        "health",
        "A small practice with many questions.",
        Rhythm(orders=(1, 1), every=2),
        {"filter": (1, 3), "callout": (0, 1)},
        Hours(6, ("irene",), 3),
    ),
    Story(
        "parking",
        "Aparcamientos Murallas",
        "Ávila",
        "es_av",
        "construction",
        "Bought at a price that was won, not calculated.",
        Rhythm(orders=(1, 1), every=2),
        {"led": (10, 16), "pump": (0, 1)},
        Hours(16, ("lucia", "pablo"), 8),
        discount=25,
        user="manager",
    ),
    Story(
        "theatre",
        "Teatro Circo de Poniente",
        "Albacete",
        "es_ab",
        "education",
        "Every première is an emergency.",
        Rhythm(orders=(1, 1), every=2),
        {"callout": (1, 2), "cable": (2, 3)},
        Hours(12, ("andres",), 6),
    ),
    Story(
        "rural",
        "Casas Rurales del Duero",
        "Zamora",
        "es_za",
        "hospitality",
        "Six houses at two hours by car; the way there is not on the invoice.",
        Rhythm(orders=(1, 1), first=17),
        {"cleaning": (1, 3), "filter": (1, 2)},
        Hours(12, ("pablo",), 6, first=17),
    ),
    Story(
        "developer",
        "Promociones Alto Turia",
        "Cuenca",
        "es_cu",
        "construction",
        "A large installation on paper; three redesigns in practice.",
        Rhythm(orders=(1, 1), every=3),
        {"heat_pump": (1, 1)},
        Hours(24, ("andres", "nuria"), 8),
        pays_after=4,
        discount=8,
        user="admin",
    ),
)

# -- Once at a loss: what was decided about them has helped ----------------------------

RECOVERED = (
    Story(
        "laundry",
        "Lavanderías El Batán",
        "Huesca",
        "es_hu",
        "hospitality",
        "Four machines and a call about each of them, until a level of service was "
        "agreed on in which the web shop answers.",
        Rhythm(orders=(1, 1), every=2),
        {"filter": (10, 14), "cleaning": (2, 4)},
        Hours(10, ("pablo",), 5, last=9),
        Hours(2, ("pablo",), 2, last=0, first=8),
        user="manager_north",
    ),
    Story(
        "print_shop",
        "Copisterías Tinta y Papel",
        "Pamplona",
        "es_na",
        "retail",
        "Had a discount from the year in which it was going to grow. It pays what "
        "others pay since somebody looked.",
        Rhythm(orders=(1, 1), every=2),
        {"led": (12, 16), "filter": (4, 8)},
        Hours(6, ("pablo",), 3),
        user="manager",
        discount=30,
        discount_until=11,
    ),
)

STORIES = NAMED + EARNERS + ORDINARY + LOSERS + RECOVERED
