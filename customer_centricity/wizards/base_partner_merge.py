from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge the accounts of the contacts before core repoints its foreign keys.

        Core would delete the source's account, and all its months, where both contacts
        have one in the same company.
        """
        self._merge_customer_accounts(src_partners, dst_partner)
        (src_partners | dst_partner)._cut_referrals_among(dst_partner)
        src_partners._pass_on_opt_out(dst_partner)
        # Documents move by SQL, which leaves no date of change: from the companies of
        # the contacts that go to that of the contact that stays
        self.env["customer.account.change"]._note_in_all_companies(
            src_partners | dst_partner
        )
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._move_nps_responses(dst_partner)
        return result

    def _move_nps_responses(self, partner):
        """Let answers belong to the account of the contact that they now are of."""
        # sudo: as the accounts, in every company
        responses = self.env["customer.nps.response"].sudo()
        responses.invalidate_model(["partner_id"])
        responses = responses.search([("partner_id", "=", partner.id)])
        self.env.add_to_compute(responses._fields["account_id"], responses)

    def _merge_customer_accounts(self, src_partners, dst_partner):
        # sudo: merging contacts moves their documents in every company, whoever does it
        accounts = (
            self.env["customer.account"]
            .sudo()
            .with_context(active_test=False)
            .search([("partner_id", "in", src_partners.ids)])
        )
        # sudo: what was decided can be undone on the contact that stays
        self.env["customer.decision.effect"].sudo()._move(src_partners, dst_partner)
        for company_accounts in accounts.grouped("company_id").values():
            company_accounts._move_to_partner(dst_partner.commercial_partner_id)
        if accounts:
            # value bands and tiers compare all accounts: the refresh sees to them
            self.env.ref(
                "customer_centricity.ir_cron_refresh_accounts"
            ).sudo()._trigger()
