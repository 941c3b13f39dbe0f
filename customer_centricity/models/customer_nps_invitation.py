import datetime

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import hash_sign, verify_hash_signed

# What a link signed for one purpose is not good for another
SCOPE = "customer_nps_invitation"
STOP_SCOPE = "customer_nps_stop"


class CustomerNpsInvitation(models.Model):
    """A contact asked for an answer, by a link that is good for one."""

    _name = "customer.nps.invitation"
    _description = "Invitation to Answer"
    _order = "sent_date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="cascade",
        help="Who is asked.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="The company that asks.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Invited By",
        readonly=True,
        ondelete="set null",
        default=lambda self: self.env.user,
        help="Who signs the letter.",
    )
    sent_date = fields.Date(
        string="Sent On",
        readonly=True,
        index=True,
        help="Empty: it waits for its turn in the mail queue.",
    )
    expiry_date = fields.Date(
        string="Valid Until", readonly=True, help="Last day on which the link is valid."
    )
    answered_date = fields.Datetime(
        string="Answered On", readonly=True, help="When the page received the answer."
    )
    response_id = fields.Many2one(
        comodel_name="customer.nps.response",
        string="Answer",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    failure = fields.Char(readonly=True, help="Why it could not be sent.")
    state = fields.Selection(
        selection=[
            ("waiting", "To be sent"),
            ("sent", "Sent"),
            ("answered", "Answered"),
            ("expired", "Expired"),
            ("failed", "Not sent"),
        ],
        compute="_compute_state",
        search="_search_state",
    )

    # those that are yet to be sent are few among many
    _waiting_idx = models.Index("(id) WHERE sent_date IS NULL AND failure IS NULL")

    @api.depends("sent_date", "expiry_date", "answered_date", "failure")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for invitation in self:
            if invitation.answered_date:
                invitation.state = "answered"
            elif invitation.failure:
                invitation.state = "failed"
            elif not invitation.sent_date:
                invitation.state = "waiting"
            elif invitation.expiry_date < today:
                invitation.state = "expired"
            else:
                invitation.state = "sent"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        open_ones = Domain("answered_date", "=", False) & Domain("failure", "=", False)
        sent = open_ones & Domain("sent_date", "!=", False)
        domains = {
            "waiting": open_ones & Domain("sent_date", "=", False),
            "sent": sent & Domain("expiry_date", ">=", today),
            "answered": Domain("answered_date", "!=", False),
            "expired": sent & Domain("expiry_date", "<", today),
            "failed": Domain("answered_date", "=", False)
            & Domain("failure", "!=", False),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    # ------------------------------------------------------------------
    # The link
    # ------------------------------------------------------------------

    @api.private
    def get_answer_url(self):
        """Return the signed link for the letter.

        It holds the number of the invitation and nothing of the contact. Only what
        sends the letters gets it: people who look at the template, or write with it by
        hand, get one that leads nowhere, lest they answer for their customers.
        """
        self.ensure_one()
        if not self.env.su or not self.expiry_date:
            return f"{self.get_base_url()}/customer/nps/example"
        token = hash_sign(
            self.sudo().env,
            SCOPE,
            [self.id],
            expiration=datetime.datetime.combine(
                self.expiry_date + datetime.timedelta(days=1), datetime.time.min
            ),
        )
        return f"{self.get_base_url()}/customer/nps/{token}"

    @api.private
    def get_stop_url(self):
        """Return the signed link by which the contact asks not to be written to.

        It holds as long as the letter lies in a mailbox.
        """
        self.ensure_one()
        if not self.env.su:
            return f"{self.get_base_url()}/customer/nps/example"
        token = hash_sign(self.sudo().env, STOP_SCOPE, [self.id])
        return f"{self.get_base_url()}/customer/nps/stop/{token}"

    @api.model
    def _find_to_stop(self, token):
        return self.browse(self._read_token(STOP_SCOPE, token)).exists()

    def _stop(self):
        """Have the contact receive no letters any more: no invitation, no mailing."""
        self.ensure_one()
        if email := self.partner_id.email_normalized:
            self.env["mail.blacklist"].sudo()._add(email)  # sudo: the link is the right

    @api.model
    def _find(self, token):
        """Return the invitation of a link, none if it is forged or out of date."""
        number = self._read_token(SCOPE, token)
        invitation = self.browse(number).exists()
        return invitation.filtered(lambda one: one.state in ("sent", "answered"))

    @api.model
    def _read_token(self, scope, token):
        """Return the ids, one or none, that a link was signed for."""
        try:
            return verify_hash_signed(self.sudo().env, scope, token) or []
        except ValueError:
            # not even of the shape of a link
            return []

    def _answer(self, score):
        """Return the new answer of who was invited, none if there is one already.

        Of two answers at once the second waits for the first, and is then refused.
        """
        self.ensure_one()
        self.env.execute_query(
            SQL(
                "SELECT id FROM customer_nps_invitation WHERE id = %s FOR UPDATE",
                self.id,
            )
        )
        self.invalidate_recordset()
        responses = self.env["customer.nps.response"]
        if self.state != "sent":
            return responses
        response = responses.create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "score": score,
                "channel": "page",
            }
        )
        self.write({"response_id": response.id, "answered_date": fields.Datetime.now()})
        return response
