from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerAccount(models.Model):
    """What is intended with an account: by itself, or with its group.

    Of several intents, the one in force is that of the account itself, else of its
    group, else of the nearest group above; the one started last, of the same. It is
    kept on the account, so that portfolios can be cut by it, and written by one
    statement whenever intents or groups change: it changes no figure, and nobody need
    be told of it for each account.
    """

    _inherit = "customer.account"

    intent_ids = fields.Many2many(
        comodel_name="customer.intent",
        string="Intents",
        compute="_compute_intent_ids",
        search="_search_intent_ids",
        help="Running intents of the account, of its group and of the groups above.",
    )
    intent_id = fields.Many2one(
        comodel_name="customer.intent",
        string="Intent in Force",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    intent_kind = fields.Selection(
        selection=lambda self: self._get_intent_kinds(),
        string="Intent",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What is intended with the account: by itself, else with its group.",
    )

    @api.model
    def _get_intent_kinds(self):
        return (
            self.env["customer.intent"]._fields["kind"]._description_selection(self.env)
        )

    @api.depends("group_id")
    def _compute_intent_ids(self):
        above = self.env["customer.group"]._get_groups_above(self.group_id)
        group_ids = [group_id for ids in above.values() for group_id in ids]
        intents = self.env["customer.intent"].search(
            Domain("state", "=", "running")
            & (
                Domain("account_id", "in", self._origin.ids)
                | Domain("company_id", "in", self.company_id.ids)
                & Domain("group_id", "in", group_ids)
            )
        )
        by_group = intents.grouped(lambda one: (one.company_id.id, one.group_id.id))
        by_account = intents.grouped("account_id")
        for account in self:
            found = by_account.get(account._origin) or intents.browse()
            for group_id in above.get(account.group_id.id, ()):
                key = (account.company_id.id, group_id)
                found += by_group.get(key, intents.browse())
            account.intent_ids = found

    def _search_intent_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        condition = Domain("id", "in", value) if operator == "in" else Domain(value)
        domain = self._get_intended_domain(condition)
        if operator == "in" and False in value:
            domain |= ~self._get_intended_domain(Domain.TRUE)
        return domain

    @api.model
    def _get_intended_domain(self, condition):
        """Return the domain of accounts that have a running intent that fits."""
        intents = self.env["customer.intent"].search(
            Domain("state", "=", "running") & condition
        )
        domain = Domain("id", "in", intents.account_id.ids)
        for company, of_company in intents.grouped("company_id").items():
            domain |= Domain("company_id", "=", company.id) & Domain(
                "group_id", "child_of", of_company.group_id.ids
            )
        return domain

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        if grouped := accounts.filtered("group_id"):
            grouped._update_intent()
        return accounts

    def write(self, vals):
        result = super().write(vals)
        if "group_id" in vals:
            self._update_intent()
        return result

    def action_open_intents(self):
        """Open what was and is intended with the account."""
        self.ensure_one()
        self.check_access("read")
        above = self.env["customer.group"]._get_groups_above(self.group_id)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_intent_action"
        )
        action["domain"] = [
            ("company_id", "=", self.company_id.id),
            "|",
            ("account_id", "=", self.id),
            ("group_id", "in", above.get(self.group_id.id, [])),
        ]
        action["context"] = {"default_account_id": self.id}
        return action

    def _update_intent(self):
        """Bring the intent in force of these accounts up to date."""
        self._write_intents(SQL("account.id = ANY(%s)", self.ids))

    @api.model
    def _update_intents(self, company):
        """Bring the intent in force of all accounts of a company up to date."""
        self._write_intents(SQL("account.company_id = %s", company.id))

    @api.model
    def _write_intents(self, condition):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH RECURSIVE above (group_id, ancestor_id, distance) AS (
                    %(above)s
                ),
                of_group AS (
                    SELECT DISTINCT ON (intent.company_id, above.group_id)
                           intent.company_id, above.group_id, intent.id, intent.kind
                      FROM customer_intent intent
                      JOIN above ON above.ancestor_id = intent.group_id
                     WHERE intent.state = 'running'
                     ORDER BY intent.company_id, above.group_id, above.distance,
                              intent.start_date DESC, intent.id DESC
                ),
                of_account AS (
                    SELECT DISTINCT ON (account_id) account_id, id, kind
                      FROM customer_intent
                     WHERE state = 'running' AND account_id IS NOT NULL
                     ORDER BY account_id, start_date DESC, id DESC
                ),
                wanted AS (
                    SELECT account.id, COALESCE(own.id, shared.id) AS intent_id,
                           COALESCE(own.kind, shared.kind) AS intent_kind
                      FROM customer_account account
                      LEFT JOIN of_account own ON own.account_id = account.id
                      LEFT JOIN of_group shared
                             ON shared.group_id = account.group_id
                            AND shared.company_id = account.company_id
                     WHERE %(condition)s
                )
                UPDATE customer_account account
                   SET intent_id = wanted.intent_id, intent_kind = wanted.intent_kind
                  FROM wanted
                 WHERE wanted.id = account.id
                   AND (account.intent_id, account.intent_kind)
                       IS DISTINCT FROM (wanted.intent_id, wanted.intent_kind)
                """,
                above=self.env["customer.group"]._get_groups_above_query(),
                condition=condition,
            )
        )
        self.invalidate_model(["intent_id", "intent_kind", "intent_ids"], flush=False)
        self.env["res.partner"].invalidate_model(
            ["customer_intent_ids", "customer_intent_kind"], flush=False
        )

    @api.model
    def _end_cycle(self, company):
        result = super()._end_cycle(company)
        # whatever moved accounts between groups since
        self._update_intents(company)
        self.env["customer.intent"]._measure_or_log(company)
        return result

    @api.model
    def _get_erased_values(self):
        return {
            **super()._get_erased_values(),
            "intent_id": False,
            "intent_kind": False,
        }

    def _fold_into(self, target):
        # sudo: whoever merges contacts
        intents = self.env["customer.intent"].sudo()
        intents.search([("account_id", "in", self.ids)]).account_id = target
        self.env["customer.intent.step"].sudo()._fold_into(self, target)
        result = super()._fold_into(target)
        target._update_intent()
        return result
