import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from heapq import nlargest

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.customer_centricity.models.customer_retention import CONFLICTS

from .customer_lookalike_facets import FACETS, NUMBERS
from .customer_lookalike_ranked import NOTHING

_logger = logging.getLogger(__name__)

# Leads that are ranked in one transaction: some tenths of a second, in which few are
# saved by people
BATCH_SIZE = 1000
# Contacts, which are only read
CONTACTS_AT_ONCE = 5000
# How often a batch is tried that somebody else was faster with, and seconds in between
ATTEMPTS = 5
CONFLICT_PAUSE = 0.5
# What was learnt counts for a day where no refresh comes before
LEARNT_FOR = timedelta(hours=20)
# Contacts that are kept as prospects: more than anybody will call
PROSPECTS_KEPT = 1000
# What is told of what speaks for or against somebody, and what is too little to tell
REASONS = 3
LEAST_TOLD = 0.1
WORD = NUMBERS["word"]
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
        """Learn, and rank leads and contacts, for every company that is due.

        In steps, each committed. How far a company has come is noted, so that what was
        interrupted goes on.
        """
        due = self._get_due()
        left = len(due)
        cron = self.env["ir.cron"]
        time_left = cron._commit_progress(0, remaining=left)
        for company in due:
            # noted before it is done: what fails, or is killed, keeps no others waiting
            self._get_model(company)._note(tried=str(fields.Datetime.now()))
            time_left = time_left and cron._commit_progress(0, remaining=left)
            done = False
            while time_left and not done:
                done = self._guarded_step(company)
                left -= done
                time_left = cron._commit_progress(1, remaining=left)
            if not done:
                # Time is over: the scheduler gives others a turn, and would come back
                # only when it looks around the next time.
                self.env.ref("customer_centricity_crm.ir_cron_rank")._trigger()
                return

    @api.model
    def _get_due(self):
        """Return the companies that have to be ranked, those tried last at the end."""
        companies = self.env["customer.account"]._get_companies()
        learnt = {model.company_id: model for model in self.search([])}
        due = companies.filtered(
            lambda company: company not in learnt or learnt[company]._is_due()
        )
        return due.sorted(
            lambda company: ((company in learnt and learnt[company].ranking) or {}).get(
                "tried", ""
            )
        )

    def _is_due(self):
        """Return whether accounts may teach something new, or something is undone."""
        return (
            not self.ranking
            or self.ranking["step"] != "done"
            or self.ranking["refresh"] != self._get_refresh()
            or self.date + LEARNT_FOR <= fields.Datetime.now()
        )

    def _get_refresh(self):
        # sudo: which refresh the figures are of, whoever ranks
        return str(self.company_id.sudo().customer_refresh_date)

    def _note(self, **values):
        """Note how far the company has come."""
        self.ranking = {"step": "learn", "after": 0, **(self.ranking or {}), **values}

    @api.model
    def _guarded_step(self, company):
        """Do the next step of a company; return whether it was the last.

        It also is when nothing can be done now: that concerns no other company.
        """
        for _attempt in range(ATTEMPTS):
            try:
                with self.env.cr.savepoint():
                    return self._get_model(company)._rank_step()
            except CONFLICTS:
                # people's work comes first; the batch is read again
                self.env.cr.rollback()
                time.sleep(CONFLICT_PAUSE)
            except psycopg2.OperationalError:
                raise  # the database is in trouble, not the data of one company
            except Exception:
                self.env.cr.rollback()
                _logger.exception("Ranking of leads of %s failed", company.name)
                self._get_model(company)._note(step="learn", after=0)
                return True
        _logger.warning("Leads of %s are being saved: ranked later", company.name)
        return True

    @api.model
    def _learn_and_rank(self, companies):
        """Do at once what the scheduled action does; for a shell, and the demo."""
        for company in companies:
            model = self._get_model(company)
            model._note(step="learn", after=0)
            while not model._rank_step():
                pass

    @api.model
    def _get_model(self, company):
        return self.search([("company_id", "=", company.id)]) or self.create(
            {"company_id": company.id}
        )

    def _rank_step(self):
        """Do what comes next for the company; return whether that was the last."""
        self.ensure_one()
        self.env.flush_all()
        if not self.ranking or self.ranking["step"] == "done":
            self._note(step="learn", after=0)
        steps = {
            "learn": self._step_learn,
            "leads": self._step_leads,
            "contacts": self._step_contacts,
        }
        step, after = steps[self.ranking["step"]](self.ranking["after"])
        self._note(step=step, after=after)
        return step == "done"

    def _step_learn(self, _after):
        self._note(refresh=self._get_refresh())
        self._learn(self.company_id)
        self.env["crm.lead"]._forget_ranks_of_nobody()
        return "leads", 0

    def _step_leads(self, after):
        """Rank the next open leads; return which step comes next."""
        ids = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_lead lead WHERE lead.active"
                " AND lead.won_status = 'pending' AND lead.id > %s AND %s"
                " ORDER BY id LIMIT %s",
                after,
                self.env["customer.lookalike.facets"]._get_company_condition(
                    self.company_id
                ),
                BATCH_SIZE,
            )
        )
        if not ids:
            return "contacts", 0
        self._rank_some([lead for [lead] in ids], self._get_learnt())
        return "leads", ids[-1][0]

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

    def _step_contacts(self, after):
        """Keep the next contacts most like the best that have never ordered."""
        learnt = self._get_learnt()
        prospects = self.env["customer.prospect"]
        rows = []
        if learnt:
            facets = self.env["customer.lookalike.facets"]
            rows = self.env.execute_query(
                facets._get_prospect_query(self.company_id, after, CONTACTS_AT_ONCE)
            )
        ranks = (one for one in self._rank_rows(rows, learnt) if one[1] > AS_USUAL)
        # of those equally like, the ones that are known longest
        best = nlargest(
            PROSPECTS_KEPT, ranks, key=lambda one: (one[1], one[2], -one[0])
        )
        last = rows[-1][0] if rows else None
        prospects._replace(self.company_id, best, after, last)
        if last:
            return "contacts", last
        prospects._keep_best(self.company_id, PROSPECTS_KEPT)
        return "done", 0

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
