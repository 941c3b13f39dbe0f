import logging

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from .customer_lookalike_facets import FACETS, NUMBERS, TEST_MONTHS, TIER

_logger = logging.getLogger(__name__)

# Words that are looked at: those that most accounts have
MOST_WORDS = 500


class CustomerLookalikeModel(models.Model):
    """What the best accounts of a company have in common, and what that is worth.

    Learnt from the accounts as they are after a refresh (``engine.lookalike``): the
    best are those of the first tiers. Leads and contacts are ranked with it.

    The test learns from those who were customers a year ago, by what they earned up to
    then, and looks at those who have come since: do those that it would have picked
    earn more than the others?
    """

    _name = "customer.lookalike.model"
    _inherit = ["customer.one.currency"]
    _description = "What the Best Accounts Have in Common"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Datetime(string="Learnt on", readonly=True)
    status = fields.Selection(
        selection=[
            ("ready", "Learnt"),
            ("same", "Nothing tells them apart"),
            ("few", "Too few accounts"),
        ],
        required=True,
        readonly=True,
        default="few",
    )
    best_tier_ids = fields.Many2many(
        comodel_name="customer.tier", string="The Best", readonly=True
    )
    account_count = fields.Integer(string="Accounts Looked at", readonly=True)
    best_count = fields.Integer(string="Of Them the Best", readonly=True)
    slope = fields.Float(
        readonly=True,
        digits=(16, 6),
        help="How much of the evidence counts, 0 to 1: facets say partly the same.",
    )
    intercept = fields.Float(readonly=True, digits=(16, 6))
    bands = fields.Json(readonly=True)
    # how far the scheduled action has come; see customer_lookalike_rank.py
    ranking = fields.Json(readonly=True)
    told_apart = fields.Float(
        string="Pairs in the Right Order",
        readonly=True,
        digits=(16, 4),
        help="Of all pairs of one of the best accounts and one other, those in which "
        "the better one has the higher score, each without its own example.",
    )
    told_chance = fields.Float(string="By Chance", readonly=True, digits=(16, 4))
    weight_ids = fields.One2many(
        comodel_name="customer.lookalike.weight",
        inverse_name="model_id",
        string="What Counts",
        readonly=True,
    )
    summary = fields.Text(compute="_compute_summary")
    band_summary = fields.Text(string="Scores and Tiers", compute="_compute_summary")

    # The test
    verdict = fields.Selection(
        selection=[
            ("better", "Worth it"),
            ("same", "No difference shown"),
            ("worse", "Worse than chance"),
            ("few", "Too few to say"),
        ],
        readonly=True,
        default="few",
    )
    test_date = fields.Date(string="Tested as of", readonly=True)
    picked_count = fields.Integer(string="Picked", readonly=True)
    other_count = fields.Integer(string="Others", readonly=True)
    picked_profit = fields.Monetary(
        string="Profit a Month of Those Picked", readonly=True
    )
    other_profit = fields.Monetary(string="Profit a Month of the Others", readonly=True)
    pair_share = fields.Float(readonly=True, digits=(16, 4))
    pair_chance = fields.Float(readonly=True, digits=(16, 4))
    verdict_text = fields.Text(string="Test", compute="_compute_verdict_text")

    _company_unique = models.Constraint(
        "UNIQUE(company_id)", "A company has learnt once what is typical of its best."
    )

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    @api.depends("status", "best_count", "account_count", "told_apart", "bands")
    @api.depends_context("lang")
    def _compute_summary(self):
        for model in self:
            model.summary = getattr(model, f"_describe_{model.status}")()
            model.band_summary = model._describe_bands()

    def _describe_few(self):
        from odoo.addons.customer_centricity.engine import lookalike

        return self.env._(
            "Too few accounts to learn from: it takes %(least)s of the best, in the "
            "first tiers, and as many others who have ordered. Leads are not ranked "
            "until then.",
            least=lookalike.LEAST_EXAMPLES,
        )

    def _describe_same(self):
        return self.env._(
            "%(best)s of %(accounts)s accounts are the best, but nothing that is known "
            "of them tells them apart from the others. Leads are not ranked: enter "
            "industries, countries, tags and sources of your customers.",
            best=self.best_count,
            accounts=self.account_count,
        )

    def _describe_ready(self):
        return self.env._(
            "Learnt from %(accounts)s accounts, %(best)s of them the best (%(tiers)s). "
            "Of 100 pairs of one of the best and one other, it puts %(pairs)s in the "
            "right order; tossing a coin, it would be 50, give or take %(chance)s.",
            accounts=self.account_count,
            best=self.best_count,
            tiers=", ".join(self.best_tier_ids.mapped("name")),
            pairs=round(100 * self.told_apart),
            chance=max(1, round(100 * self.told_chance)),
        )

    def _describe_bands(self):
        """Return, a line a band of scores, in which tiers its accounts are."""
        tiers = self.env["customer.tier"].browse(self.bands and self.bands["tiers"])
        names = tiers.exists().mapped("name")
        if not names or len(names) != len(tiers):
            return ""
        bands = self.bands["bands"]
        highs = [band[0] - 1 for band in bands[1:]] + [99]
        lines = []
        for (low, counts, expected), high in zip(bands, highs, strict=True):
            found = ", ".join(
                f"{name} {count}"
                for name, count in zip(names, counts, strict=True)
                if count
            )
            lines.append(
                self.env._(
                    "Score %(low)s to %(high)s: %(tiers)s. To expect: %(expected)s",
                    low=max(low, 1),
                    high=high,
                    tiers=found,
                    expected=names[expected],
                )
            )
        return "\n".join(lines)

    @api.depends("verdict", "test_date", "picked_profit", "other_profit", "pair_share")
    @api.depends_context("lang")
    def _compute_verdict_text(self):
        for model in self:
            model.verdict_text = model._describe_verdict()

    def _describe_verdict(self):
        from odoo.addons.customer_centricity.engine import lookalike

        if not self.verdict or self.verdict == "few":
            return self.env._(
                "Too few to say: it takes %(least)s customers won in the last "
                "%(months)s months that it would have picked, and as many others.",
                least=lookalike.LEAST_EXAMPLES,
                months=TEST_MONTHS,
            )
        found = self.env._(
            "Learnt as of %(date)s, from what customers had earned until then. Of the "
            "%(count)s customers won since, the %(picked)s most like the best have "
            "earned %(picked_profit)s a month each, the other %(others)s "
            "%(other_profit)s. In %(pairs)s of 100 pairs the one picked earns more; by "
            "chance alone it would be 50, give or take %(chance)s.",
            date=format_date(self.env, self.test_date),
            count=self.picked_count + self.other_count,
            picked=self.picked_count,
            picked_profit=format_amount(self.env, self.picked_profit, self.currency_id),
            others=self.other_count,
            other_profit=format_amount(self.env, self.other_profit, self.currency_id),
            pairs=round(100 * self.pair_share),
            chance=max(1, round(100 * self.pair_chance)),
        )
        ends = {
            "better": self.env._("Those picked are better customers."),
            "worse": self.env._("Those picked are worse customers: do not go by it."),
            "same": self.env._("That is within chance: no difference is shown."),
        }
        return f"{found} {ends[self.verdict]}"

    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------

    @api.model
    def _learn(self, company):
        """Learn what is typical of the best accounts of a company; return its model."""
        self.env.flush_all()
        facets = self.env["customer.lookalike.facets"]
        rows = self.env.execute_query(facets._get_account_query(company))
        tiers = self.env["customer.tier"]._get_tiers(company)
        model = self._get_model(company)
        best_tiers = self._get_best_tiers(tiers, [row[TIER] for row in rows])
        found = self._study(rows, [row[TIER] in best_tiers.ids for row in rows])
        model._keep(rows, tiers, best_tiers, found)
        model.write(self._prepare_test_vals(company, rows))
        _logger.info(
            "Lookalikes of %s: %s, %s accounts", company.name, model.status, len(rows)
        )
        return model

    @api.model
    def _get_best_tiers(self, tiers, tier_ids):
        """Return the first tiers that together hold enough accounts to learn from."""
        from odoo.addons.customer_centricity.engine import lookalike

        best = tiers.browse()
        for tier in tiers.filtered(lambda tier: tier.rule_type != "loss"):
            number = sum(one in best.ids for one in tier_ids)
            if number >= lookalike.LEAST_EXAMPLES:
                break
            best |= tier
        number = sum(one in best.ids for one in tier_ids)
        if number > lookalike.MOST_BEST * len(tier_ids):
            return tiers.browse()
        return best

    @api.model
    def _study(self, rows, best, least=None):
        """Return what is typical of the rows that are the best.

        :param least: number of the best, and of others, that it takes
        :return: dict of ``vocabulary``, ``weights``, ``total``, ``known`` and ``curve``
            of the engine; empty when there are too few of either
        """
        from odoo.addons.customer_centricity.engine import lookalike

        least = least or lookalike.LEAST_EXAMPLES
        if min(sum(best), len(best) - sum(best)) < least:
            return {}
        vocabulary = {}
        columns = self.env["customer.lookalike.facets"]._spread(
            rows, vocabulary, grow=True
        )
        columns = lookalike.most_common(*columns, NUMBERS["word"], MOST_WORDS)
        weights = lookalike.learn(*columns, best)
        evidence = lookalike.left_out(*columns, weights, best)
        return {
            "vocabulary": vocabulary,
            "weights": weights,
            "total": evidence.total,
            "known": evidence.known,
            "curve": lookalike.scale(evidence.total, best),
        }

    def _keep(self, rows, tiers, best_tiers, found):
        """Write what was learnt."""
        from odoo.addons.customer_centricity.engine import lookalike

        self.weight_ids.unlink()
        best = [row[TIER] in best_tiers.ids for row in rows]
        vals = {
            "date": fields.Datetime.now(),
            "status": "few",
            "best_tier_ids": [fields.Command.set(best_tiers.ids)],
            "account_count": len(rows),
            "best_count": sum(best),
            "slope": 0,
            "intercept": 0,
            "bands": False,
            "told_apart": 0.5,
            "told_chance": 0.5,
        }
        if found:
            curve = found["curve"]
            apart = lookalike.told_apart(found["total"], best)
            vals |= {
                "status": "ready" if curve.slope else "same",
                "slope": curve.slope,
                "intercept": curve.intercept,
                "bands": self._prepare_bands(rows, tiers, found),
                "told_apart": apart,
                "told_chance": lookalike.chance_of(sum(best), len(best) - sum(best)),
            }
            self.env["customer.lookalike.weight"].create(
                self._prepare_weights_vals(found)
            )
        self.write(vals)

    @api.model
    def _prepare_bands(self, rows, tiers, found):
        from odoo.addons.customer_centricity.engine import lookalike

        ranks = {tier.id: rank for rank, tier in enumerate(tiers)}
        # of whom nothing is known is as usual
        every = [True] * len(rows)
        score = lookalike.scores(found["total"], every, found["curve"].slope)
        # of a tier that has been archived since nothing is expected
        known = [row[TIER] in ranks for row in rows]
        bands = lookalike.bands(
            [one for one, there in zip(score, known, strict=True) if there],
            [ranks[row[TIER]] for row in rows if row[TIER] in ranks],
            len(tiers),
        )
        return {
            "tiers": tiers.ids,
            "bands": [[band.low, band.tiers, band.expected] for band in bands],
        }

    def _prepare_weights_vals(self, found):
        weights = found["weights"]
        words = {number: word for word, number in found["vocabulary"].items()}
        columns = zip(
            *(
                getattr(weights, name).tolist()
                for name in (
                    "facet",
                    "value",
                    "count",
                    "best",
                    "known",
                    "known_best",
                    "weight",
                )
            ),
            strict=True,
        )
        return [
            {
                "model_id": self.id,
                "facet": FACETS[facet][0],
                "value": words[value] if facet == NUMBERS["word"] else str(value),
                "account_count": count,
                "best_count": best,
                "known_count": known,
                "known_best_count": known_best,
                "weight": weight,
            }
            for facet, value, count, best, known, known_best, weight in columns
        ]
