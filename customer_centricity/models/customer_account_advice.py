from odoo import api, fields, models
from odoo.tools import SQL

from .customer_behaviour import KINDS


class CustomerAccountAdvice(models.Model):
    """Why which behaviour is the next best of an account; one row an account.

    Written in bulk for all accounts in every refresh, as peers change. The account
    itself takes over the behaviour alone, and only when it is another
    (customer_account_advise.py). What this tells is for all that may read the account,
    in words; the numbers among it are of product categories.
    """

    _name = "customer.account.advice"
    _description = "Next Best Behaviour Explained"
    _rec_name = "account_id"
    _log_access = False

    account_id = fields.Many2one(
        comodel_name="customer.account",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="account_id.company_id")
    behaviour = fields.Selection(selection=KINDS, readonly=True)
    reason = fields.Char(
        readonly=True, help="Code of what speaks for the behaviour, see the engine."
    )
    bought_count = fields.Integer(
        string="Categories Bought",
        readonly=True,
        help="Of those product categories that its peers buy.",
    )
    usual_count = fields.Integer(string="Categories Peers Buy", readonly=True)
    missing_category_id = fields.Many2one(
        comodel_name="product.category",
        string="Category to Propose",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The one that most of its peers buy, of those that it does not.",
    )
    is_asked = fields.Boolean(
        string="Asked to Refer",
        readonly=True,
        help="It has recommended you, or was asked to within a year.",
    )

    _account_unique = models.Constraint(
        "UNIQUE(account_id)", "An account has one next best behaviour."
    )

    @api.model
    def _replace(self, columns):
        """Write the advice of accounts that differs.

        :param columns: dict of lists by field, one value an account
        """
        types = {
            "account_id": SQL("integer"),
            "behaviour": SQL("varchar"),
            "reason": SQL("varchar"),
            "bought_count": SQL("integer"),
            "usual_count": SQL("integer"),
            "missing_category_id": SQL("integer"),
            "is_asked": SQL("boolean"),
        }
        names = SQL(", ").join(map(SQL.identifier, types))
        self.env.cr.execute(
            SQL(
                """
                WITH new (%(names)s) AS (SELECT * FROM unnest(%(values)s)),
                differing AS (
                    SELECT new.*, old.id AS old_id
                      FROM new
                      LEFT JOIN customer_account_advice old
                             ON old.account_id = new.account_id
                     WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
                ),
                updated AS (
                    UPDATE customer_account_advice old SET (%(names)s) = ROW(%(new)s)
                      FROM differing new
                     WHERE old.id = new.old_id
                )
                INSERT INTO customer_account_advice (%(names)s)
                SELECT %(new)s FROM differing new WHERE old_id IS NULL
                """,
                names=names,
                values=SQL(", ").join(
                    SQL("%s::%s[]", columns[name], kind)
                    for name, kind in types.items()
                ),
                old=SQL(", ").join(SQL("old.%s", SQL.identifier(name)) for name in types),
                new=SQL(", ").join(SQL("new.%s", SQL.identifier(name)) for name in types),
            )
        )
        self.invalidate_model()

    @api.model
    def _forget_accounts(self, accounts):
        """Forget the advice on accounts whose customers do not want any."""
        # sudo: nobody writes advice; whoever may have a customer opt out may do that
        self.sudo().search([("account_id", "in", accounts.ids)]).unlink()
