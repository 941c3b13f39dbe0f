from dataclasses import dataclass
from heapq import nlargest

from odoo import api, models
from odoo.tools import SQL, split_every

from .customer_lookalike_facets import FACETS, NUMBERS

# Leads and contacts that are ranked in one transaction
BATCH_SIZE = 10_000
# Contacts that are kept as prospects: more than anybody will call
PROSPECTS_KEPT = 1000
# What is told of what speaks for or against somebody, and what is too little to tell
REASONS = 3
LEAST_TOLD = 0.1
WORD = NUMBERS["word"]
NOTHING = (0, 0, None, None)
# The score of what is as like the best as the others; see engine.lookalike.scores
AS_USUAL = 50


@dataclass(frozen=True)
class Learnt:
    """What prospects are ranked with."""

    vocabulary: dict  # {word: number}
    weights: object  # engine.lookalike.Weights
    curve: object  # engine.lookalike.Scale
    best_tiers: list  # ids of the tiers of the best
    bands: list  # [(low score, id of the tier to be expected)], the lowest first
    group: bool = False  # whether the best are profitable customers of a group


class CustomerLookalikeModel(models.Model):
    """Ranking: leads and contacts by their likeness to the best accounts.

    Contacts are prospects only if they are more like the best than like the others.

    A handful of queries for any number of leads. All are ranked after every refresh,
    and a lead at once when what is known of it changes (crm_lead.py).
    """

    _inherit = "customer.lookalike.model"

    # ------------------------------------------------------------------
    # Scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_rank(self):
        """Learn, and rank leads and contacts, for every company; in transactions."""
        companies = self.env["customer.account"]._get_companies()
        cron = self.env["ir.cron"]
        cron._commit_progress(0, remaining=len(companies))
        for place, company in enumerate(companies, start=1):
            model = self._learn(company)
            cron._commit_progress(0)
            for _done in model._rank_all():
                cron._commit_progress(0)
            cron._commit_progress(1, remaining=len(companies) - place)

    @api.model
    def _learn_and_rank(self, companies):
        """Do at once what the scheduled action does; for a shell, and the demo."""
        for company in companies:
            for _done in self._learn(company)._rank_all():
                pass

    def _rank_all(self):
        """Rank all open leads of the company, then contacts; yield after each batch."""
        self.ensure_one()
        self.env.flush_all()
        learnt = self._get_learnt()
        ids = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_lead lead WHERE lead.active"
                " AND lead.won_status = 'pending' AND %s ORDER BY id",
                self.env["customer.lookalike.facets"]._get_company_condition(
                    self.company_id
                ),
            )
        )
        for batch in split_every(BATCH_SIZE, (lead for [lead] in ids), list):
            self._rank_some(batch, learnt)
            yield len(batch)
        yield from self._rank_contacts(learnt)

    # ------------------------------------------------------------------
    # Leads
    # ------------------------------------------------------------------

    @api.model
    def _rank_leads(self, leads):
        """Rank leads at once, each as its company has learnt.

        Open ones only: what has been won or lost keeps what was said of it.
        """
        leads = leads.filtered(lambda lead: lead.won_status == "pending")
        companies = leads.company_id
        if not all(lead.company_id for lead in leads):
            every = self.env["res.company"].search([], limit=2)
            companies |= every if len(every) == 1 else every.browse()
        left = set(leads.ids)
        for model in self.search([("company_id", "in", companies.ids)]):
            ids = leads.filtered(
                lambda lead, model=model: (
                    not lead.company_id or lead.company_id == model.company_id
                )
            ).ids
            # those of no company are of the only one there is
            model._rank_some(ids, model._get_learnt())
            left.difference_update(ids)
        leads._write_ranks([(lead, *NOTHING) for lead in left if lead])

    def _rank_some(self, ids, learnt):
        """Rank leads by id; those that may not be ranked are said nothing of."""
        rows = []
        if learnt:
            query = self.env["customer.lookalike.facets"]._get_lead_query(
                self.company_id, SQL("lead.id = ANY(%s)", ids)
            )
            rows = self.env.execute_query(query)
        ranks = {lead: NOTHING for lead in ids}
        ranks.update((one[0], one[1:]) for one in self._rank_rows(rows, learnt))
        self.env["crm.lead"]._write_ranks([(lead, *one) for lead, one in ranks.items()])

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def _rank_contacts(self, learnt):
        """Keep the contacts most like the best that have never ordered."""
        best, after = [], 0
        facets = self.env["customer.lookalike.facets"]
        while learnt:
            rows = self.env.execute_query(
                facets._get_prospect_query(self.company_id, after, BATCH_SIZE)
            )
            if not rows:
                break
            after = rows[-1][0]
            best += (one for one in self._rank_rows(rows, learnt) if one[1] > AS_USUAL)
            # of those equally like, the ones that are known longest
            best = nlargest(
                PROSPECTS_KEPT, best, key=lambda one: (one[1], one[2], -one[0])
            )
            yield len(rows)
        self.env["customer.prospect"]._replace(self.company_id, best)
        yield len(best)

    # ------------------------------------------------------------------
    # How like the best
    # ------------------------------------------------------------------

    def _get_learnt(self):
        """Return what the company has learnt, or None when that is nothing."""
        import numpy as np  # only when needed

        from odoo.addons.customer_centricity.engine import lookalike

        self.ensure_one()
        if self.status != "ready":
            return None
        self.env["customer.lookalike.weight"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT facet, value, account_count, best_count, known_count,
                       known_best_count, weight
                  FROM customer_lookalike_weight WHERE model_id = %s ORDER BY id
                """,
                self.id,
            )
        )
        vocabulary = {}
        values = [
            vocabulary.setdefault(value, len(vocabulary))
            if facet == FACETS[WORD][0]
            else int(value)
            for facet, value, *_rest in rows
        ]
        numbers = [NUMBERS[facet] for facet, *_rest in rows]
        columns = [list(column) for column in zip(*rows, strict=True)][2:]
        *numbers_of, weight = columns or [[]] * 5
        return Learnt(
            vocabulary,
            lookalike.Weights(
                *(np.array(column, dtype=int) for column in (numbers, values)),
                *(np.array(column, dtype=int) for column in numbers_of),
                np.array(weight, dtype=float),
            ),
            lookalike.Scale(self.slope, self.intercept),
            self.best_tier_ids.ids,
            self._get_expected_tiers(),
        )

    def _get_expected_tiers(self):
        if not self.bands:
            return []
        tiers = self.bands["tiers"]
        there = set(self.env["customer.tier"].browse(tiers).exists().ids)
        return [
            (low, tiers[expected] if tiers[expected] in there else None)
            for low, _counts, expected in self.bands["bands"]
        ]

    @api.model
    def _rank_rows(self, rows, learnt):
        """Return how like the best the rows of a query are, and why.

        :return: list of (id, score, chance, tier id or None, facts or None)
        """
        from odoo.addons.customer_centricity.engine import lookalike

        if not rows:
            return []
        columns = self.env["customer.lookalike.facets"]._spread(rows, learnt.vocabulary)
        found = lookalike.evidence(*columns, learnt.weights, len(rows))
        score = lookalike.scores(found.total, found.known, learnt.curve.slope).tolist()
        chance = lookalike.chances(found.total, learnt.curve).tolist()
        facts = self._get_facts(found, learnt)
        return [
            (
                row[0],
                score[place],
                chance[place],
                self._get_expected_tier(learnt, score[place]),
                facts[place],
            )
            # what speaks too little to be told says nothing
            if score[place] and facts[place]
            else (row[0], *NOTHING)
            for place, row in enumerate(rows)
        ]

    @api.model
    def _get_expected_tier(self, learnt, score):
        found = [tier for low, tier in learnt.bands if low <= score]
        return found[-1] if found else None

    @api.model
    def _get_facts(self, found, learnt):
        """Return what speaks most for each to be like the best, or against it.

        Against it where more does so in all.
        """
        words = {number: word for word, number in learnt.vocabulary.items()}
        weights = learnt.weights
        spoken = [[] for _total in found.total]
        sign = [-1 if total < 0 else 1 for total in found.total.tolist()]
        rows = (found.subject.tolist(), found.row.tolist(), found.part.tolist())
        for subject, row, part in zip(*rows, strict=True):
            if part * sign[subject] >= LEAST_TOLD:
                spoken[subject].append((-abs(part), row))
        told = {}
        facts = []
        for parts in spoken:
            chosen = [row for _part, row in sorted(parts)[:REASONS]]
            for row in chosen:
                if row not in told:
                    facet, value = int(weights.facet[row]), int(weights.value[row])
                    told[row] = [
                        facet,
                        words[value] if facet == WORD else value,
                        int(weights.best[row]),
                        int(weights.count[row]),
                        int(weights.known_best[row]),
                        int(weights.known[row]),
                    ]
            facts.append(
                {
                    "tiers": learnt.best_tiers,
                    "group": learnt.group,
                    "facts": [told[row] for row in chosen],
                }
                if chosen
                else None
            )
        return facts
