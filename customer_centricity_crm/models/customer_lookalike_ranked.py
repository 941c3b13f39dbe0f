import json

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from .customer_lookalike_facets import FACETS, NUMBERS, RECOMMENDED, SIZE_BORDERS

USER = "customer_centricity.group_user"
# From this score on a prospect is like the best: of as many best accounts as others
# that look like it, so many of 100 are the best.
LIKE_BEST = 65
COLUMNS = (
    "lookalike_score",
    "lookalike_chance",
    "expected_tier_id",
    "lookalike_facts",
)
# The values of what nothing is said of
NOTHING = (0, 0, None, None)


class CustomerLookalikeRanked(models.AbstractModel):
    """What is ranked by its likeness to the best accounts, and why.

    The reason is kept as what it rests on, and put into words for whoever reads it.
    It tells of tiers, which salespeople know, and of no money.
    """

    _name = "customer.lookalike.ranked"
    _description = "Ranked by Likeness to the Best Accounts"

    lookalike_score = fields.Integer(
        string="Likeness",
        readonly=True,
        copy=False,
        aggregator=None,
        groups=USER,
        help="How like your best accounts it is: 50 is as usual; at 80, of as many "
        "best accounts as others that look like it, 80 of 100 are the best. 0: not "
        "enough is known of it.",
    )
    lookalike_chance = fields.Integer(
        string="Chance to Become One of the Best",
        readonly=True,
        copy=False,
        aggregator=None,
        groups=USER,
        help="In percent: the share of the best among accounts that look like it.",
    )
    expected_tier_id = fields.Many2one(
        comodel_name="customer.tier",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=USER,
        help="Half of the accounts with about its likeness are in this tier or in a "
        "better one. A point more or less may make another tier of it.",
    )
    lookalike_facts = fields.Json(readonly=True, copy=False, groups=USER)
    lookalike_reason = fields.Char(
        string="Why",
        compute="_compute_lookalike_reason",
        groups=USER,
        help="What it has in common with your best accounts, how many of them have it, "
        "and how many of the others: of those of whom it is known.",
    )

    @api.depends("lookalike_facts")
    @api.depends_context("lang")
    def _compute_lookalike_reason(self):
        reasons = self._put_into_words([one.lookalike_facts for one in self])
        for one, reason in zip(self, reasons, strict=True):
            one.lookalike_reason = reason

    @api.model
    def _put_into_words(self, facts_list):
        """Return reasons for facts of ranked records, in the reader's language."""
        names = self._get_value_names(facts_list)
        labels = self._get_facet_labels()
        return [
            "; ".join(
                self._put_fact_into_words(fact, facts, labels, names)
                for fact in facts["facts"]
                if fact[0] in FACETS
            )
            if facts
            else ""
            for facts in facts_list
        ]

    def _put_fact_into_words(self, fact, facts, labels, names):
        facet, value, best, count, known_best, known = fact
        name = names.get((FACETS[facet][1], value), value)
        counts = {
            "what": labels[facet](name),
            "best": best,
            "known_best": known_best,
            "others": count - best,
            "known_others": known - known_best,
        }
        if facts.get("group"):
            return self.env._(
                "%(what)s: %(best)s of %(known_best)s in the group, %(others)s of "
                "%(known_others)s others",
                **counts,
            )
        tiers = [names.get(("customer.tier", tier)) for tier in facts["tiers"]]
        return self.env._(
            "%(what)s: %(best)s of %(known_best)s %(tiers)s, %(others)s of "
            "%(known_others)s others",
            tiers="/".join(filter(None, tiers)),
            **counts,
        )

    @api.model
    def _get_value_names(self, facts_list):
        """Return the names of what facts refer to: {(model, id): name}."""
        ids = {"customer.tier": set()}
        for facts in filter(None, facts_list):
            ids["customer.tier"].update(facts["tiers"])
            for facet, value, *_counts in facts["facts"]:
                if model := FACETS.get(facet, (None, None))[1]:
                    ids.setdefault(model, set()).add(value)
        return {
            (model, record.id): record.display_name
            for model, found in ids.items()
            # sudo: names only, of what the reader's own leads have in common with
            # accounts; what was deleted since has none
            for record in self.env[model].sudo().browse(sorted(found)).exists()
        }

    @api.model
    def _get_facet_labels(self):
        """Return how to say a value of each facet: {number: text of a name}."""
        labels = {
            "industry": lambda name: name,
            "country": lambda name: name,
            "state": lambda name: name,
            "kind": lambda name: (
                self.env._("Company") if name == 1 else self.env._("Private person")
            ),
            "language": lambda name: self.env._("Speaks %s", name),
            "source": lambda name: self.env._("Source %s", name),
            "medium": lambda name: self.env._("Medium %s", name),
            "campaign": lambda name: self.env._("Campaign %s", name),
            "recommended": lambda name: (
                self.env._("Recommended by somebody")
                if name == RECOMMENDED
                else self.env._("Not recommended by anybody")
            ),
            "tag": lambda name: self.env._("Tag %s", name),
            "lead_tag": lambda name: self.env._("Tag %s", name),
            "category": lambda name: self.env._("Category %s", name),
            "word": lambda name: f"“{name}”",
            "size": self._put_size_into_words,
        }
        return {NUMBERS[name]: label for name, label in labels.items()}

    @api.model
    def _put_size_into_words(self, size):
        """Return between which amounts a size is, see SIZE_BORDERS."""
        amounts = [formatLang(self.env, amount, digits=0) for amount in SIZE_BORDERS]
        if size == 0:
            return self.env._("Expected to bring less than %s", amounts[0])
        if size == len(amounts):
            return self.env._("Expected to bring %s or more", amounts[-1])
        return self.env._(
            "Expected to bring %(low)s to %(high)s",
            low=amounts[size - 1],
            high=amounts[size],
        )

    @api.model
    def _write_ranks(self, ranks):
        """Write scores by one statement: only to the records that differ.

        :param ranks: list of (id, score, chance, tier id or None, facts or None)
        """
        if not ranks:
            return
        ids, scores, chances, tiers, facts = zip(*ranks, strict=True)
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s ranked
                   SET (%(columns)s) = ROW(%(new)s)
                  FROM UNNEST(%(ids)s::int[], %(scores)s::int[], %(chances)s::int[],
                              %(tiers)s::int[], %(facts)s::jsonb[])
                    AS new (id, %(columns)s)
                 WHERE ranked.id = new.id
                   AND (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                table=SQL.identifier(self._table),
                columns=SQL(", ").join(map(SQL.identifier, COLUMNS)),
                old=SQL(", ").join(SQL.identifier("ranked", name) for name in COLUMNS),
                new=SQL(", ").join(SQL.identifier("new", name) for name in COLUMNS),
                ids=list(ids),
                scores=list(scores),
                chances=list(chances),
                tiers=list(tiers),
                facts=[json.dumps(one) if one else None for one in facts],
            )
        )
        self.invalidate_model([*COLUMNS, "lookalike_reason"])
