from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

# What people may change, as long as the proposal has not been decided on
EDITABLE = {"name", "description", "keep", "group_id", "sequence"}
# So many words describe a group, and so many of them name it.
WORDS_TO_DESCRIBE = 4
WORDS_TO_NAME = 2
# What tells of cost and profit names no group: salespeople read the names of groups
UNNAMED = {"margin", "serving_share", "hours_per_order"}


class CustomerGroupProposalLine(models.Model):
    """A group of accounts that a proposal has found, with what is known of it.

    Its members are kept in a column of account ids, as they are many, belong together
    and never change: ``account_ids``, of which the ORM knows nothing.
    """

    _name = "customer.group.proposal.line"
    _description = "Group Found in the Data"
    _order = "proposal_id desc, sequence, id"
    _inherit = ["customer.one.currency"]
    _check_company_auto = True

    proposal_id = fields.Many2one(
        comodel_name="customer.group.proposal",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="proposal_id.company_id")
    currency_id = fields.Many2one(related="proposal_id.currency_id")
    state = fields.Selection(related="proposal_id.state", related_sudo=False)
    sequence = fields.Integer(default=10)

    # What people make of it
    keep = fields.Boolean(
        string="Accept",
        default=True,
        help="Otherwise its accounts stay in the groups that they are in.",
    )
    name = fields.Char(required=True)
    description = fields.Char(
        string="In Words",
        help="What sets these accounts apart from the others, the most telling first.",
    )
    group_id = fields.Many2one(
        comodel_name="customer.group",
        string="Goes to",
        check_company=True,
        index=True,
        ondelete="set null",
        help="The group that its accounts are put in; empty: a new one of this name. "
        "Filled in where most of them were found before and are in a group already.",
    )

    # What is known of it
    words = fields.Json(readonly=True, help="What sets it apart: dimension and level.")
    account_count = fields.Integer(string="Accounts", readonly=True)
    account_share = fields.Float(
        string="Share of Accounts", readonly=True, aggregator="sum"
    )
    revenue = fields.Monetary(readonly=True)
    revenue_share = fields.Float(
        string="Share of Revenue", readonly=True, aggregator="sum"
    )
    profit = fields.Monetary(readonly=True)
    profit_share = fields.Float(
        string="Share of Profit", readonly=True, aggregator="sum"
    )
    lifetime_value = fields.Monetary(readonly=True)
    value_share = fields.Float(string="Share of Value", readonly=True, aggregator="sum")
    loss_count = fields.Integer(
        string="Loss-Making",
        readonly=True,
        help="Accounts that cost more than they pay.",
    )
    loss = fields.Monetary(
        string="Losses", readonly=True, help="What these accounts lose together."
    )
    typical = fields.Json(
        readonly=True, help="Figures of the middle account, by dimension."
    )

    # Who would move
    entering_count = fields.Integer(
        string="Enter",
        compute="_compute_moves",
        help="Accounts that are in no group so far.",
    )
    moving_count = fields.Integer(
        string="Move Here",
        compute="_compute_moves",
        help="Accounts that come from another group that was found in the data.",
    )
    staying_count = fields.Integer(
        string="Stay Elsewhere",
        compute="_compute_moves",
        help="Accounts that a person or a rule has put in another group, where they "
        "are left.",
    )

    # How far accepting has come
    cursor = fields.Integer(readonly=True, help="The last account that was looked at.")
    is_done = fields.Boolean(readonly=True)
    moved_count = fields.Integer(
        string="Accounts Moved",
        readonly=True,
        help="Accounts that were put in the group.",
    )

    _figures_finite = models.Constraint(
        "CHECK(account_share BETWEEN 0 AND 1"
        " AND revenue_share < 'Infinity' AND revenue_share > '-Infinity'"
        " AND profit_share < 'Infinity' AND profit_share > '-Infinity'"
        " AND value_share < 'Infinity' AND value_share > '-Infinity')",
        "The figures of a group must be finite numbers.",
    )

    @api.private
    def init(self):
        self.env.cr.execute(
            SQL(
                "ALTER TABLE %s ADD COLUMN IF NOT EXISTS account_ids int[]",
                SQL.identifier(self._table),
            )
        )

    @api.depends("keep", "group_id", "proposal_id.state")
    def _compute_moves(self):
        kept = self.filtered(lambda line: line.state == "draft" and line.keep)
        counts = kept._count_moves()
        for line in self:
            line.entering_count, line.moving_count, line.staying_count = counts.get(
                line._origin.id, (0, 0, 0)
            )

    @api.constrains("name")
    def _check_name(self):
        for line in self:
            if not line.name.strip():
                raise ValidationError(self.env._("Give each of the groups a name."))

    def write(self, vals):
        if not self.env.su:
            self.check_access("write")
            self._check_human_values(vals)
        return super().write(vals)

    def _check_human_values(self, vals):
        """Refuse to let people write what was found, or what has been decided on."""
        if found := vals.keys() - EDITABLE:
            raise AccessError(
                self.env._(
                    "%(fields)s: what was found in the data cannot be written.",
                    fields=", ".join(
                        sorted(
                            self._fields[name]._description_string(self.env)
                            for name in found
                        )
                    ),
                )
            )
        if decided := self.filtered(lambda line: line.state != "draft"):
            raise UserError(
                self.env._(
                    "%s: the proposal has been decided on. Change the group itself.",
                    decided[0].name,
                )
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_accounts(self):
        """Open the accounts that belong together."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_account_action"
        )
        action["display_name"] = self.name
        action["domain"] = [("found_line_id", "=", self.id)]
        action["views"] = [(False, "list"), (False, "kanban"), (False, "form")]
        action["context"] = {}
        return action

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    @api.model
    def _get_word(self, dimension, level, is_strong):
        """Return what a group is that is high or low in a dimension."""
        words = {
            "recency": {
                "high": self.env._("long silent"),
                "low": self.env._("recently active"),
            },
            "frequency": {
                "high": self.env._("frequent"),
                "low": self.env._("occasional"),
            },
            "spend": {
                "high": self.env._("large"),
                "low": self.env._("small"),
            },
            "margin": {
                "high": self.env._("high-margin"),
                "low": self.env._("low-margin"),
            },
            "breadth": {
                "high": self.env._("wide-ranging"),
                "low": self.env._("narrow in range"),
            },
            "hours_per_order": {
                "high": self.env._("time-consuming"),
                "low": self.env._("undemanding"),
            },
            "regularity": {
                "high": self.env._("irregular"),
                "low": self.env._("regular"),
            },
            "payment_delay": {
                "high": self.env._("late to pay"),
                "low": self.env._("prompt to pay"),
            },
            "serving_share": {
                "high": self.env._("costly to serve"),
                "low": self.env._("cheap to serve"),
            },
        }
        word = words[dimension][level]
        return self.env._("very %s", word) if is_strong else word

    @api.model
    def _get_texts(self, groups, taken=()):
        """Return a description and a name of each group; no two names are the same.

        The description is for who may know cost and profit, the name for everybody.

        :param groups: of each group its words, triples as of ``_get_word``
        :param taken: names of groups that there are
        """
        texts, taken = [], set(taken)
        for group in groups:
            description = self._join(self._get_words(group))
            words = self._get_words([word for word in group if word[0] not in UNNAMED])
            # as many words as tell it from those before, else a number
            names = [
                self._join(words[:count])
                for count in range(min(WORDS_TO_NAME, len(words)), len(words) + 1)
            ]
            numbered = (f"{names[-1]} {number}" for number in range(2, 99))
            name = next(name for name in (*names, *numbered) if name not in taken)
            taken.add(name)
            texts.append((description, name))
        return texts

    @api.model
    def _get_words(self, group):
        """Return the first words of a group."""
        words = [self._get_word(*word) for word in group[:WORDS_TO_DESCRIBE]]
        return words or [self.env._("about the average")]

    @api.model
    def _join(self, words):
        text = ", ".join(words)
        return text[:1].upper() + text[1:]

    # ------------------------------------------------------------------
    # Members
    # ------------------------------------------------------------------

    def _set_members(self, account_ids):
        """Keep which accounts belong to the group, in order of id."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET account_ids = %s::int[] WHERE id = %s",
                SQL.identifier(self._table),
                account_ids,
                self.id,
            )
        )

    def _get_members(self):
        """Return the accounts that belong to the groups, archived ones too."""
        return (
            self.env["customer.account"]
            .with_context(active_test=False)
            .search([("id", "in", self._get_members_query())])
        )

    @api.model
    def _forget_accounts(self, accounts):
        """Take accounts out of all groups found; their figures stay as they are."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s SET account_ids = ARRAY(
                    SELECT id FROM unnest(account_ids) WITH ORDINALITY member(id, place)
                     WHERE NOT id = ANY(%(ids)s) ORDER BY place
                )
                 WHERE account_ids && %(ids)s::int[]
                """,
                table=SQL.identifier(self._table),
                ids=accounts.ids,
            )
        )

    def _get_members_query(self):
        """Return the query of the ids of all members."""
        return SQL(
            "(SELECT unnest(account_ids) FROM %s WHERE id = ANY(%s))",
            SQL.identifier(self._table),
            self.ids,
        )

    def _get_moves_query(self, columns, condition, also):
        """Return a query of members that are not in the group that their line goes to.

        That group is the one chosen on the screen, be it saved or not. ``is_free``
        tells whether neither a person nor a rule holds the account.
        """
        return SQL(
            """
            SELECT %(columns)s
              FROM (
                  SELECT line.id AS line_id, account.id, account.group_id,
                         COALESCE(account.group_origin, 'found') = 'found' AS is_free
                    FROM %(table)s line
                    JOIN unnest(%(line_ids)s::int[], %(group_ids)s::int[])
                         AS target(line_id, group_id) ON target.line_id = line.id
                   CROSS JOIN unnest(line.account_ids) member(id)
                    JOIN customer_account account ON account.id = member.id
                   WHERE (target.group_id IS NULL
                          OR account.group_id IS DISTINCT FROM target.group_id)
                     AND %(profiled)s AND %(condition)s
              ) member
            %(also)s
            """,
            columns=columns,
            table=SQL.identifier(self._table),
            line_ids=[line._origin.id or None for line in self],
            group_ids=[line.group_id._origin.id or None for line in self],
            # who opted out since the groups were found
            profiled=self.env["customer.account"]._get_profiled_condition(),
            condition=condition,
            also=also,
        )

    def _prepare_group_vals(self):
        """Return the values of the new group that the accounts are put in.

        The description is none of them: it may tell of cost and profit.
        """
        self.ensure_one()
        return {
            "name": self.name.strip(),
            "company_id": self.company_id.id,
        }

    def _count_moves(self):
        """Return how many would enter, move and stay elsewhere, by id of the line."""
        self.env["customer.account"].flush_model(["group_id", "group_origin"])
        rows = self.env.execute_query(
            self._get_moves_query(
                SQL(
                    "line_id, COUNT(*) FILTER (WHERE is_free AND group_id IS NULL),"
                    " COUNT(*) FILTER (WHERE is_free AND group_id IS NOT NULL),"
                    " COUNT(*) FILTER (WHERE NOT is_free)"
                ),
                SQL("TRUE"),
                SQL("GROUP BY line_id"),
            )
        )
        return {line_id: tuple(counts) for line_id, *counts in rows}

    def _move_next(self, limit):
        """Put the next members in the group; return how many were looked at.

        What a person or a rule has decided since stays.
        """
        self.ensure_one()
        accounts = self.env["customer.account"]
        accounts.flush_model(["group_id", "group_origin"])
        rows = self.env.execute_query(
            self._get_moves_query(
                SQL("id, group_id"),
                SQL("account.id > %s", self.cursor),
                SQL("WHERE is_free ORDER BY id LIMIT %s", limit),
            )
        )
        if not rows:
            return 0
        day = format_date(self.env, self.proposal_id.date)
        vals = {
            "group_id": self.group_id.id,
            "group_origin": "found",
            # not the description: salespeople read the reason, and the chatter
            "group_reason": self.env._(
                "Found in the data: %s", f"{self.group_id.name} ({day})"
            ),
        }
        entering = accounts.browse([row[0] for row in rows if not row[1]])
        moving = accounts.browse([row[0] for row in rows if row[1]])
        written = 0
        # a first group is not a change that anybody need be told of
        for members in (entering.with_context(tracking_disable=True), moving):
            if members:
                written += members._write_or_note(vals)
        self.write({"cursor": rows[-1][0], "moved_count": self.moved_count + written})
        return len(rows)

    def _finish(self):
        """Close the line, and tell the group's chatter where its members come from."""
        self.is_done = True
        if self.group_id:
            self.group_id._message_log(
                body=self.env._(
                    "%(moved)s accounts were put in this group: they were found to "
                    "behave alike, as of %(day)s (%(description)s).",
                    moved=self.moved_count,
                    day=format_date(self.env, self.proposal_id.date),
                    description=self.group_id.name,
                )
            )
