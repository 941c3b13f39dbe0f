from odoo import api, fields, models

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
    def _forget_accounts(self, accounts):
        """Forget the advice on accounts whose customers do not want any."""
        # sudo: nobody writes advice; whoever may have a customer opt out may do that
        self.sudo().search([("account_id", "in", accounts.ids)]).unlink()
