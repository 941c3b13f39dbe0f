from odoo import api, models


class CustomerIntentStart(models.TransientModel):
    _inherit = "customer.intent.start"

    @api.model
    def _describe(self, play, count):
        text = super()._describe(play, count)
        steps = play.step_ids.grouped("kind").get("opportunity", ())
        if not steps:
            return text
        opportunities = self.env._("%s opportunities", count * len(steps))
        if len(steps) == len(play.step_ids):
            return opportunities
        return self.env._(
            "%(others)s, and %(opportunities)s",
            others=text,
            opportunities=opportunities,
        )
