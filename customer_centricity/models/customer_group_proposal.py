import psycopg2

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.tools import format_date

from .customer_account_figures import BATCH_SIZE

# So many accounts are moved while somebody waits; more in the background.
MOVED_AT_ONCE = 2000
# What people ask for, as long as the proposal has not been decided on
ASKED = {"count_choice", "wanted_count", "minimum_orders", "account_domain"}


class CustomerGroupProposal(models.Model):
    """Groups of accounts that behave alike, found in the data, for a person to judge.

    Finding them (customer_group_proposal_find.py) changes no account. The person gives
    the groups names, drops what makes no sense, and accepts: then accounts are put in
    groups, those that a person or a rule has placed excepted. Many accounts are moved
    in the background, in steps; a step that is interrupted is taken up again.
    """

    _name = "customer.group.proposal"
    _description = "Group Proposal"
    _inherit = ["customer.one.currency", "customer.decided.values"]
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        selection=[
            ("draft", "To Review"),
            ("accepting", "Being Accepted"),
            ("accepted", "Accepted"),
            ("discarded", "Discarded"),
        ],
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default="draft",
    )

    # What is asked
    count_choice = fields.Selection(
        selection=[("automatic", "As the data suggests"), ("fixed", "Fixed")],
        string="Number of Groups",
        required=True,
        default="automatic",
    )
    wanted_count = fields.Integer(string="So Many", default=5)
    minimum_orders = fields.Integer(
        string="Least Orders",
        default=2,
        help="Accounts with fewer orders to date are left out: they have not shown yet "
        "how they behave.",
    )
    account_domain = fields.Char(
        string="Among",
        help="Conditions on the accounts among which groups are sought; empty: all.",
    )

    # What came out
    date = fields.Date(
        string="As Of",
        readonly=True,
        copy=False,
        help="Day on which the groups were found.",
    )
    account_count = fields.Integer(string="Accounts", readonly=True, copy=False)
    count = fields.Integer(string="Groups", readonly=True, copy=False)
    suggested_count = fields.Integer(
        readonly=True, copy=False, help="Number of groups that the data suggests."
    )
    verdict = fields.Selection(
        selection=[
            ("clear", "Clear"),
            ("gradual", "Gradual"),
            ("unstable", "Unstable"),
        ],
        string="How Clear",
        readonly=True,
        copy=False,
        help="Clear: the groups lie apart. Gradual: accounts shade into each other. "
        "Unstable: other accounts would have been cut otherwise.",
    )
    trials = fields.Json(
        readonly=True, copy=False, help="How good each number of groups would be."
    )
    dimensions = fields.Json(
        readonly=True, copy=False, help="What the accounts were compared by."
    )
    explanation = fields.Html(
        string="How They Were Found", compute="_compute_explanation", sanitize=False
    )
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)
    line_ids = fields.One2many(
        comodel_name="customer.group.proposal.line",
        inverse_name="proposal_id",
        string="Groups Found",
        copy=False,
    )
    summary = fields.Char(string="What Accepting Does", compute="_compute_summary")

    # Who decided
    accepted_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, ondelete="set null"
    )
    moved_count = fields.Integer(
        string="Accounts Moved",
        compute="_compute_moved_count",
        help="Accounts put in groups.",
    )

    _wanted_count_range = models.Constraint(
        "CHECK(count_choice != 'fixed' OR wanted_count BETWEEN 2 AND 12)",
        "The number of groups must be from 2 to 12.",
    )
    _minimum_orders_range = models.Constraint(
        "CHECK(minimum_orders BETWEEN 1 AND 1000000)",
        "The least number of orders must be 1 or more.",
    )

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("date", "count")
    def _compute_display_name(self):
        for proposal in self:
            proposal.display_name = self.env._("New proposal")
            if proposal.date:
                proposal.display_name = self.env._(
                    "%(count)s groups of %(day)s",
                    count=proposal.count,
                    day=format_date(self.env, proposal.date),
                )

    @api.depends("line_ids.moved_count")
    def _compute_moved_count(self):
        for proposal in self:
            proposal.moved_count = sum(proposal.line_ids.mapped("moved_count"))

    @api.depends("state", "line_ids.keep", "line_ids.group_id", "line_ids.moved_count")
    def _compute_summary(self):
        for proposal in self:
            lines = proposal.line_ids.filtered("keep")
            entering = sum(lines.mapped("entering_count"))
            moving = sum(lines.mapped("moving_count"))
            staying = sum(lines.mapped("staying_count"))
            if not proposal.line_ids:
                proposal.summary = False
            elif proposal.state == "draft":
                total = sum(lines.mapped("account_count"))
                proposal.summary = self.env._(
                    "Of %(total)s accounts %(entering)s enter a group and %(moving)s "
                    "change theirs. %(same)s are where they belong already, and "
                    "%(staying)s stay where a person or a rule has put them.",
                    total=self._format_number(total),
                    entering=self._format_number(entering),
                    moving=self._format_number(moving),
                    same=self._format_number(total - entering - moving - staying),
                    staying=self._format_number(staying),
                )
            elif proposal.state == "accepting":
                proposal.summary = self.env._(
                    "%s accounts have been put in groups so far. The rest follows in "
                    "the background.",
                    proposal._format_number(proposal.moved_count),
                )
            elif proposal.state == "accepted":
                proposal.summary = self.env._(
                    "%s accounts were put in groups.",
                    proposal._format_number(proposal.moved_count),
                )
            else:
                proposal.summary = self.env._("No account was moved.")

    @api.constrains("account_domain")
    def _check_account_domain(self):
        for proposal in self:
            try:
                with self.env.cr.savepoint():
                    query = proposal._get_accounts_query()
                    query.limit = 1
                    self.env.flush_query(query.select())
                    self.env.cr.execute(query.select(), log_exceptions=False)
            except psycopg2.OperationalError:
                raise
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The conditions on the accounts cannot be used: %s Choose "
                        "them anew in the editor.",
                        " ".join(str(error).split())[:300],
                    )
                ) from error

    # ------------------------------------------------------------------
    # Who may write what
    # ------------------------------------------------------------------

    @api.model
    def _get_decided_names(self):
        """Return what was found, and what was decided."""
        readonly = {name for name, field in self._fields.items() if field.readonly}
        return readonly - {"company_id"}

    @api.model
    def _explain_decided(self, names):
        return self.env._(
            "%(fields)s: what was found in the data cannot be written.", fields=names
        )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self.check_access("write")
            self._check_human_values(vals)
            if "company_id" in vals:
                raise UserError(self.env._("A proposal stays with its company."))
            if not ASKED.isdisjoint(vals):
                self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_accepted(self):
        for proposal in self:
            if proposal.state in ("accepting", "accepted"):
                raise UserError(
                    self.env._(
                        "%s: a proposal that was accepted tells where groups come "
                        "from. It cannot be deleted.",
                        proposal.display_name,
                    )
                )

    def _check_draft(self):
        for proposal in self:
            if proposal.state != "draft":
                raise UserError(
                    self.env._(
                        "%s: the proposal has been decided on. Make a new one.",
                        proposal.display_name,
                    )
                )

    def _lock_draft(self):
        """Lock the proposal, so that of two people at once one decides."""
        self.ensure_one()
        self.check_access("write")
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "%s: somebody else is at it. Look at what has become of it.",
                    self.display_name,
                )
            ) from error
        self.invalidate_recordset(["state"])
        self._check_draft()

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_propose(self):
        """Find groups, in place of those that were found before."""
        self._lock_draft()
        self._find_groups()

    def action_discard(self):
        """Leave all accounts where they are."""
        self._lock_draft()
        self.sudo().state = "discarded"  # sudo: not writable; checked above

    def action_accept(self):
        """Put the accounts in the groups, of which new ones are made."""
        self._lock_draft()
        lines = self.line_ids.filtered("keep")
        if not lines:
            raise UserError(
                self.env._("There is no group to accept: find groups, and keep some.")
            )
        self._check_names(lines)
        for line in lines.filtered(lambda line: not line.group_id):
            # with the rights of whoever accepts
            line.group_id = self.env["customer.group"].create(
                line._prepare_group_vals()
            )
        # read before it is decided: what is decided has no moves to tell
        moves = sum(
            entering + moving
            for entering, moving, _staying in lines._count_moves().values()
        )
        # sudo: the state is not writable, nor is how an account came to its group
        proposal = self.sudo()
        proposal.write({"state": "accepting", "accepted_by_id": self.env.uid})
        if moves > MOVED_AT_ONCE:
            proposal._wake()
        else:
            while proposal._accept_next():
                pass

    def _check_names(self, lines):
        """Refuse two new groups of one name: to join them, both go to one group."""
        names = [line.name.strip() for line in lines if not line.group_id]
        for name in names:
            if names.count(name) > 1:
                raise UserError(
                    self.env._(
                        "Two new groups are called “%s”. Give one another name, or "
                        "choose the same group for both to join them.",
                        name,
                    )
                )

    # ------------------------------------------------------------------
    # Accepting, step by step
    # ------------------------------------------------------------------

    def _accept_next(self):
        """Move the next accounts; return how much was done, 0 when all is."""
        self.ensure_one()
        if self.state != "accepting":
            return 0
        # what the chatter and the accounts tell is told by and for who accepted
        author = self.accepted_by_id or self.env.user
        proposal = self.with_user(author).with_context(lang=author.lang).sudo()
        line = proposal.line_ids.filtered(lambda line: line.keep and not line.is_done)[
            :1
        ]
        if not line:
            proposal.state = "accepted"
            return 1
        if line.group_id and (done := line._move_next(BATCH_SIZE)):
            return done
        line._finish()
        return 1

    def _wake(self):
        """Let the scheduled action begin at once."""
        cron = self.env.ref("customer_centricity.ir_cron_accept_groups")
        cron._trigger_or_refuse()

    @api.model
    def _cron_accept(self):
        """Put accounts in the groups of accepted proposals, committing each step."""
        pending = self.search([("state", "=", "accepting")], order="id")
        time_left = True
        while pending and time_left:
            done = self.env["customer.account"]._guarded(pending[0]._accept_next)
            pending = pending.filtered(lambda one: one.state == "accepting")
            time_left = self.env["ir.cron"]._commit_progress(
                done, remaining=pending._count_remaining()
            )
        if pending:
            # Time is over: the scheduler gives others a turn, and would come back only
            # when it looks around the next time.
            self.env.ref("customer_centricity.ir_cron_accept_groups")._trigger()

    def _count_remaining(self):
        """Return how many accounts are still to be moved, and steps to be closed."""
        lines = self.line_ids.filtered(lambda line: line.keep and not line.is_done)
        moves = lines._count_moves().values()
        return len(self) + sum(entering + moving for entering, moving, _other in moves)
