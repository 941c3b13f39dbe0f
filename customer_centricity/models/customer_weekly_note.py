from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_date
from odoo.tools.date_utils import relativedelta

# Rows of each part of the note; the rest is a click away.
SHOWN = 10
KEPT_MONTHS = 3
# Cases that somebody has yet to do something about
OPEN_STATES = ("proposed", "approved")


def _place_of_account(record):
    return f"customer-accounts/{record.account_id.id}"


class CustomerWeeklyNote(models.Model):
    """The note that an account manager got about a week, or had no need of.

    One for each manager, company and week: whoever has one is not told again, however
    often the scheduled action is interrupted. What it tells is read with the manager's
    own rights.
    """

    _name = "customer.weekly.note"
    _description = "Weekly Note of an Account Manager"
    _inherit = ["customer.retention"]
    _order = "week desc, id desc"
    _rec_name = "week"
    _log_access = False

    user_id = fields.Many2one(
        comodel_name="res.users", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    week = fields.Date(
        string="Week of", required=True, readonly=True, help="The Monday after it."
    )
    change_count = fields.Integer(string="Changes", readonly=True)

    _user_company_week_unique = models.Constraint(
        "UNIQUE(user_id, company_id, week)",
        "An account manager gets one note a week.",
    )

    @api.model
    def _get_overdue_domain(self, company):
        before = fields.Date.context_today(self) - relativedelta(months=KEPT_MONTHS)
        return Domain("company_id", "=", company.id) & Domain("week", "<", before)

    # ------------------------------------------------------------------
    # What it tells
    # ------------------------------------------------------------------

    @api.model
    def _get_parts(self, week):
        """Return what the current user is told of the week before a day.

        Of the own accounts in the current company, with the user's own rights.

        :param week: date, the day after the week
        :return: list of dicts: ``title``; ``rows``, dicts of ``name``, ``url``,
            ``text`` and ``date``; ``count`` of all, of which the first are shown;
            ``more`` and ``url``, name and address of the screen that has the others
        """
        start = week - relativedelta(days=7)
        parts = [
            self._get_turns(
                self.env._("Losing money now"),
                Domain("kind", "=", "result") & Domain("new_code", "=", "loss"),
                start,
                week,
            ),
            self._get_answers(self.env._("Unhappy"), "detractor", start, week),
            self._get_turns(
                self.env._("Buying less, or not at all"),
                Domain("kind", "=", "lifecycle_stage")
                & Domain("direction", "=", "worse"),
                start,
                week,
            ),
            self._get_cases(start, week),
            self._get_turns(
                self.env._("In another tier"),
                Domain("kind", "=", "tier_id"),
                start,
                week,
            ),
            self._get_turns(
                self.env._("Good news"),
                Domain("kind", "in", ["result", "lifecycle_stage", "voice"])
                & Domain("direction", "=", "better"),
                start,
                week,
            ),
        ]
        return [part for part in parts if part["count"]]

    @api.model
    def _get_turns(self, title, domain, start, end):
        turns = self.env["customer.account.turn"]
        domain &= (
            self._get_own_domain("account_id.")
            & Domain("date", ">=", fields.Datetime.to_datetime(start))
            & Domain("date", "<", fields.Datetime.to_datetime(end))
        )
        return self._get_part(
            title,
            turns,
            domain,
            lambda turn: (
                turn.account_id,
                self._tell_turn(turn),
                fields.Datetime.context_timestamp(turn, turn.date).date(),
            ),
            "customer_account_turn_action",
        )

    @api.model
    def _tell_turn(self, turn):
        """Return what an account was and is, and what speaks for it."""
        account = turn.account_id
        words = [f"{turn.old_label or '–'} → {turn.new_label or '–'}"]
        if turn.kind == "result" and self._sees_money():
            words.append(
                self.env._(
                    "profit of %(period)s: %(amount)s",
                    period=account.window_label,
                    amount=self._format_amount(account, account.profit),
                )
            )
        if turn.kind == "lifecycle_stage" and account.last_order_date:
            words.append(
                self.env._(
                    "last order on %s", format_date(self.env, account.last_order_date)
                )
            )
        return " · ".join(words)

    @api.model
    def _tell_case(self, case, states):
        """Return where a case is, what is decided or best, and what is at stake."""
        words = [states[case.state]]
        option = case.option_id or case.best_option_id
        if option:
            words.append(option.display_name)
        if case.stake_amount and self._sees_money():
            words.append(
                self.env._("at stake: %s", self._format_amount(case, case.stake_amount))
            )
        return " · ".join(words)

    @api.model
    def _sees_money(self):
        return self.env.user.has_group("customer_centricity.group_manager")

    @api.model
    def _format_amount(self, record, amount):
        return format_amount(self.env, amount, record.currency_id)

    @api.model
    def _get_answers(self, title, kind, start, end):
        domain = (
            self._get_own_domain("account_id.")
            & Domain("kind", "=", kind)
            & Domain("date", ">=", start)
            & Domain("date", "<", end)
        )
        return self._get_part(
            title,
            self.env["customer.nps.response"],
            domain,
            lambda answer: (
                answer.account_id,
                self.env._(
                    "%(contact)s answered %(score)s",
                    contact=answer.partner_id.display_name,
                    score=answer.score,
                ),
                answer.date,
            ),
            "customer_nps_response_action",
        )

    @api.model
    def _get_cases(self, start, end):
        """Return the cases that have come to wait for the user in the week."""
        domain = self._get_own_domain() & (
            Domain("state", "in", OPEN_STATES)
            & Domain("stage_date", ">=", start)
            & Domain("stage_date", "<", end)
            | Domain("state", "=", "applied")
            & Domain("review_date", ">=", start)
            & Domain("review_date", "<", end)
        )
        states = dict(
            self.env["customer.decision"]
            ._fields["state"]
            ._description_selection(self.env)
        )
        return self._get_part(
            self.env._("Waiting for your decision or review"),
            self.env["customer.decision"],
            domain,
            lambda case: (
                case.account_id,
                self._tell_case(case, states),
                case.stage_date,
            ),
            "customer_decision_action",
            lambda case: f"customer-decisions/{case.id}",
        )

    @api.model
    def _get_own_domain(self, prefix=""):
        return Domain(f"{prefix}company_id", "=", self.env.company.id) & Domain(
            f"{prefix}user_id", "=", self.env.uid
        )

    @api.model
    def _get_part(self, title, model, domain, tell, action, place=_place_of_account):
        """Return one part of the note: its first records in words.

        :param tell: function of a record: its account, a text, and the day
        :param action: name of the action that shows the others
        :param place: function of a record: where it is opened
        """
        count = model.search_count(domain)
        base = self.get_base_url()
        rows = []
        for record in model.search(domain, limit=SHOWN) if count else model:
            account, text, day = tell(record)
            rows.append(
                {
                    "name": account.display_name,
                    "url": f"{base}/odoo/{place(record)}",
                    "text": text,
                    "date": format_date(self.env, day),
                }
            )
        # sudo: what a menu is called, and its address
        action = self.env.ref(f"customer_centricity.{action}").sudo()
        return {
            "title": title,
            "rows": rows,
            "count": count,
            "more": action.name,
            "url": f"{base}/odoo/{action.path}",
        }
