"""A made-up portfolio of any size: customers of very different weight over years."""

import datetime

import numpy as np
import pandas as pd

from odoo.tools import SQL

from . import workshop
from .documents import Documents
from .rows import stage

MONTHS = 36
# An account, on average: 0.8 M invoices and 0.6 M timesheets for 100,000 accounts
INVOICES = 8  # of 1.75 lines: with tax and receivable, 3 M journal items
SHEETS = 6
SERVED_SHARE = 0.2  # of the accounts, with hours
REFUND_SHARE = 0.03  # of the documents
LINKED_SHARE = 0.5  # of the credit notes
REASON_SHARE = 0.25  # of the credit notes, which say why
PRODUCTS = 2000
CATEGORIES = 8
REFERRED_SHARE = 0.02  # of the accounts
OPTED_OUT_SHARE = 0.005  # of the accounts
HEARD_SHARE = 0.4  # of the accounts; answers of two years, of some more than one
SEED = 19


def prepare(size):
    """Have a database with a portfolio of this size; return its name."""
    name = f"customer_centricity_bench_{size}"
    end = datetime.date.today().replace(day=1)
    content = f"{size} accounts until {end}, version 3"
    if not workshop.prepare(name, content):
        with workshop.environment(name) as env:
            fill(env, size, end)
        workshop.vacuum(name)
        workshop.mark_filled(name, content)
    return name


def fill(env, size, end):
    """Write customers, products, documents and hours up to a day."""
    watch = workshop.Watch()
    rng = np.random.default_rng(SEED)
    company = env.ref("base.main_company")
    with watch.step(f"{size:,} customers and {PRODUCTS:,} products"):
        documents = Documents(env, company, taxed=True)
        countries = env["res.country"].search(
            [("code", "in", ["US", "FR", "DE", "ES"])]
        )
        partner = documents.partners(
            pd.DataFrame(
                {
                    "name": [f"Customer {number}" for number in range(size)],
                    "country": rng.choice(countries.ids, size),
                }
            )
        )
        price = rng.lognormal(4, 1, PRODUCTS).round(2)
        categories = env["product.category"].create(
            [{"name": f"Category {number}"} for number in range(CATEGORIES)]
        )
        product = documents.products(
            pd.DataFrame(
                {
                    "name": [f"Product {number}" for number in range(PRODUCTS)],
                    "code": [f"P{number:05}" for number in range(PRODUCTS)],
                    "kind": np.where(rng.random(PRODUCTS) < 0.9, "consu", "service"),
                    "category": np.resize(categories.ids, PRODUCTS),
                    "price": price,
                    "cost": (price * rng.uniform(0.3, 0.9, PRODUCTS)).round(2),
                }
            )
        )
        env.cr.commit()
    # Some customers order every week, most a few times a year
    weight = rng.gamma(0.8, size=size)
    with watch.step("invoices"):
        moves = _moves(rng, size, weight, end).assign(
            partner=lambda frame: frame["account"] + partner
        )
        lines = _lines(rng, moves, price, product)
        # The addon has been there for a year: since then, costs were kept
        year = end - datetime.timedelta(days=365)
        kept = f"""
            CASE WHEN s.date >= '{year}' THEN (
                SELECT (product.standard_price ->> '{company.id}')::numeric
                  FROM product_product product WHERE product.id = s.product) END
        """
        documents.sales(
            moves, lines, days_due=30, line_values={"customer_unit_cost": kept}
        )
        env.cr.commit()
    with watch.step("timesheets"):
        served = np.sort(rng.choice(size, int(size * SERVED_SHARE), replace=False))
        count = size * SHEETS
        chance = weight[served] / weight[served].sum()
        sheets = pd.DataFrame(
            {
                "position": rng.choice(served.size, count, p=chance),
                "date": _days(rng, count, end),
                "hours": rng.integers(1, 33, count) / 4,
            }
        ).sort_values("date", ignore_index=True)
        documents.hours(served + partner, sheets)
        env.cr.commit()
    with watch.step("answers, recommendations, customers not to be profiled"):
        _insert_answers(env, company, rng, size, partner, end)
        _refer(env, rng, size, partner)
        opted_out = rng.choice(size, int(size * OPTED_OUT_SHARE), replace=False)
        env.cr.execute(
            "UPDATE res_partner SET customer_profiling_opt_out = TRUE"
            " WHERE id = ANY(%s)",
            [(opted_out + partner).tolist()],
        )
        env.cr.commit()


