from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

# Names of those left out that are told for each reason; all are counted
LISTED = 20


class CustomerNpsInvite(models.TransientModel):
    """Ask contacts how likely they are to recommend the company."""

    _name = "customer.nps.invite"
    _description = "Invite Contacts to Answer"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    # companies, of which contacts are asked, and contacts that were chosen themselves
    partner_ids = fields.Many2many(
        comodel_name="res.partner", string="Contacts", readonly=True
    )
    whom = fields.Selection(
        selection=[("main", "Main contact only"), ("all", "All contacts")],
        string="Whom to Ask",
        required=True,
        default="main",
        help="The main contact is the company's own address; without one, its first "
        "contact with an e-mail address.",
    )
    template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Letter",
        required=True,
        domain="[('model', '=', 'customer.nps.invitation')]",
        default=lambda self: self.env[
            "customer.nps.invitation"
        ]._get_default_template(),
    )
    asked_count = fields.Integer(string="Will Be Asked", compute="_compute_preview")
    left_out_count = fields.Integer(string="Left Out", compute="_compute_preview")
    left_out = fields.Text(string="Left Out and Why", compute="_compute_preview")

    @api.depends("partner_ids", "whom", "company_id")
    def _compute_preview(self):
        for wizard in self:
            asked, left_out = wizard._sort_out()
            wizard.asked_count = len(asked)
            wizard.left_out_count = sum(map(len, left_out.values()))
            wizard.left_out = "\n".join(
                wizard._describe_left_out(reason, partners)
                for reason, partners in left_out.items()
            )

    @api.constrains("template_id")
    def _check_template(self):
        self.env["customer.nps.invitation"]._refuse_other_letters(self.template_id)

    @api.model
    def _open(self, partners):
        """Return the action that asks whom of the contacts to invite."""
        self.check_access("create")
        if not partners:
            raise UserError(self.env._("There is nobody to ask: choose customers."))
        wizard = self.create({"partner_ids": [fields.Command.set(partners.ids)]})
        return {
            **wizard._get_records_action(target="new"),
            "name": self.env._("Ask for Feedback"),
        }

    def action_send(self):
        """Invite those who are to be asked; the letters go out by the mail queue."""
        self.ensure_one()
        self.check_access("write")
        asked, _left_out = self._sort_out()
        if not asked:
            raise UserError(
                self.env._(
                    "None of these contacts can be asked now: %s", self.left_out or ""
                )
            )
        self.env.ref(
            "customer_centricity.ir_cron_send_invitations"
        ).sudo()._trigger_or_refuse()
        # sudo: nobody may make up an invitation; whoever may use this assistant makes
        # those that it found to be right
        self.env["customer.nps.invitation"].sudo().create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company_id.id,
                    "user_id": self.env.uid,
                    "template_id": self.template_id.id,
                }
                for partner in asked
            ]
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%s invitations are on their way. Voice > Invitations tells who "
                    "has answered.",
                    len(asked),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------
    # Who is asked
    # ------------------------------------------------------------------

    def _sort_out(self):
        """Return who is asked, and {reason: contacts} who is left out."""
        self.ensure_one()
        candidates = self._get_candidates()
        hindered = self.env["customer.nps.invitation"]._find_hindered(
            candidates, self.company_id
        )
        recent = self._get_recently_asked(candidates)
        reasons = ("company", "opted_out", "no_email", "blacklisted", "recent", "twice")
        left_out = {reason: [] for reason in reasons}
        asked, addresses = [], set()
        for partner in candidates:
            email = partner.email_normalized
            if reason := hindered.get(partner.id):
                left_out[reason].append(partner.id)
            elif partner.id in recent:
                left_out["recent"].append(partner.id)
            elif email in addresses:
                left_out["twice"].append(partner.id)
            else:
                addresses.add(email)
                asked.append(partner.id)
        told = {
            reason: candidates.browse(ids) for reason, ids in left_out.items() if ids
        }
        return candidates.browse(asked), told

    def _get_candidates(self):
        """Return whom to ask of the chosen companies and contacts, each once."""
        chosen = self.partner_ids._origin
        companies = chosen.filtered(lambda one: one == one.commercial_partner_id)
        contacts = chosen.search(
            [
                ("commercial_partner_id", "in", companies.ids),
                ("type", "=", "contact"),
                ("email_normalized", "!=", False),
            ],
            order="id",
        ).grouped("commercial_partner_id")
        found = (chosen - companies).ids
        for company in companies:
            people = contacts.get(company, company)
            if self.whom == "main":
                people = company if company in people else people[:1]
            found += people.ids
        return chosen.browse(dict.fromkeys(found))

    def _get_recently_asked(self, partners):
        """Return the ids of contacts who were asked, or answered, not long ago."""
        # sudo: a setting, which whoever invites has to keep to
        pause = timedelta(days=self.company_id.sudo().customer_nps_pause_days)
        since = fields.Date.context_today(self) - pause
        company = ("company_id", "=", self.company_id.id)
        asked = self.env["customer.nps.invitation"]._read_group(
            [
                company,
                ("partner_id", "in", partners.ids),
                ("failure", "=", False),
                "|",
                ("sent_date", "=", False),
                ("sent_date", ">", since),
            ],
            ["partner_id"],
        )
        answered = self.env["customer.nps.response"]._read_group(
            [company, ("partner_id", "in", partners.ids), ("date", ">", since)],
            ["partner_id"],
        )
        return {partner.id for (partner,) in asked + answered}

    def _describe_left_out(self, reason, partners):
        """Return why contacts are not asked, and who they are, in a line."""
        told = {
            "company": self.env._("of another company"),
            "opted_out": self.env._("opted out of profiling"),
            "no_email": self.env._("without an e-mail address"),
            "blacklisted": self.env._("blacklisted"),
            "recent": self.env._(
                "asked, or answered, in the last %s days",
                self.company_id.sudo().customer_nps_pause_days,  # sudo: as above
            ),
            "twice": self.env._("with the address of another contact"),
        }
        names = "; ".join(partners[:LISTED].mapped("display_name"))
        if more := len(partners) - LISTED:
            if more > 0:
                names = self.env._(
                    "%(names)s and %(more)s more", names=names, more=more
                )
        return self.env._(
            "%(count)s %(reason)s: %(names)s",
            count=len(partners),
            reason=told[reason],
            names=names,
        )
