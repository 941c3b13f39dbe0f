from odoo import api, models


class CustomerAccount(models.Model):
    """What people who work on a document of the customer have to know of its service.

    In words and without a figure: salespeople and whoever does the work read them.
    """

    _inherit = "customer.account"

    @api.model
    def _get_accounts_of(self, partners, company):
        """Return the account in a company of each contact that has one.

        A document that is never saved can be said to be of any company: of those in
        which the user does not work, nothing is told.

        :return: {contact: account of its commercial entity}
        """
        user = self.env.user
        if not user._is_superuser() and company.id not in user._get_company_ids():
            return {}
        accounts = (
            self.with_context(active_test=False)
            .search(
                [
                    ("partner_id", "in", partners.commercial_partner_id.ids),
                    ("company_id", "=", company.id),
                ]
            )
            .grouped("partner_id")
        )
        return {
            partner: accounts[partner.commercial_partner_id]
            for partner in partners
            if partner.commercial_partner_id in accounts
        }

    def _get_service_warnings(self):
        """Return what to know before working for the account, as a list of sentences.

        Of no account there is nothing to know.
        """
        level = self.service_level_id
        is_served = not level or level.kind == "served"
        if level.warning:
            warnings = [level.warning]
        elif is_served:
            warnings = []
        else:
            warnings = [getattr(self, f"_get_warning_{level.kind}")()]
        if is_served and self.hours_status == "over":
            warnings.append(self._get_warning_over())
        return warnings

    def _get_warning_subcontracted(self):
        level = self.service_level_id
        if not level.subcontractor_id:
            return self.env._(
                "%(customer)s is served by another company (service level "
                "“%(level)s”): ask the account manager before you promise anything.",
                customer=self.display_name,
                level=level.name,
            )
        return self.env._(
            "%(customer)s is served by %(subcontractor)s (service level “%(level)s”): "
            "pass on to them what there is to do.",
            customer=self.display_name,
            subcontractor=level.subcontractor_id.display_name,
            level=level.name,
        )

    def _get_warning_ended(self):
        return self.env._(
            "We no longer work for %(customer)s (service level “%(level)s”): ask the "
            "account manager before you promise anything.",
            customer=self.display_name,
            level=self.service_level_id.name,
        )

    def _get_warning_over(self):
        return self.env._(
            "The hours that service level “%(level)s” includes this month are used up "
            "for %(customer)s: agree on what more cost before you spend them.",
            customer=self.display_name,
            level=self.service_level_id.name,
        )
