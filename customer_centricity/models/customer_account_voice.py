import json

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .customer_account_figures import BATCH_SIZE
from .customer_voiced import COUNTS, Score

MANAGER = "customer_centricity.group_manager"
# Numbers of an account that its answers make
NUMBERS = {
    **dict.fromkeys(COUNTS, "int4"),
    "nps_answer_count": "int4",
    "nps_score": "float8",
    "nps_date": "date",
}
# What follows from them, of which people are told
DISCRETE = ("voice", "advocacy")
SILENT = "silent"


class CustomerAccount(models.Model):
    """What an account's contacts say of the company, and what that asks for.

    The latest answer of each contact counts, for as many months as the settings say.
    Together they are the account's voice; what the account came to and its voice are
    what is to be done with it (engine/voice.py has the rules).
    """

    _inherit = "customer.account"

    promoter_count = fields.Integer(
        string="Promoters",
        readonly=True,
        copy=False,
        help="Contacts whose latest answer was 9 or 10.",
    )
    passive_count = fields.Integer(
        string="Passives",
        readonly=True,
        copy=False,
        help="Contacts whose latest answer was 7 or 8.",
    )
    detractor_count = fields.Integer(
        string="Detractors",
        readonly=True,
        copy=False,
        help="Contacts whose latest answer was 6 or less.",
    )
    nps_answer_count = fields.Integer(
        string="Contacts Heard",
        readonly=True,
        copy=False,
        help="Contacts who answered within the months set in the settings.",
    )
    nps_score = Score(
        string="Net Promoter Score",
        readonly=True,
        copy=False,
        # scores of accounts do not add up, nor are they as sure as each other
        aggregator=None,
        help="Share of promoters less that of detractors, from -100 to 100.",
    )
    nps_date = fields.Date(string="Last Answer", readonly=True, copy=False)
    nps_label = fields.Char(
        string="Net Promoter Score in Words",
        compute="_compute_nps_label",
        help="With its margin of error: with a probability of 95%, the score would be "
        "within it if all contacts answered.",
    )
    voice_comment = fields.Char(
        string="Latest Comment",
        compute="_compute_voice_comment",
        help="The latest comment of a contact, within the months set in the settings.",
    )
    voice = fields.Selection(
        selection=[
            ("promoter", "Promoter"),
            ("passive", "Passive"),
            ("detractor", "Detractor"),
            ("silent", "Silent"),
        ],
        default=SILENT,
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
        help="Detractor: at least as many contacts are unhappy as enthusiastic.\n"
        "Promoter: more are enthusiastic than unhappy, and at least half of all.\n"
        "Passive: neither.\nSilent: nobody has answered within the months set in the "
        "settings.",
    )
    advocacy = fields.Selection(
        selection=[
            ("call_first", "Call first"),
            ("ask_referral", "Ask for a referral"),
            ("strengthen", "Strengthen"),
            ("listen", "Listen"),
            ("redesign", "Redesign the service"),
            ("decide", "Decide"),
            ("watch", "Watch"),
        ],
        string="Profit and Voice",
        readonly=True,
        copy=False,
        groups=MANAGER,
        group_expand=True,
        help="What is to be done, by what the account came to and what its contacts "
        "say.\nCall first: it earns or breaks even, and is unhappy.\nAsk for a "
        "referral: it does, and is enthusiastic.\nStrengthen: it does, and is "
        "content.\nListen: it does, and nobody has asked what it thinks.\nRedesign the "
        "service: it is content or more, and costs more than it brings.\nDecide: it "
        "costs, and is unhappy.\nWatch: it costs, and is silent.",
    )

    @api.depends_context("lang")
    @api.depends(*COUNTS)
    def _compute_nps_label(self):
        counts = {account: tuple(account[name] for name in COUNTS) for account in self}
        # lists are long, and most accounts on them have not been heard
        heard = self.filtered(lambda account: any(counts[account]))
        counts = [counts[account] for account in heard]
        labels = self.env["customer.voiced"]._get_nps_labels(
            counts, heard._count_contacts(map(sum, counts))
        )
        (self - heard).nps_label = False
        for account, label in zip(heard, labels, strict=True):
            account.nps_label = label

    def _count_contacts(self, heard):
        """Return how many contacts each account has who could answer.

        :param heard: how many of each have answered; the customer itself is one of
            them when it did, and so is who has left meanwhile
        """
        # sudo: how many they are, whoever may read them
        contacts = self.env["res.partner"].sudo()
        count_of = dict(
            contacts._read_group(
                [
                    ("commercial_partner_id", "in", self.partner_id.ids),
                    ("id", "not in", self.partner_id.ids),
                    ("type", "=", "contact"),
                ],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        return [
            max(count_of.get(account.partner_id.sudo(), 0), answered)
            for account, answered in zip(self, heard, strict=True)
        ]

    @api.depends("nps_response_ids.comment", "nps_response_ids.date")
    def _compute_voice_comment(self):
        latest = {}
        for company, accounts in self.grouped("company_id").items():
            domain = Domain("comment", "!=", False) & Domain(
                "account_id", "in", accounts._origin.ids
            )
            latest |= accounts._get_latest_answers(company, domain, "comment")
        for account in self:
            account.voice_comment = latest.get(account._origin.id, False)

    @api.model
    def _get_latest_answers(self, company, domain, *names, by="account_id"):
        """Return of the answers that count the latest ones, those that one may read.

        :param domain: which answers
        :param names: what to return of them
        :param by: field of which each record's latest answer is looked for
        :return: ``{id of the record: value}``, or tuples of several values
        """
        responses = self.env["customer.nps.response"]
        query = responses._search(
            Domain("company_id", "=", company.id)
            & Domain("date", ">", self._get_voice_start(company))
            & domain
        )
        columns = [SQL.identifier(query.table, name) for name in (by, "date", "id")]
        query.order = SQL("%s, %s DESC, %s DESC", *columns)
        rows = self.env.execute_query(
            query.select(
                SQL("DISTINCT ON (%s) %s", columns[0], columns[0]),
                *(SQL.identifier(query.table, name) for name in names),
            )
        )
        return {key: values[0] if len(names) == 1 else values for key, *values in rows}

    @api.model
    def _get_voice_start(self, company):
        """Return the day after which answers count."""
        # sudo: a setting, which tells whoever reads what was said what still counts
        months = company.sudo().customer_nps_window_months
        return fields.Date.context_today(self) - relativedelta(months=months)

    # ------------------------------------------------------------------
    # From answers to voices
    # ------------------------------------------------------------------

    @api.model
    def _refresh_voice(self, company):
        """Count the answers of the company's next accounts; return how many are done.

        All of them in every refresh: an answer also ceases to count because time goes
        by. At most a batch of changes is written, and the accounts up to there are
        done.
        """
        count, first, last = self._get_next_range(company)
        if not count:
            return 0
        self._adopt_answers(company, SQL("account.id BETWEEN %s AND %s", first, last))
        changes = self._find_voices(company, first, last)
        if changes:
            accounts = self.browse(changes)
            # People's saves wait for us from here, and no longer than this batch
            accounts.lock_for_update(allow_referencing=True)
            accounts._write_voices(list(changes.values()))
        company.customer_refresh_cursor = (
            last if len(changes) < BATCH_SIZE else max(changes)
        )
        return count

    @api.model
    def _find_voices(self, company, first, last):
        """Return what changes of accounts of which something is or was heard.

        Of the first ones, a batch at most.

        :param first, last: id of the first and the last account looked at
        :return: ``{account id: {field: (old value, new value)}}``, in the order of ids
        """
        from ..engine import voice  # numpy only when needed

        rows = self.env.execute_query(self._get_heard_query(company, first, last))
        if not rows:
            return {}
        ids, results, is_profiled, *heard, dates, old = map(
            list, zip(*((*row[:7], row[7:]) for row in rows), strict=True)
        )
        voices = [voice.VOICES[code] for code in voice.voices(*heard)]
        scores = voice.scores(*heard).tolist()
        new = zip(
            *heard,
            map(sum, zip(*heard, strict=True)),
            # nobody's score is unknown, not 0
            (None if score != score else score for score in scores),
            dates,
            voices,
            (
                advocacy if profiled else None
                for advocacy, profiled in zip(
                    voice.advocacies(results, voices), is_profiled, strict=True
                )
            ),
            strict=True,
        )
        names = (*NUMBERS, *DISCRETE)
        return {
            account_id: dict(
                zip(names, zip(old_values, values, strict=True), strict=True)
            )
            for account_id, old_values, values in zip(ids, old, new, strict=True)
            if old_values != values
        }

    @api.model
    def _get_heard_query(self, company, first, last):
        """Return what is stored of accounts, and what they have answered, as SQL.

        Of those only of which something else is stored than follows from it: all are
        looked at in every refresh, and few change. What it is to be, engine/voice.py
        says.
        """
        counts = {
            name: SQL("COALESCE(heard.%s, 0)", SQL.identifier(name)) for name in COUNTS
        }
        voice = self._get_voice_expression(*counts.values())
        is_profiled = self._get_profiled_condition()
        return SQL(
            """
            WITH latest AS (
                SELECT DISTINCT ON (account_id, partner_id) account_id, kind, date
                  FROM customer_nps_response
                 WHERE company_id = %(company)s
                   AND date > %(since)s
                   AND account_id BETWEEN %(first)s AND %(last)s
                 ORDER BY account_id, partner_id, date DESC, id DESC
            ), heard AS (
                SELECT account_id,
                       COUNT(*) FILTER (WHERE kind = 'promoter') AS promoter_count,
                       COUNT(*) FILTER (WHERE kind = 'passive') AS passive_count,
                       COUNT(*) FILTER (WHERE kind = 'detractor') AS detractor_count,
                       MAX(date) AS nps_date
                  FROM latest
                 GROUP BY account_id
            )
            SELECT account.id, account.result, %(is_profiled)s,
                   %(counts)s, heard.nps_date, %(stored)s
              FROM customer_account account
              LEFT JOIN heard ON heard.account_id = account.id
             WHERE account.company_id = %(company)s
               AND account.id BETWEEN %(first)s AND %(last)s
               AND (heard.account_id IS NOT NULL OR account.nps_answer_count > 0)
               AND ((%(old)s, account.nps_date, account.voice, account.advocacy)
                    IS DISTINCT FROM
                    (%(counts)s, heard.nps_date, %(voice)s, %(advocacy)s))
             ORDER BY account.id
             LIMIT %(limit)s
            """,
            company=company.id,
            since=self._get_voice_start(company),
            first=first,
            last=last,
            is_profiled=is_profiled,
            counts=SQL(", ").join(counts.values()),
            old=SQL(", ").join(SQL.identifier("account", name) for name in counts),
            voice=voice,
            advocacy=self._get_advocacy_expression(voice, is_profiled),
            limit=BATCH_SIZE,
            stored=SQL(", ").join(
                SQL.identifier("account", name) for name in (*NUMBERS, *DISCRETE)
            ),
        )

    @api.model
    def _get_voice_expression(self, promoters, passives, detractors):
        """Return engine.voice.voices as SQL; a test holds the two to each other."""
        return SQL(
            """
            CASE WHEN %(for_us)s + %(between)s + %(against)s = 0 THEN 'silent'
                 WHEN %(against)s > 0 AND %(against)s >= %(for_us)s THEN 'detractor'
                 WHEN %(for_us)s >= %(between)s + %(against)s THEN 'promoter'
                 ELSE 'passive' END
            """,
            for_us=promoters,
            between=passives,
            against=detractors,
        )

    @api.model
    def _get_advocacy_expression(self, voice, is_profiled):
        """Return engine.voice.advocacies of ``account`` as SQL."""
        from ..engine import voice as rules  # numpy only when needed

        return SQL(
            """
            CASE WHEN %(is_profiled)s THEN
                (%(matrix)s::jsonb -> account.result::text ->> (%(voice)s)) END
            """,
            is_profiled=is_profiled,
            matrix=json.dumps(rules.MATRIX),
            voice=voice,
        )

    def _write_voices(self, changes):
        """Write numbers in bulk; voice, and what it asks for, through the ORM.

        :param changes: dict of (old value, new value) by field, in the order of self
        """
        names = {name: SQL.identifier(name) for name in NUMBERS}
        self._write_differing(
            {name: SQL("heard.%s", column) for name, column in names.items()},
            SQL(
                """
                JOIN unnest(%s::int[], %s) AS heard (id, %s) ON heard.id = account.id
                """,
                self.ids,
                SQL(", ").join(
                    SQL(
                        "%s::%s[]",
                        [change[name][1] for change in changes],
                        SQL.identifier(kind),
                    )
                    for name, kind in NUMBERS.items()
                ),
                SQL(", ").join(names.values()),
            ),
        )
        # Whoever was silent had no voice that could have changed: of its first one
        # nobody need be told, least of all of thousands, whose answers are imported.
        changes = dict(zip(self.ids, changes, strict=True))
        first = self.filtered(lambda account: changes[account.id]["voice"][0] == SILENT)
        for accounts in (first.with_context(tracking_disable=True), self - first):
            accounts._write_changed_columns(
                {
                    name: (
                        [changes[account_id][name][0] for account_id in accounts.ids],
                        [
                            changes[account_id][name][1] or False
                            for account_id in accounts.ids
                        ],
                    )
                    for name in DISCRETE
                }
            )

    @api.model
    def _get_profile_fields(self):
        return [*super()._get_profile_fields(), "advocacy"]

    @api.model
    def _get_erased_values(self):
        # Its answers are erased as well: a refresh would tell that it fell silent
        return {
            **super()._get_erased_values(),
            **dict.fromkeys(NUMBERS, False),
            "voice": SILENT,
        }

    # ------------------------------------------------------------------
    # From results to what is to be done
    # ------------------------------------------------------------------

    def _get_following_columns(self, company, results):
        from ..engine import voice  # numpy only when needed

        # by their ids: a join with a list of them reads the whole table
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, account.voice, account.advocacy, %s
                  FROM customer_account account
                 WHERE account.id = ANY(%s)
                """,
                self._get_profiled_condition(),
                self.ids,
            )
        )
        stored = {account_id: columns for account_id, *columns in rows}
        voices, old, is_profiled = map(
            list, zip(*(stored[account_id] for account_id in self.ids), strict=True)
        )
        advocacies = voice.advocacies(
            list(results), [name or SILENT for name in voices]
        )
        new = [
            advocacy if profiled and advocacy else False
            for advocacy, profiled in zip(advocacies, is_profiled, strict=True)
        ]
        columns = super()._get_following_columns(company, results)
        return columns | {"advocacy": (old, new)}
