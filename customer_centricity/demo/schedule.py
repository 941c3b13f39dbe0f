"""When the customers of the demonstration buy and are worked for.

Plain Python: no Odoo here. Everything is counted back from today in months, 0 being
the current month and 1 the last closed one, and drawn from a generator seeded by
customer and month: the figures of the last twelve closed months are the same
whatever the day on which the demonstration is loaded; only its dates move.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = 36  # closed months of history

# Days drawn at random stay in the days every month has.
LAST_COMMON_DAY = 28

SATURDAY = 5


@dataclass(frozen=True)
class Rhythm:
    """How often a customer buys."""

    days: tuple = ()  # fixed days of the month
    orders: tuple = (0, 0)  # at least and at most so many a month, on working days
    every: int = 1  # only in one month of so many
    first: int = MONTHS  # months ago of the first month, and of the last one
    last: int = 0
    season: tuple = ()  # calendar months; empty means all the year
    days_ago: tuple = ()  # single purchases, so many days ago


@dataclass(frozen=True)
class Hours:
    """How many hours a customer takes, and whose."""

    a_month: float
    staff: tuple
    length: float = 4.0  # of one timesheet line
    first: int = MONTHS
    last: int = 0


def month_start(today, months_ago):
    """First day of the month so many months ago."""
    years, month = divmod(today.year * 12 + today.month - 1 - months_ago, 12)
    return date(years, month + 1, 1)


def months_between(day, today):
    """Months ago of the month of a day: 0 in the month of today."""
    return (today.year - day.year) * 12 + today.month - day.month


def generator(*seed):
    """Random generator of a seed of words and numbers, equal on every machine."""
    return random.Random("/".join(map(str, seed)))


def working_day(day):
    """Nearest working day that is still in the month of ``day``."""
    if day.weekday() < SATURDAY:
        return day
    back = day - timedelta(days=day.weekday() - SATURDAY + 1)
    ahead = day + timedelta(days=7 - day.weekday())
    prefer_back = day.weekday() == SATURDAY
    first, second = (back, ahead) if prefer_back else (ahead, back)
    return first if first.month == day.month else second


def order_dates(key, rhythm, today):
    """Days on which a customer buys, in order and none after today."""
    dates = [today - timedelta(days=days) for days in rhythm.days_ago]
    for months_ago in range(rhythm.last, rhythm.first + 1):
        start = month_start(today, months_ago)
        if rhythm.season and start.month not in rhythm.season:
            continue
        # Counted from the last closed month, so that a year always has 12 / every.
        if (months_ago - 1) % rhythm.every:
            continue
        dates += [start.replace(day=day) for day in rhythm.days]
        rng = generator("orders", key, months_ago)
        days = rng.sample(range(1, LAST_COMMON_DAY + 1), rng.randint(*rhythm.orders))
        dates += [working_day(start.replace(day=day)) for day in days]
    return sorted(day for day in dates if day <= today)


def work_days(key, hours, today):
    """``(day, employee)`` of the timesheet lines of a customer, none after today."""
    found = []
    for months_ago in range(hours.last, hours.first + 1):
        start = month_start(today, months_ago)
        rng = generator("hours", key, months_ago)
        for _line in range(round(hours.a_month / hours.length)):
            day = start.replace(day=rng.randint(1, LAST_COMMON_DAY))
            found.append((working_day(day), rng.choice(hours.staff)))
    return sorted(entry for entry in found if entry[0] <= today)


def order_lines(key, basket, growth, number, day, today):
    """``{product: quantity}`` of one order: each product of the basket drawn between
    its two limits, scaled by the yearly growth of the customer.
    """
    months_ago = months_between(day, today)
    rng = generator("lines", key, months_ago, number)
    scale = (1 + growth) ** (-months_ago / 12)
    lines = {}
    for product, limits in basket.items():
        quantity = rng.randint(*limits)
        if quantity:
            lines[product] = max(1, round(quantity * scale))
    if not lines:
        product, (_least, most) = next(iter(basket.items()))
        lines[product] = most
    return lines
