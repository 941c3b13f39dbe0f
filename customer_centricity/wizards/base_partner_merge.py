from odoo import models

from ..models.customer_nps_send import WAITING


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge the accounts of the contacts before core repoints its foreign keys.

        Core would delete the source's account, and all its months, where both contacts
        have one in the same company.
        """
        self._merge_customer_accounts(src_partners, dst_partner)
        src_partners._cut_referrals_among(dst_partner)
        src_partners._pass_on_opt_out(dst_partner)
        # Documents move by SQL, which leaves no date of change: from the companies of
        # the contacts that go to that of the contact that stays
        self.env["customer.account.change"]._note_in_all_companies(
            src_partners | dst_partner
        )
        # sudo: as the accounts, in every company
        responses = self.env["customer.nps.response"].sudo()
        responses = responses.search([("partner_id", "in", src_partners.ids)])
        self._keep_one_waiting_invitation(src_partners | dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # Let answers belong to the account of the contact that they now are of
        responses.invalidate_model(["partner_id"])
        self.env.add_to_compute(responses._fields["account_id"], responses)
        return result

    def _keep_one_waiting_invitation(self, partners):
        """Drop letters that wait for the same contact: of two, core deletes all."""
        # sudo: as the accounts, in every company
        invitations = self.env["customer.nps.invitation"].sudo()
        waiting = invitations.search(
            [*WAITING, ("partner_id", "in", partners.ids)], order="id"
        )
        for of_company in waiting.grouped("company_id").values():
            of_company[1:].unlink()

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
