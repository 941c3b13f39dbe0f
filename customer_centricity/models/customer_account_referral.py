from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .customer_account_figures import BATCH_SIZE

USER = "customer_centricity.group_user"
MANAGER = "customer_centricity.group_manager"
# What is credited to whoever recommended us, of the accounts it brought
CREDIT = ("referral_count", "referral_profit", "referral_value")


class CustomerAccount(models.Model):
    """Whom an account has brought: what they are worth is told beside its own worth.

    A credit, and no money of its own: it is in the figures of the accounts it brought,
    once, and added to none.
    """

    _inherit = "customer.account"

    # Who brought it
    referred_by_id = fields.Many2one(
        related="partner_id.referred_by_id", related_sudo=False, string="Recommended by"
    )
    referrer_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_referrer_id",
        search="_search_referrer_id",
        string="Brought by",
        help="The company of whoever recommended you to this customer, or that person.",
    )
    referred_since = fields.Date(
        compute="_compute_referred_since",
        help="The first order of the customer that was recommended to you; before it, "
        "the day on which the recommendation was noted.",
    )

    # Whom it brought
    referral_count = fields.Integer(
        string="Recommendations",
        readonly=True,
        help="Accounts that it has recommended you to, itself or through a contact, "
        "as of the last refresh.",
    )
    referral_profit = fields.Monetary(
        string="Profit of Those It Brought",
        readonly=True,
        groups=MANAGER,
        help="Profit of these accounts in the window. It is in their figures, and told "
        "here as a credit.",
    )
    referral_value = fields.Monetary(
        string="Value of Those It Brought",
        readonly=True,
        groups=MANAGER,
        help="Lifetime value of these accounts. It is in their figures, and told here "
        "as a credit.",
    )

    # 'NaN' is above every number
    _referral_finite = models.Constraint(
        "CHECK(referral_count >= 0"
        " AND referral_profit < 'Infinity' AND referral_profit > '-Infinity'"
        " AND referral_value < 'Infinity' AND referral_value > '-Infinity')",
        "What an account is credited with must be finite numbers.",
    )

    @api.model
    def _get_erased_values(self):
        return {
            **super()._get_erased_values(),
            "referral_count": 0,
            "referral_profit": 0,
            "referral_value": 0,
        }

    @api.depends("partner_id.referred_by_id.commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_referrer_id(self):
        # whoever recommended us may be a contact of another company
        readable = self.partner_id.referred_by_id._filtered_access("read")
        companies = readable.commercial_partner_id._filtered_access("read")
        for account in self:
            referrer = account.partner_id.referred_by_id & readable
            account.referrer_id = referrer.commercial_partner_id & companies

    @api.model
    def _search_referrer_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        name = "partner_id.referred_by_id"
        domain = Domain(f"{name}.commercial_partner_id", operator, value)
        if operator == "in" and False in value:
            domain |= Domain(name, "=", False)
        return domain

    @api.depends("first_order_date", "partner_id.referred_by_id")
    @api.depends("partner_id.referred_date")
    def _compute_referred_since(self):
        for account in self:
            partner = account.partner_id
            account.referred_since = partner.referred_by_id and (
                account.first_order_date or partner.referred_date
            )

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let accounts be grouped and sorted by who brought them."""
        if query is None or field_expr not in ("referred_by_id", "referrer_id"):
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        partner = query.left_join(alias, "partner_id", "res_partner", "id", "referred")
        if field_expr == "referred_by_id":
            return SQL.identifier(partner, "referred_by_id")
        referrer = query.left_join(
            partner, "referred_by_id", "res_partner", "id", "referrer"
        )
        return SQL.identifier(referrer, "commercial_partner_id")

    # ------------------------------------------------------------------
    # The credit
    # ------------------------------------------------------------------

    @api.model
    def _refresh_referrals(self, company):
        """Credit accounts with those that they brought; return how many changed.

        Of all accounts of the company, as values change without any document of whoever
        is credited with them. At most a batch is written.
        """
        self.env.flush_all()
        names = [SQL.identifier(name) for name in CREDIT]
        rows = self.env.execute_query(
            SQL(
                """
                WITH credit AS (
                    SELECT credited.id, COUNT(*) AS referral_count,
                           SUM(COALESCE(brought.profit, 0)) AS referral_profit,
                           SUM(COALESCE(brought.lifetime_value, 0)) AS referral_value
                      FROM res_partner partner
                      JOIN customer_account brought
                        ON brought.partner_id = partner.id
                       AND brought.company_id = %(company)s AND brought.active
                      JOIN res_partner referrer ON referrer.id = partner.referred_by_id
                      JOIN customer_account credited
                        ON credited.partner_id = referrer.commercial_partner_id
                       AND credited.company_id = %(company)s
                     WHERE partner.referred_by_id IS NOT NULL
                     GROUP BY credited.id
                )
                UPDATE customer_account account
                   SET (%(names)s) = ROW(%(new)s)
                  FROM (
                      SELECT account.id, %(columns)s
                        FROM customer_account account
                        LEFT JOIN credit ON credit.id = account.id
                       WHERE account.company_id = %(company)s
                         AND (account.referral_count > 0 OR credit.id IS NOT NULL)
                         AND (%(old)s) IS DISTINCT FROM (%(found)s)
                       ORDER BY account.id
                       LIMIT %(limit)s
                       -- in order, as whoever else writes accounts does
                       FOR NO KEY UPDATE OF account
                  ) new
                 WHERE account.id = new.id
                RETURNING account.id
                """,
                company=company.id,
                names=SQL(", ").join(names),
                new=SQL(", ").join(SQL("new.%s", name) for name in names),
                old=SQL(", ").join(
                    SQL("COALESCE(account.%s, 0)", name) for name in names
                ),
                found=SQL(", ").join(
                    SQL("COALESCE(credit.%s, 0)", name) for name in names
                ),
                columns=SQL(", ").join(
                    SQL("COALESCE(credit.%s, 0) AS %s", name, name) for name in names
                ),
                limit=BATCH_SIZE,
            )
        )
        accounts = self.browse(account_id for [account_id] in rows)
        accounts.invalidate_recordset(CREDIT)
        return len(accounts)

    # ------------------------------------------------------------------
    # What it speaks for
    # ------------------------------------------------------------------

    def _find_advocates(self, company):
        """Find also accounts that brought others."""
        yield from super()._find_advocates(company)
        for account in self.filtered("referral_count"):
            text = (
                self.env._("It recommended you to another customer.")
                if account.referral_count == 1
                else self.env._(
                    "It recommended you to %s other customers.", account.referral_count
                )
            )
            yield account, ("advocates", text)

    def action_open_referrals(self):
        """Open the accounts that this one brought."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_account_action_referral"
        )
        return action | {
            "name": self.env._("Brought by %s", self.partner_id.display_name),
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("referrer_id", "=", self.partner_id.id),
            ],
            "context": {},
        }
