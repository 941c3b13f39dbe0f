from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import is_html_empty


class CustomerPlayStep(models.Model):
    """A step that opens an opportunity with the customer.

    It has no expected revenue: what a customer is worth is not for everybody who works
    with opportunities.
    """

    _inherit = "customer.play.step"

    kind = fields.Selection(
        selection_add=[("opportunity", "Opportunity")],
        # what is to be done stays to be done
        ondelete={"opportunity": "set default"},
    )

    def _start_opportunity(self, account):
        step = self.with_company(account.company_id)
        step._open_opportunities(
            [(step, account, step._get_starter(account), step._get_start_deadline())]
        )

    @api.model
    def _open_opportunities(self, wanted):
        """Open opportunities; those that a step has opened, and are open yet, stay.

        :param wanted: list of (step, account, salesperson, date)
        :return: the opportunities, in this order
        """
        steps = self.union(*(step for step, *_rest in wanted))
        accounts = self.env["customer.account"].union(
            *(account for _step, account, *_rest in wanted)
        )
        accounts._lock_starts()
        found = self._find_opportunities(steps, accounts)
        reasons = {
            play: accounts._get_opportunity_reasons(play.behaviour)
            for play in steps.play_id
            if play.behaviour
        }
        missing = [one for one in wanted if one[:2] not in found]
        leads = self.env["crm.lead"].create(
            [
                step._prepare_opportunity_vals(
                    account,
                    self._get_seller(user, account.company_id),
                    day,
                    reasons.get(step.play_id, {}).get(account),
                )
                for step, account, user, day in missing
            ]
        )
        found.update(zip((one[:2] for one in missing), leads, strict=True))
        # as wanted: what was found and what was created are in no order
        return leads.browse().union(*(found[one[:2]] for one in wanted))

    @api.model
    def _find_opportunities(self, steps, accounts):
        """Return the open opportunities of steps with accounts: {(step, account): one}.

        They may be with a contact of the customer by now.
        """
        by_owner = {
            (account.partner_id, account.company_id): account for account in accounts
        }
        leads = self.env["crm.lead"].search(
            [
                ("customer_play_step_id", "in", steps.ids),
                ("partner_id.commercial_partner_id", "in", accounts.partner_id.ids),
                ("company_id", "in", accounts.company_id.ids),
                ("won_status", "=", "pending"),
            ]
        )
        found = {}
        for lead in leads:
            owner = (lead.partner_id.commercial_partner_id, lead.company_id)
            if owner in by_owner:
                found[lead.customer_play_step_id, by_owner[owner]] = lead
        return found

    @api.model
    def _get_seller(self, user, company):
        """Return who sells for a company: the user, else who started it, else nobody.

        Whoever is of another company may not be the salesperson of an opportunity.
        """
        users = (user | self.env.user).filtered(lambda one: company in one.company_ids)
        return users[:1]

    def _prepare_opportunity_vals(self, account, user, day, reason):
        self.ensure_one()
        partner = account.partner_id
        description = Markup() if is_html_empty(self.note) else self.note
        if reason:
            description = Markup("<p>%s</p>%s") % (reason, description)
        return {
            "type": "opportunity",
            "name": f"{partner.display_name}: {self.summary}",
            "partner_id": partner.id,
            "company_id": account.company_id.id,
            "user_id": user.id,
            "date_deadline": day,
            "description": description,
            "customer_play_step_id": self.id,
        }
