"""Where the customers of the demonstration came from, and who might come next.

Plain data: no Odoo here. Words stand for records: "health" is ``tag_health`` of the
demonstration, "fair" the source below, "es_gr" the province ``base.state_es_gr``.
"""

from dataclasses import dataclass

# Industry of each kind of customer, by its letter in Odoo's list
INDUSTRIES = {
    "hospitality": "I",
    "construction": "F",
    "health": "Q",
    "industry": "C",
    "food": "C",
    "retail": "G",
    "education": "P",
    "public": "O",
}
SOURCES = {
    "fair": "Trade fair",
    "customer": "Recommended by a customer",
    "portal": "Supplier portal",
    "search": "Web search",
}
# By which source customers of a kind came; every fourth by a search
CAME_BY = {
    "hospitality": "fair",
    "construction": "portal",
    "health": "customer",
    "industry": "portal",
    "food": "fair",
    "retail": "search",
    "education": "customer",
    "public": "portal",
}
# What is spent: source, amount, every so many months
SPENT = (
    ("fair", 4500, 6),
    ("portal", 240, 1),
    ("search", 650, 1),
    ("customer", 300, 3),  # a dinner
)
# What the first opportunity was about, by the kind of customer
FIRST_WISHES = {
    "hospitality": "Lighting and maintenance of the rooms",
    "construction": "Pumps for a building site",
    "health": "Calibration and filters",
    "industry": "Maintenance of the works",
    "food": "Filters and cleaning for the cold rooms",
    "retail": "Lights for the shop",
    "education": "Energy audit of the building",
    "public": "Street lighting",
}


@dataclass(frozen=True)
class Prospect:
    """Somebody who has not ordered yet: a lead, or no more than a contact."""

    key: str
    name: str
    city: str
    state: str
    kind: str
    source: str = ""
    wish: str = ""  # what the lead is about; without one it is a contact
    note: str = ""


PROSPECTS = (
    Prospect(
        "sierra",
        "Hospital Virgen de la Sierra",
        "Granada",
        "es_gr",
        "health",
        "customer",
        "Calibration and filters for two operating theatres",
        "The head of maintenance knows the Hospital San Telmo.",
    ),
    Prospect(
        "almanzora",
        "Laboratorios Almanzora",
        "Almería",
        "es_al",
        "health",
        "customer",
        "Calibration of the clean rooms",
    ),
    Prospect(
        "morena",
        "Universidad de Sierra Morena",
        "Jaén",
        "es_j",
        "education",
        "customer",
        "Energy audit of the campus",
    ),
    Prospect(
        "optics",
        "Óptica Alpujarra",
        "Granada",
        "es_gr",
        "health",
        "search",
        "Calibration kits for three shops",
    ),
    Prospect(
        "balcony",
        "Hotel Balcón de Nerja",
        "Nerja",
        "es_ma",
        "hospitality",
        "fair",
        "Lighting of the terrace and the rooms",
    ),
    Prospect(
        "inn",
        "Posada del Rincón",
        "Cuenca",
        "es_cu",
        "hospitality",
        "search",
        "Somebody for the weekends",
    ),
    Prospect(
        "segura",
        "Construcciones Río Segura",
        "Murcia",
        "es_mu",
        "construction",
        "portal",
        "Pumps for a building site, at the best price",
    ),
    Prospect(
        "oak",
        "Supermercados La Encina",
        "Cáceres",
        "es_cc",
        "retail",
        "search",
        "Lights for four shops",
    ),
    Prospect(
        "cellar",
        "Bodega Cerro Alto",
        "Haro",
        "es_lo",
        "food",
        "fair",
        "Filters for the bottling room",
    ),
    Prospect(
        "town",
        "Ayuntamiento de Villaclara",
        "Villaclara",
        "es_te",
        "public",
        "portal",
        "Street lighting of the old town",
    ),
    Prospect(
        "olives",
        "Colegio Los Olivos",
        "Sevilla",
        "es_se",
        "education",
        "search",
        "Energy audit before the inspection",
    ),
    Prospect(
        "tiles",
        "Azulejos Mijares",
        "Castellón",
        "es_cs",
        "industry",
        "portal",
        "Maintenance of two kilns",
    ),
    # contacts, from a fair's list of visitors
    Prospect("ronda", "Centro Médico Ronda", "Ronda", "es_ma", "health"),
    Prospect("plain", "Museo de la Vega", "Granada", "es_gr", "education"),
    Prospect("brothers", "Talleres Hermanos Gil", "Lugo", "es_lu", "industry"),
    Prospect("corner", "Cafés La Esquina", "Vigo", "es_po", "hospitality"),
)
