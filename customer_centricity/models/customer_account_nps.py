from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CustomerAccount(models.Model):
    """What the contacts of an account say of the company."""

    _inherit = "customer.account"

    nps_response_ids = fields.One2many(
        comodel_name="customer.nps.response",
        inverse_name="account_id",
        string="Answers",
        help="How likely its contacts are to recommend you, latest first.",
    )
    nps_response_count = fields.Integer(
        string="Number of Answers", compute="_compute_nps_response_count"
    )

    @api.depends("nps_response_ids")
    def _compute_nps_response_count(self):
        count_of = dict(
            self.env["customer.nps.response"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.nps_response_count = count_of.get(account, 0)

    @api.model
    def _adopt_answers(self, company, scope):
        """Give accounts the answers that were there before they were.

        As of a prospect that was asked, or of answers that were imported first.

        :param scope: SQL condition on the ``account`` that is given any
        """
        responses = self.env["customer.nps.response"]
        responses.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_nps_response response
                   SET account_id = account.id,
                       -- the next refresh has a look at the account
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM res_partner partner, customer_account account
                 WHERE response.account_id IS NULL
                   AND response.company_id = %(company)s
                   AND partner.id = response.partner_id
                   AND account.partner_id = partner.commercial_partner_id
                   AND account.company_id = response.company_id
                   AND %(scope)s
                """,
                company=company.id,
                scope=scope,
            )
        )
        if self.env.cr.rowcount:
            responses.invalidate_model(["account_id", "write_date"])
            self.invalidate_model(["nps_response_ids"])

    def _fold_into(self, target):
        # sudo: what was answered moves along, whoever merges
        responses = self.env["customer.nps.response"].sudo()
        responses.search([("account_id", "in", self.ids)]).account_id = target
        return super()._fold_into(target)

    def action_open_nps_responses(self):
        """Open what the contacts of the account have answered."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_nps_response_action"
        )
        return {
            **action,
            "domain": [("account_id", "=", self.id)],
            "context": {"default_partner_id": self.partner_id.id},
        }

    def action_invite_nps(self):
        """Ask the contacts of the accounts, after a look at who they are."""
        if len(self.company_id) > 1:
            raise UserError(
                self.env._(
                    "Choose accounts of one company: a letter is written in the name "
                    "of the company that asks."
                )
            )
        invite = self.env["customer.nps.invite"].with_company(self.company_id)
        return invite._open(self.partner_id)
