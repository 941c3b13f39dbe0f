"""Where the customers of the demonstration came from, and who might come next.

Plain data: no Odoo here. Words stand for records: "health" is a kind of customer, with
the industry below, "fair" the source below, "es_gr" the province ``base.state_es_gr``.
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
# What a first opportunity is expected to bring, by the kind of customer
FIRST_AMOUNTS = {
    "hospitality": 2400,
    "construction": 3800,
    "health": 5200,
    "industry": 4600,
    "food": 2900,
    "retail": 1300,
    "education": 3100,
    "public": 4900,
}
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
# Opportunities that came to nothing: name, kind, source, why (number of Odoo's reason),
# months since. Of three won one is lost, and more of those that ask for prices.
LOST = (
    ("Hostal La Palma", "hospitality", "search", 1, 2),
    ("Reformas Guadalén", "construction", "portal", 1, 3),
    ("Calzados Moreno", "retail", "search", 3, 4),
    ("Mancomunidad del Alto Tajo", "public", "portal", 1, 5),
    ("Panadería Santa Ana", "food", "search", 3, 6),
    ("Obras y Firmes Delta", "construction", "portal", 1, 8),
    ("Muebles Castro", "retail", "search", 2, 9),
    ("Talleres Ebro", "industry", "portal", 1, 11),
    ("Clínica Dental Arcos", "health", "customer", 2, 13),
    ("Camping Las Dunas", "hospitality", "fair", 3, 14),
    ("Ferretería El Puente", "retail", "search", 1, 16),
    ("Fundiciones Nalón", "industry", "portal", 2, 18),
    ("Academia Minerva", "education", "customer", 3, 20),
    ("Quesos del Valle", "food", "fair", 2, 23),
)


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
    amount: int = 0  # expected of the lead
    stage: int = 0  # number of the stage that it is in, from the first


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
        amount=14500,
        stage=2,
    ),
    Prospect(
        "almanzora",
        "Laboratorios Almanzora",
        "Almería",
        "es_al",
        "health",
        "customer",
        "Calibration of the clean rooms",
        amount=9800,
        stage=1,
    ),
    Prospect(
        "morena",
        "Universidad de Sierra Morena",
        "Jaén",
        "es_j",
        "education",
        "customer",
        "Energy audit of the campus",
        amount=6400,
        stage=1,
    ),
    Prospect(
        "optics",
        "Óptica Alpujarra",
        "Granada",
        "es_gr",
        "health",
        "search",
        "Calibration kits for three shops",
        amount=1900,
    ),
    Prospect(
        "balcony",
        "Hotel Balcón de Nerja",
        "Nerja",
        "es_ma",
        "hospitality",
        "fair",
        "Lighting of the terrace and the rooms",
        amount=5200,
        stage=2,
    ),
    Prospect(
        "inn",
        "Posada del Rincón",
        "Cuenca",
        "es_cu",
        "hospitality",
        "search",
        "Somebody for the weekends",
        amount=900,
    ),
    Prospect(
        "segura",
        "Construcciones Río Segura",
        "Murcia",
        "es_mu",
        "construction",
        "portal",
        "Pumps for a building site, at the best price",
        amount=7300,
        stage=1,
    ),
    Prospect(
        "oak",
        "Supermercados La Encina",
        "Cáceres",
        "es_cc",
        "retail",
        "search",
        "Lights for four shops",
        amount=3600,
    ),
    Prospect(
        "cellar",
        "Bodega Cerro Alto",
        "Haro",
        "es_lo",
        "food",
        "fair",
        "Filters for the bottling room",
        amount=4100,
        stage=2,
    ),
    Prospect(
        "town",
        "Ayuntamiento de Villaclara",
        "Villaclara",
        "es_te",
        "public",
        "portal",
        "Street lighting of the old town",
        amount=11200,
        stage=1,
    ),
    Prospect(
        "olives",
        "Colegio Los Olivos",
        "Sevilla",
        "es_se",
        "education",
        "search",
        "Energy audit before the inspection",
        amount=2800,
    ),
    Prospect(
        "tiles",
        "Azulejos Mijares",
        "Castellón",
        "es_cs",
        "industry",
        "portal",
        "Maintenance of two kilns",
        amount=8600,
        stage=2,
    ),
    # contacts, from a fair's list of visitors
    Prospect("ronda", "Centro Médico Ronda", "Ronda", "es_ma", "health"),
    Prospect("plain", "Museo de la Vega", "Granada", "es_gr", "education"),
    Prospect("brothers", "Talleres Hermanos Gil", "Lugo", "es_lu", "industry"),
    Prospect("corner", "Cafés La Esquina", "Vigo", "es_po", "hospitality"),
)
