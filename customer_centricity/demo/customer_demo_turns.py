from datetime import datetime, time, timedelta

from odoo import api, models

# Of how many accounts that stand here (kind, value) the last days tell that they stood
# there before
TURNS = (
    ("result", "loss", "profit", 2),
    ("result", "profit", "even", 1),
    ("lifecycle_stage", "at_risk", "steady", 2),
    ("lifecycle_stage", "lost", "at_risk", 1),
    ("lifecycle_stage", "growing", "steady", 2),
    ("voice", "detractor", "passive", 1),
    ("voice", "promoter", "passive", 1),
)
DAYS = 6  # the last ones: a week is looked at
AT_NIGHT = time(2, 10)


class CustomerDemo(models.AbstractModel):
    """Has accounts turn in the last days, and on those of the runs that moved them."""

    _inherit = "customer.demo"

    @api.model
    def _load_turns(self, company, today):
        """Make turns to what accounts are today; each account turns once.

        Data that is loaded at once has no yesterday: what accounts were is made up.
        """
        turns = self.env["customer.account.turn"]
        turned = self.env["customer.account"]
        for kind, value, before, count in TURNS:
            accounts = turned.search(
                [
                    ("company_id", "=", company.id),
                    ("profiling_opt_out", "=", False),
                    (kind, "=", value),
                    ("id", "not in", turned.ids),
                ],
                order="id",
                limit=count,
            )
            for account in accounts:
                turned |= account
                day = today - timedelta(days=1 + len(turned) % DAYS)
                turns.create(
                    {
                        **turns._prepare_vals(account, kind, before, account[kind]),
                        "date": datetime.combine(day, AT_NIGHT),
                    }
                )

    @api.model
    def _date_turns(self, run, known):
        """Put what a run has moved on the day after it, as if it had been applied then.

        :param run: that has just been applied
        :param known: the turns that were there before
        """
        turns = self._get_turns(run.company_id) - known
        turns.date = datetime.combine(run.date + timedelta(days=1), AT_NIGHT)

    @api.model
    def _get_turns(self, company):
        return self.env["customer.account.turn"].search(
            [("company_id", "=", company.id)]
        )
