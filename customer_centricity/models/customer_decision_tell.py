from odoo import fields, models
from odoo.tools import clean_context, plaintext2html

from .customer_decision import ACTIVITY, MANAGER
from .res_company import USER


class CustomerDecision(models.Model):
    """Telling what is done, and asking the owners of cases to do something."""

    _inherit = "customer.decision"

    def _for_people(self):
        """Return the cases as they go on: in the name and language of who does it.

        Nobody gets a mail for each case.
        """
        context = {
            **clean_context(self.env.context),
            "lang": self.env.context.get("lang") or self.env.user.lang,
            "mail_activity_quick_update": True,
            "mail_auto_subscribe_no_notify": True,
            "mail_notify_force_send": False,
            "tracking_disable": False,
            "active_test": False,
        }
        # sudo: states, effects and activities are written by going on alone, which
        # checks what the user may do
        env = self.env(su=True, context=context)
        # with a prefetch of their own, which holds when the cache is emptied
        return env[self._name].browse(self.ids)

    def _tell(self, texts):
        """Tell the chatter of cases and their accounts what is done: {case: text}.

        No amounts, as salespeople read it.
        """
        self._message_log_batch(
            bodies={decision.id: text for decision, text in texts.items()}
        )
        self.account_id._message_log_batch(
            bodies={decision.account_id.id: text for decision, text in texts.items()}
        )

    def _ask(self, xmlid, texts):
        """Give the owners something to do, or administrators where they may not do it.

        To decide is for account managers, to carry out what was decided is not.

        :param texts: {case: (summary, note)}
        """
        group = MANAGER if xmlid == ACTIVITY else USER
        activity_type = self.env.ref(xmlid, raise_if_not_found=False)
        if not activity_type:
            return
        deadline = fields.Date.add(
            fields.Date.context_today(self), days=activity_type.delay_count
        )
        model_id = self.env["ir.model"]._get_id(self._name)
        # an activity asks for the name of each case: have them all at once
        self.mapped("display_name")
        self.env["mail.activity"].create(
            [
                {
                    "activity_type_id": activity_type.id,
                    "automated": True,
                    "res_model_id": model_id,
                    "res_id": decision.id,
                    "user_id": user.id,
                    "date_deadline": deadline,
                    "summary": summary,
                    "note": plaintext2html(note) if note else False,
                }
                for decision, (summary, note) in texts.items()
                if (user := decision._get_whom_to_ask(group))
            ]
        )

    def _get_whom_to_ask(self, group):
        """Return the owner, or an administrator when the owner may not do it."""
        self.ensure_one()
        return self.company_id._get_whom_to_ask(self.user_id, group)[:1]

    def _let_follow(self):
        """Have those follow the cases who manage the accounts but may not decide."""
        for user, decisions in self.grouped(lambda one: one.account_id.user_id).items():
            following = decisions.filtered(
                lambda one, user=user: (
                    one.user_id != user
                    and user in one.company_id._get_whom_to_ask(user)
                )
            )
            if following:
                following.message_subscribe(user.partner_id.ids)

    def _drop_activities(self, *xmlids):
        """Remove what the cases gave people to do and is still open."""
        types = self.env["mail.activity.type"]
        for xmlid in xmlids:
            types += self.env.ref(xmlid, raise_if_not_found=False) or types.browse()
        self.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("activity_type_id", "in", types.ids),
                ("automated", "=", True),
            ]
        ).unlink()
