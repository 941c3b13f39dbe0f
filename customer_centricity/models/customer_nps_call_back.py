from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import NO_ACCESS

USER = "customer_centricity.group_user"
# After so long nobody expects to be called
CALL_BACK_DAYS = 30


class CustomerNpsResponse(models.Model):
    """Detractors are called back: by the manager of the account, once an answer."""

    _inherit = "customer.nps.response"

    # for nobody to read or write: an activity is for those who may see its record
    is_passed_on = fields.Boolean(
        readonly=True,
        copy=False,
        groups=NO_ACCESS,
        help="Somebody has been asked to call back.",
    )
    call_back_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        copy=False,
        groups=NO_ACCESS,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model_create_multi
    def create(self, vals_list):
        responses = super().create(vals_list)
        responses._ask_to_call_back()
        return responses

    def write(self, vals):
        result = super().write(vals)
        if "score" in vals:
            self._call_off()
            self._ask_to_call_back()
        if not {"score", "topic_id"}.isdisjoint(vals):
            self._tell_call_back()
        return result

    def _call_off(self):
        """Drop the calls that are yet to be made to who turned out to be content."""
        # sudo: as when they were planned
        content = self.sudo().filtered(
            lambda one: one.kind != "detractor" and one.call_back_id.active
        )
        content.call_back_id.unlink()
        # who turns out to be unhappy after all is called
        content.is_passed_on = False

    def _ask_to_call_back(self):
        """Ask for a call to the detractors whom nobody has been asked to call yet."""
        limit = fields.Date.context_today(self) - timedelta(days=CALL_BACK_DAYS)
        # sudo: who answers, or hears the answer, need not be allowed to plan the work
        # of the account's manager
        waiting = self.sudo().filtered(
            lambda one: (
                one.kind == "detractor" and not one.is_passed_on and one.date >= limit
            )
        )
        if not waiting:
            return
        # sudo: as above. Of one answer its manager is told by e-mail; of many at once,
        # as of an import, the list of activities tells
        activities = (
            self.env["mail.activity"]
            .sudo()
            .with_context(mail_activity_quick_update=len(waiting) > 1)
        )
        activities = activities.create(
            [response._prepare_call_back_vals() for response in waiting]
        )
        for response, activity in zip(waiting, activities, strict=True):
            response.write({"is_passed_on": True, "call_back_id": activity.id})

    def _prepare_call_back_vals(self):
        self.ensure_one()
        user = self._get_call_back_user()
        # the account is for those only who use the addon
        is_told = self.account_id and (not user or user.has_group(USER))
        target = self.account_id if is_told else self.partner_id
        lang = user.lang or self.env.lang
        return {
            "activity_type_id": self.env["ir.model.data"]._xmlid_to_res_id(
                "mail.mail_activity_data_call"
            ),
            "summary": self.with_context(lang=lang).env._("Call back"),
            "note": self.with_context(lang=lang)._get_call_back_note(),
            "automated": True,
            "date_deadline": fields.Date.context_today(self),
            "res_model_id": self.env["ir.model"]._get_id(target._name),
            "res_id": target.id,
            "user_id": user.id,
        }

    def _get_call_back_user(self):
        """Return who looks after the contact; nobody if nobody does."""
        self.ensure_one()
        partner = self.partner_id
        people = (
            self.account_id.user_id,
            partner.user_id,
            partner.commercial_partner_id.user_id,
            self.user_id,
        )
        return next(
            (
                user
                for user in people
                if user.active and self.company_id in user.company_ids
            ),
            self.env["res.users"],
        )

    def _get_call_back_note(self):
        """Return who is to be called and why, with a link to the answer.

        What the contact said is on the answer alone: what is written into an activity
        outlives the answer in the chatter.
        """
        self.ensure_one()
        told = self.env._(
            "%(contact)s answered %(score)s of 10 when asked for a recommendation.",
            contact=self.partner_id.display_name,
            score=self.score,
        )
        note = Markup("<p>%s</p>") % self._get_html_link(title=told)
        if self.topic_id:
            note += Markup("<p>%s</p>") % self.topic_id.name
        return note

    def _tell_call_back(self):
        """Add what the answer is about to the calls that are yet to be made."""
        # sudo: as when it was planned
        for response in self.sudo().filtered("call_back_id.active"):
            lang = response.call_back_id.user_id.lang or self.env.lang
            response.call_back_id.note = response.with_context(
                lang=lang
            )._get_call_back_note()
