from odoo import api, models

ADDON = "customer_centricity_crm"
# The plays as installed that sell something, and what their opportunity is called
SELLING = {
    "play_grow": "Larger order, or a better version of what they buy",
    "play_category": "Another product category",
}
# By when it should have been won
CLOSED_AFTER_DAYS = 60


class CustomerPlay(models.Model):
    _inherit = "customer.play"

    @api.model
    def _add_opportunities(self):
        """Have the plays for up-sell and cross-sell open an opportunity, too.

        Those that are as they were installed: a play that somebody has changed does
        what it was changed to do.
        """
        for name, summary in SELLING.items():
            play = self.env.ref(f"customer_centricity.{name}", raise_if_not_found=False)
            if play and play._is_as_installed():
                self.env["customer.play.step"]._load_records(
                    [
                        {
                            "xml_id": f"{ADDON}.{name}_opportunity",
                            "noupdate": True,
                            "values": {
                                "play_id": play.id,
                                "summary": summary,
                                "kind": "opportunity",
                                "delay_days": CLOSED_AFTER_DAYS,
                            },
                        }
                    ]
                )

    def _is_as_installed(self):
        """Return whether nobody has changed the play or its steps, or added some."""
        self.ensure_one()
        records = [self, *self.step_ids]
        names = self.step_ids.get_external_id()
        return all(
            record.create_date == record.write_date for record in records
        ) and all(name.startswith("customer_centricity.") for name in names.values())
