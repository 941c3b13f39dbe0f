import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.date_utils import relativedelta

_logger = logging.getLogger(__name__)

MODULE = "customer_centricity"
REVIEW = "customer_centricity.mail_activity_exchange_review"

# What was agreed with oneself is looked at again as often as the tiers are.
REVIEW_AFTER = relativedelta(years=1)
# What may change while an exchange is in force: who looks after it, and when
ALWAYS_EDITABLE = {"name", "user_id", "review_date"}
# What only the actions of an exchange change, or what is computed
DECIDED = {
    "state",
    "number",
    "date_start",
    "date_end",
    "previous_id",
    "review_asked_date",
    "give_score",
    "get_score",
    "balance",
    "verdict",
    "give_cost",
}


class CustomerValueExchange(models.Model):
    """What we give a group of customers, or one account, and what we get from them.

    Giving is judged, line by line; getting is measured wherever a figure can tell, or
    judged, too (customer_value_exchange_line.py). Both sides are put on one scale and
    weighed against each other (customer_value_exchange_balance.py).

    An exchange is drafted, put in force, and replaced by its next version. What is in
    force stays as it was written down, and what was replaced keeps the figures of its
    last day, so that the versions tell how the exchange went on.
    """

    _name = "customer.value.exchange"
    _description = "Value Exchange"
    _inherit = ["mail.thread", "mail.activity.mixin", "customer.decided.values"]
    _order = "date_start desc nulls first, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "group_id", "account_id"]
    _mail_post_access = "read"

    name = fields.Char(
        string="Title", help="What tells it from others, if anything has to."
    )
    group_id = fields.Many2one(
        comodel_name="customer.group",
        string="Customer Group",
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    account_id = fields.Many2one(
        comodel_name="customer.account",
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        help="Figures are those of one company, in its currency.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )

    # Life of the exchange
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("in_force", "In Force"),
            ("replaced", "Replaced"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    number = fields.Integer(
        string="Version",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Counted when it is put in force.",
    )
    previous_id = fields.Many2one(
        comodel_name="customer.value.exchange",
        string="Version Before",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    date_start = fields.Date(string="In Force Since", readonly=True, copy=False)
    date_end = fields.Date(string="Replaced On", readonly=True, copy=False)
    review_date = fields.Date(
        string="Review On",
        copy=False,
        tracking=True,
        help="On this day whoever is responsible is asked to look at it again.",
    )
    review_asked_date = fields.Date(
        string="Review Asked For",
        readonly=True,
        copy=False,
        help="The review date that was asked for already.",
    )
    version_count = fields.Integer(string="Versions", compute="_compute_version_count")

    # The exchange in words
    purpose = fields.Text(
        help="What you are there for: the purpose that these customers share, or not."
    )
    receives_value = fields.Text(
        string="Who receives our value?",
        help="Who of them has a use for what you do best, and who has not.",
    )
    resonates = fields.Text(
        string="Who resonates with our purpose?",
        help="Who of them wants what you want, and tells others so.",
    )
    most_valuable = fields.Text(
        string="Who is most valuable to us?",
        help="In money, and in advocacy, referrals and what you learn from them.",
    )
    line_ids = fields.One2many(
        comodel_name="customer.value.exchange.line",
        inverse_name="exchange_id",
        copy=True,
    )
    give_line_ids = fields.One2many(
        comodel_name="customer.value.exchange.line",
        inverse_name="exchange_id",
        string="What We Give",
        domain=[("direction", "=", "give")],
    )
    get_line_ids = fields.One2many(
        comodel_name="customer.value.exchange.line",
        inverse_name="exchange_id",
        string="What We Get",
        domain=[("direction", "=", "get")],
    )

    _subject_one = models.Constraint(
        "CHECK((group_id IS NULL) <> (account_id IS NULL))",
        "A value exchange is with one customer group, or with one account.",
    )
    _in_force_group = models.UniqueIndex(
        "(group_id, company_id) WHERE state = 'in_force' AND group_id IS NOT NULL",
        "Another value exchange with this group is in force.",
    )
    _in_force_account = models.UniqueIndex(
        "(account_id, company_id) WHERE state = 'in_force' AND account_id IS NOT NULL",
        "Another value exchange with this account is in force.",
    )

    @api.depends("account_id")
    def _compute_company_id(self):
        for exchange in self:
            exchange.company_id = (
                exchange.account_id.company_id
                or exchange.company_id
                or self.env.company
            )

    @api.depends("name", "group_id", "account_id")
    def _compute_display_name(self):
        for exchange in self:
            subject = exchange._get_subject().display_name or self.env._("New")
            exchange.display_name = (
                f"{subject}: {exchange.name}" if exchange.name else subject
            )

    @api.depends("group_id", "account_id", "company_id")
    def _compute_version_count(self):
        counts = {}
        for name in ("group_id", "account_id"):
            for subject, company, count in self._read_group(
                [
                    (name, "in", self[name].ids),
                    ("company_id", "in", self.company_id.ids),
                ],
                [name, "company_id"],
                ["__count"],
            ):
                counts[subject, company] = count
        for exchange in self:
            key = exchange._get_subject(), exchange.company_id
            exchange.version_count = counts.get(key, 0)

    @api.constrains("review_date", "date_start")
    def _check_review_date(self):
        for exchange in self:
            start, review = exchange.date_start, exchange.review_date
            if start and review and review < start:
                raise ValidationError(
                    self.env._(
                        "%(exchange)s: it cannot be reviewed before it is in force, "
                        "on %(date)s. Choose a later review date.",
                        exchange=exchange.display_name,
                        date=format_date(self.env, start),
                    )
                )

    # ------------------------------------------------------------------
    # Who may write what
    # ------------------------------------------------------------------

    def _mail_get_partner_fields(self, introspect_fields=False):
        # the customer is whom it is about, never whom it is sent to
        return []

    @api.model
    def _get_decided_names(self):
        return DECIDED

    @api.model
    def _explain_decided(self, names):
        return self.env._(
            "%(fields)s: this follows from the lines of a value exchange, and from "
            "putting it in force, and cannot be written.",
            fields=names,
        )

    def _check_editable(self):
        """Refuse to change what an exchange says once it has been in force."""
        if self.env.su:
            return
        for exchange in self:
            if exchange.state == "replaced":
                raise UserError(
                    self.env._(
                        "%s: this version was replaced, and is kept as it was.",
                        exchange.display_name,
                    )
                )
            if exchange.state == "in_force":
                raise UserError(
                    self.env._(
                        "%s: this version is in force, so it stays as it was written. "
                        "Make a new version to change it.",
                        exchange.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_human_values(vals)
        self.check_access("write")
        # who follows it, and what is to be done, are no content
        names = {
            name
            for name in vals
            if name in self._fields and self._fields[name]._module == MODULE
        }
        if names - ALWAYS_EDITABLE:
            self._check_editable()
        elif names:
            self.filtered(
                lambda exchange: exchange.state == "replaced"
            )._check_editable()
        result = super().write(vals)
        if "review_date" in vals:
            self._note_review()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_history(self):
        for exchange in self:
            if exchange.state != "draft":
                raise UserError(
                    self.env._(
                        "%s: a value exchange that was in force is part of the "
                        "history and cannot be deleted. Put a new version in force "
                        "to replace it.",
                        exchange.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_put_in_force(self):
        """Put drafts in force; what was in force is replaced, and kept."""
        self.check_access("write")
        for exchange in self:
            exchange._check_ready()
            exchange._put_in_force()

    def action_new_version(self):
        """Open a draft to go on from this version."""
        self.ensure_one()
        self.check_access("write")
        draft = self.search(
            self._get_sibling_domain() & Domain("state", "=", "draft"), limit=1
        )
        if not draft:
            draft = self.copy()
            # sudo: people do not write what an exchange follows
            draft.sudo().previous_id = self
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New version"),
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def action_open_versions(self):
        """Open all versions of the exchange with this group or account."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_value_exchange_action"
        )
        action["domain"] = list(self._get_sibling_domain())
        action["context"] = {
            "default_group_id": self.group_id.id,
            "default_account_id": self.account_id.id,
            "default_company_id": self.company_id.id,
        }
        action["view_mode"] = "list,form"
        action["views"] = [(False, "list"), (False, "form")]
        return action

    # ------------------------------------------------------------------
    # Business
    # ------------------------------------------------------------------

    def _get_subject(self):
        """Return the group or the account that the exchange is with."""
        return self.group_id or self.account_id

    @api.model
    def _get_in_force_domain(self, company):
        return Domain("company_id", "=", company.id) & Domain("state", "=", "in_force")

    @api.model
    def _get_subject_name(self, subject):
        """Return the field for a group, or for an account."""
        return "group_id" if subject._name == "customer.group" else "account_id"

    @api.model
    def _get_in_force(self, company, subjects):
        """Return the exchanges in force in a company: {group or account: exchange}."""
        if not subjects:
            return {}
        name = self._get_subject_name(subjects)
        exchanges = self.search(
            Domain(name, "in", subjects.ids) & self._get_in_force_domain(company)
        )
        return {exchange[name]: exchange for exchange in exchanges}

    @api.model
    def _get_action_of(self, subject, exchange, company):
        """Return the action to open an exchange in force, or those there are.

        :param subject: the group or account whose exchanges to list, or begin
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_value_exchange_action"
        )
        if exchange:
            return action | {
                "res_id": exchange.id,
                "view_mode": "form",
                "views": [(False, "form")],
            }
        name = self._get_subject_name(subject)
        domain = [(name, "=", subject.id), ("company_id", "=", company.id)]
        drafts = self.search(domain)
        views = [(False, "list"), (False, "form")]
        return action | {
            "res_id": drafts.id if len(drafts) == 1 else False,
            "domain": domain,
            "context": {
                f"default_{name}": subject.id,
                "default_company_id": company.id,
            },
            # the first one is written at once
            "view_mode": "list,form" if len(drafts) > 1 else "form",
            "views": views if len(drafts) > 1 else views[1:],
        }

    def _get_sibling_domain(self):
        """Return the domain of all exchanges with the same subject in its company."""
        self.ensure_one()
        subject = self._get_subject()
        return Domain(self._get_subject_name(subject), "=", subject.id) & Domain(
            "company_id", "=", self.company_id.id
        )

    def _check_ready(self):
        self.ensure_one()
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%s: only a draft can be put in force. Make a new version first.",
                    self.display_name,
                )
            )
        if not (self.give_line_ids and self.get_line_ids):
            raise UserError(
                self.env._(
                    "%s: write down at least one thing that you give and one that you "
                    "get, so that they can be weighed.",
                    self.display_name,
                )
            )
        if self.review_date and self.review_date <= fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%s: its review date has passed. Choose a later one, or none: "
                    "then it is reviewed in a year.",
                    self.display_name,
                )
            )

    def _put_in_force(self):
        today = fields.Date.context_today(self)
        # sudo: the state is not writable by people, this action is what changes it;
        # whoever may edit the exchange may also replace the one before
        exchange = self.sudo()
        siblings = self._get_sibling_domain()
        former = exchange.search(siblings & Domain("state", "=", "in_force"))
        if former:
            former._replace(today)
        [[last]] = exchange._read_group(siblings, [], ["number:max"])
        exchange.write(
            {
                "state": "in_force",
                "number": (last or 0) + 1,
                "date_start": today,
                "review_date": self.review_date or today + REVIEW_AFTER,
                "previous_id": (former or self.previous_id).id,
            }
        )
        exchange.line_ids._measure_again()
        former._tell_of_successor(self)

    def _replace(self, day):
        """Take exchanges out of force, with the figures of their last day."""
        self.line_ids._measure_again()
        self.write({"state": "replaced", "date_end": day})
        # there may be no two in force, be it for the time of a statement
        self.flush_recordset()
        self.activity_unlink([REVIEW])

    def _move_to_account(self, account):
        """Make exchanges with merged accounts those of the account that stays.

        Of two in force, that of the account that stays goes on.
        """
        in_force = self.filtered(lambda exchange: exchange.state == "in_force")
        if in_force:
            stays = self._get_in_force(account.company_id, account)
            superseded = in_force if stays else in_force.sorted("date_start")[:-1]
            superseded._replace(fields.Date.context_today(self))
        self.write({"account_id": account.id})

    def _tell_of_successor(self, successor):
        for exchange in self:
            exchange._message_log(
                body=self.env._(
                    "Replaced by version %s.",
                    successor._get_html_link(title=str(successor.number)),
                )
            )

    # ------------------------------------------------------------------
    # The refresh of accounts
    # ------------------------------------------------------------------

    @api.model
    def _follow_refresh(self, company):
        """Measure what the company's exchanges rest on anew, and ask for reviews.

        An error is noted, and lets the refresh come to its end.
        """
        try:
            with self.env.cr.savepoint():
                self._measure_all(company)
                self._ask_for_reviews(company)
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise  # a conflict with somebody's save: the step is taken up again
        except Exception as error:
            _logger.exception("Value exchanges of %s not measured", company.name)
            company.customer_refresh_error = self.env._(
                "The value exchanges could not be measured: %s", str(error)[:300]
            )

    @api.model
    def _ask_for_reviews(self, company):
        """Ask once whoever is responsible for an exchange whose review is due."""
        due = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "in_force"),
                ("review_date", "<=", fields.Date.context_today(self)),
            ]
        ).filtered(lambda exchange: exchange.review_asked_date != exchange.review_date)
        for (users, day), exchanges in due.grouped(
            lambda exchange: (
                exchange.company_id._get_whom_to_ask(exchange.user_id),
                exchange.review_date,
            )
        ).items():
            exchanges.review_asked_date = day
            for user in users:
                asked = exchanges.with_context(lang=user.lang)
                asked.activity_schedule(
                    REVIEW,
                    date_deadline=day,
                    user_id=user.id,
                    summary=asked.env._("Review what you give and get"),
                )

    def _note_review(self):
        """Take exchanges for reviewed that are to be reviewed on another day."""
        self.filtered(
            lambda exchange: exchange.review_date != exchange.review_asked_date
        ).activity_feedback([REVIEW])
