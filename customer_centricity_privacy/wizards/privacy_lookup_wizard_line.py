from odoo import api, models


class PrivacyLookupWizardLine(models.TransientModel):
    """Deleting a line of this app's erases what it stands for.

    Of an account the amounts stay, so that totals go on agreeing with the books.
    """

    _inherit = "privacy.lookup.wizard.line"

    @api.model
    def _get_customer_models(self):
        return {
            field.model_name
            for field in self.env["customer.privacy"]._get_listed_fields()
        }

    def action_unlink(self):
        self.ensure_one()
        if self.is_unlinked or self.res_model not in self._get_customer_models():
            return super().action_unlink()
        # the rights are those of the lookup, which is for system administrators
        self.check_access("write")
        # sudo: as the lookup deletes what it lists, in whatever company
        record = self.env[self.res_model].sudo().browse(self.res_id)
        self.env["customer.privacy"]._erase(record)
        values = {"model": self.res_model_id.name, "id": self.res_id}
        self.execution_details = (
            self.env._("Erased, but for its amounts: %(model)s #%(id)s", **values)
            if self.res_model == "customer.account"
            else self.env._("Erased: %(model)s #%(id)s", **values)
        )
        self.is_unlinked = True
        return None
