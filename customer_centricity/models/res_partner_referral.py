from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

USER = "customer_centricity.group_user"


class ResPartner(models.Model):
    """Who recommended us to a customer.

    What counts is said on companies and on people who belong to none: what stands on
    a contact of a company rests until it belongs to none. Whoever recommended us, be it
    a contact, did so for the company it belongs to.
    """

    _inherit = "res.partner"

    referred_by_id = fields.Many2one(
        comodel_name="res.partner",
        string="Recommended by",
        index="btree_not_null",
        copy=False,
        groups=USER,
        help="Who told this customer about you, a company or one of its contacts. Its "
        "account gets the credit for what this customer is worth.",
    )
    referred_date = fields.Date(
        string="Recommendation Noted on",
        copy=False,
        groups=USER,
        help="The day on which it was noted who recommended you, or a better one that "
        "you know.",
    )
    referral_ids = fields.One2many(
        comodel_name="res.partner",
        inverse_name="referred_by_id",
        string="Recommended You to",
        groups=USER,
    )

    @api.constrains("referred_by_id", "parent_id", "is_company")
    def _check_referral(self):
        loop = self._find_referral_loop()
        if not loop:
            return
        # sudo: the two names only, of whom whoever edits the contact puts in relation
        partner, referrer = loop.sudo()
        names = {"partner": partner.display_name, "referrer": referrer.display_name}
        if partner == referrer:
            raise ValidationError(
                self.env._(
                    "%s cannot have recommended you to itself: choose another contact "
                    "as who recommended you, or none.",
                    partner.display_name,
                )
            )
        if referrer.commercial_partner_id == partner:
            raise ValidationError(
                self.env._(
                    "%(referrer)s belongs to %(partner)s and so cannot have "
                    "recommended you to it: choose another contact as who recommended "
                    "you, or none.",
                    **names,
                )
            )
        raise ValidationError(
            self.env._(
                "%(referrer)s cannot have recommended you to %(partner)s: %(referrer)s "
                "itself came to you, directly or through others, by a recommendation "
                "of %(partner)s. Correct who recommended you to one of them.",
                **names,
            )
        )

    def _find_referral_loop(self):
        """Return a customer of these that comes to itself, and who recommended it.

        From company to company: each goes on to the one to which the contact that
        recommended it belongs. Only ways through these contacts may have closed.
        """
        self.env["res.partner"].flush_model(
            ["referred_by_id", "commercial_partner_id", "parent_id"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE way(start, partner_id) AS (
                    SELECT partner.commercial_partner_id,
                           referrer.commercial_partner_id
                      FROM res_partner contact
                      JOIN res_partner partner
                        ON partner.id = contact.commercial_partner_id
                      JOIN res_partner referrer
                        ON referrer.id = partner.referred_by_id
                     WHERE contact.id = ANY(%s)
                     UNION
                    SELECT way.start, referrer.commercial_partner_id
                      FROM way
                      JOIN res_partner partner ON partner.id = way.partner_id
                      JOIN res_partner referrer
                        ON referrer.id = partner.referred_by_id
                     WHERE way.partner_id != way.start
                )
                SELECT partner.id, partner.referred_by_id
                  FROM way JOIN res_partner partner ON partner.id = way.start
                 WHERE way.partner_id = way.start
                 ORDER BY partner.id LIMIT 1
                """,
                self.ids,
            )
        )
        return self.browse(rows[0] if rows else [])

    def _cut_referrals_among(self, target):
        """Take off who recommended these, where that leads back to one of them.

        To be called before they become one contact, the target, whose company would
        come to itself. The other companies that they are contacts of stay apart.
        """
        # sudo: whoever merges contacts, none of whom may then have recommended itself
        partners = self.sudo() | target.sudo().commercial_partner_id
        self.env["res.partner"].flush_model(["referred_by_id", "commercial_partner_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE referral AS NOT MATERIALIZED (
                    SELECT partner.id AS partner_id,
                           CASE WHEN referrer.id = ANY(%(ids)s) THEN referrer.id
                                ELSE referrer.commercial_partner_id
                           END AS referrer_id
                      FROM res_partner partner
                      JOIN res_partner referrer
                        ON referrer.id = partner.referred_by_id
                ),
                way(start, partner_id) AS (
                    SELECT partner_id, referrer_id
                      FROM referral
                     WHERE partner_id = ANY(%(ids)s)
                     UNION
                    SELECT way.start, referral.referrer_id
                      FROM way JOIN referral ON referral.partner_id = way.partner_id
                     WHERE way.partner_id != ALL(%(ids)s)
                )
                SELECT DISTINCT start FROM way WHERE partner_id = ANY(%(ids)s)
                """,
                ids=partners.ids,
            )
        )
        for partner in partners.browse(partner_id for [partner_id] in rows):
            partner._message_log(
                body=self.env._(
                    "%(referrer)s is no longer noted as who recommended you to "
                    "%(partner)s: of the contacts that were merged, one had "
                    "recommended you to the other.",
                    referrer=partner.referred_by_id.display_name,
                    partner=partner.display_name,
                )
            )
            partner.referred_by_id = False

    @api.model_create_multi
    def create(self, vals_list):
        today = fields.Date.context_today(self)
        return super().create(
            [
                {"referred_date": today} | vals if vals.get("referred_by_id") else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if "referred_by_id" not in vals or "referred_date" in vals:
            return super().write(vals)
        referrer_id = vals["referred_by_id"] or False
        changing = self.filtered(
            lambda partner: partner.referred_by_id.id != referrer_id
        )
        result = super().write(vals)
        changing.write(
            {"referred_date": referrer_id and fields.Date.context_today(self)}
        )
        return result
