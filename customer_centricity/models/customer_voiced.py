from odoo import api, fields, models
from odoo.tools.misc import formatLang

# Fields of an account that count answers, in the order in which they are handed on
COUNTS = ("promoter_count", "passive_count", "detractor_count")


class Score(fields.Float):
    """A net promoter score: unknown where nobody has answered, which is not 0."""

    def convert_to_export(self, value, record):
        if not record.nps_answer_count:
            return ""
        return super().convert_to_export(value, record)


class CustomerVoiced(models.AbstractModel):
    """What customers say of the company, added up from accounts: of groups, of tiers.

    Answers are counted on accounts (customer_account_voice.py). Whatever accounts are
    put together, their answers are added up and make one score: a mean of scores would
    give whoever has one answer as much weight as whoever has ten.
    """

    _name = "customer.voiced"
    _description = "Net Promoter Score of Accounts"

    promoter_count = fields.Integer(
        string="Promoters", compute="_compute_voice", help="Answered with 9 or 10."
    )
    passive_count = fields.Integer(
        string="Passives", compute="_compute_voice", help="Answered with 7 or 8."
    )
    detractor_count = fields.Integer(
        string="Detractors", compute="_compute_voice", help="Answered with 6 or less."
    )
    nps_answer_count = fields.Integer(
        string="Answers",
        compute="_compute_voice",
        help="The latest of each contact, of the months set in the settings.",
    )
    nps_score = Score(
        string="Net Promoter Score",
        compute="_compute_voice",
        digits=(16, 0),
        help="Share of promoters less that of detractors, from -100 to 100.",
    )
    nps_label = fields.Char(
        string="Net Promoter Score in Words",
        compute="_compute_voice",
        help="With its margin of error: with a probability of 95%, the score would be "
        "within it if everybody answered.",
    )
    nps_parts = fields.Char(
        string="Answers and Shares",
        compute="_compute_voice",
        help="How many answers are of which kind, and their shares of all.",
    )

    @api.depends_context("company", "lang")
    def _compute_voice(self):
        counts = self._get_voice_counts()
        for record, words in zip(self, self._tell_nps(counts), strict=True):
            record.update(words)

    def _get_voice_counts(self):
        """Return promoters, passives, detractors of each record; to be extended.

        :return: list of triples, in the order of self
        """
        return [(0, 0, 0) for _record in self]

    @api.model
    def _get_account_counts(self, name):
        """Return the answers in the current company, added up by a field of accounts.

        One query, however many groups, tiers and accounts there are.

        :return: dict of triples by record
        """
        rows = self.env["customer.account"]._read_group(
            [("company_id", "=", self.env.company.id), ("nps_answer_count", ">", 0)],
            [name],
            [f"{count}:sum" for count in COUNTS],
        )
        return {record: tuple(counts) for record, *counts in rows}

    @api.model
    def _tell_nps(self, counts, population=None):
        """Return the values of the fields above, of each triple of counts.

        :param population: how many could have answered, of each, where it is known
        """
        from ..engine import voice  # numpy only when needed

        if not counts:
            return []
        columns = list(zip(*counts, strict=True))
        return [
            {
                **dict(zip(COUNTS, triple, strict=True)),
                "nps_answer_count": sum(triple),
                "nps_score": score if sum(triple) else 0.0,
                "nps_label": label,
                "nps_parts": self._get_nps_parts(triple, shares),
            }
            for triple, score, label, *shares in zip(
                counts,
                voice.scores(*columns),
                self._get_nps_labels(counts, population),
                *voice.shares(*columns),
                strict=True,
            )
        ]

    @api.model
    def _get_nps_labels(self, counts, population=None):
        """Return the score in words of each triple of counts, as ``_tell_nps`` does."""
        from ..engine import voice  # numpy only when needed

        if not counts:
            return []
        columns = list(zip(*counts, strict=True))
        return [
            self._get_nps_label(sum(triple), score, margin)
            for triple, score, margin in zip(
                counts,
                voice.scores(*columns),
                voice.margins(*columns, population),
                strict=True,
            )
        ]

    @api.model
    def _get_nps_parts(self, counts, shares):
        """Return what a score is made of, in words; False without answers."""
        if not any(counts):
            return False
        texts = (
            f"{formatLang(self.env, count, digits=0)} ({round(100 * share)}%)"
            for count, share in zip(counts, shares, strict=True)
        )
        return self.env._(
            "%(promoters)s promoters, %(passives)s passives, %(detractors)s detractors",
            **dict(zip(("promoters", "passives", "detractors"), texts, strict=True)),
        )

    @api.model
    def _get_nps_label(self, count, score, margin):
        """Return a score in words: +32 ± 9, 41 answers; False without answers.

        One answer makes no score: it is somebody's opinion, and nobody's share.
        """
        if not count:
            return False
        if count == 1:
            return self.env._("1 answer")
        score = self._format_score(score)
        number = formatLang(self.env, count, digits=0)
        if not margin:
            # nobody is left to ask, which is not to say that the score is exact
            return self.env._(
                "%(score)s, all %(count)s contacts heard", score=score, count=number
            )
        return self.env._(
            "%(score)s ± %(margin)s, %(count)s answers",
            score=score,
            margin=formatLang(self.env, max(round(margin), 1), digits=0),
            count=number,
        )

    @api.model
    def _format_score(self, score):
        """Return a whole number with its sign; people read +32 as a good thing."""
        number = formatLang(self.env, abs(round(score)), digits=0)
        if round(score) == 0:
            return number
        return f"+{number}" if score > 0 else f"−{number}"