def _insert_answers(env, company, rng, size, partner, end):
    """Have customers answer whether they recommend the company, some again later."""
    heard = rng.choice(size, int(size * HEARD_SHARE), replace=False)
    heard = np.concatenate([heard, heard[: heard.size // 4]])
    days = rng.integers(1, 730, heard.size)
    frame = pd.DataFrame(
        {
            "partner": heard + partner,
            "date": (pd.Timestamp(end) - pd.to_timedelta(days, unit="D")).strftime(
                "%Y-%m-%d"
            ),
            # two in five promoters, one in four detractors
            "score": np.searchsorted([0.25, 0.6], rng.random(heard.size)) * 2 + 5,
        }
    )
    stage(env.cr, "staged_answer", frame, partner="int", date="date", score="int")
    env.cr.execute(
        SQL(
            """
            INSERT INTO customer_nps_response (
                partner_id, company_id, date, score, kind, channel,
                create_date, write_date)
            SELECT partner, %s, date, score,
                   CASE WHEN score >= 9 THEN 'promoter' WHEN score >= 7 THEN 'passive'
                        ELSE 'detractor' END,
                   'imported', date, date
              FROM staged_answer
             ORDER BY date
            """,
            company.id,
        )
    )


def _refer(env, rng, size, partner):
    """Have customers bring others, who are never those that brought them."""
    brought = 1 + rng.choice(size - 1, int(size * REFERRED_SHARE), replace=False)
    frame = pd.DataFrame(
        {"partner": brought + partner, "referrer": rng.integers(brought) + partner}
    )
    stage(env.cr, "staged_referral", frame, partner="int", referrer="int")
    env.cr.execute(
        """
        UPDATE res_partner partner SET referred_by_id = staged.referrer
          FROM staged_referral staged WHERE staged.partner = partner.id
        """
    )


def _days(rng, count, end):
    days = int(MONTHS * 30.4)
    offset = rng.integers(1, days + 1, count)
    return pd.Timestamp(end) - pd.to_timedelta(offset, unit="D")


def _moves(rng, size, weight, end):
    """Return documents in the order of their days."""
    count = size * INVOICES
    moves = pd.DataFrame(
        {
            "account": rng.choice(size, count, p=weight / weight.sum()),
            "date": _days(rng, count, end),
            "kind": "out_invoice",
            "ref": None,
            "reverses": pd.array([None] * count, dtype="Int64"),
        }
    ).sort_values("date", ignore_index=True)
    refunds = np.flatnonzero(rng.random(count) < REFUND_SHARE)
    moves.loc[refunds, "kind"] = "out_refund"
    # of the invoice before it of the same customer
    before = (
        moves.assign(position=moves.index)
        .groupby("account")["position"]
        .shift()
        .astype("Int64")[refunds]
    )
    before[moves["kind"].reindex(before).to_numpy() != "out_invoice"] = None
    before[rng.random(refunds.size) > LINKED_SHARE] = None
    moves.loc[refunds, "reverses"] = before
    moves.loc[refunds[:: round(1 / REASON_SHARE)], "ref"] = "Damaged"
    return moves


def _lines(rng, moves, price, product):
    """Return the lines of the documents, one to three each."""
    size = rng.choice([1, 2, 3], len(moves), p=[0.5, 0.25, 0.25])
    document = np.repeat(np.arange(len(moves)), size)
    sold = rng.integers(0, PRODUCTS, document.size)
    return pd.DataFrame(
        {
            "document": document,
            "product": sold + product,
            "name": [f"Product {number}" for number in sold],
            "quantity": rng.integers(1, 11, document.size),
            "price": price[sold],
        }
    )
