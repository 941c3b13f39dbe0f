from odoo import api, fields, models
from odoo.tools import SQL

from .customer_voiced import COUNTS, Score


class CustomerGroupHistory(models.Model):
    """What a group was in a month: its members and what they came to, parts included.

    The refresh writes the current month again and again; months that are over stay.
    """

    _name = "customer.group.history"
    _description = "Customer Group by Month"
    _inherit = ["customer.one.currency"]
    _order = "month desc, group_id"
    _rec_name = "month"
    _log_access = False

    group_id = fields.Many2one(
        comodel_name="customer.group",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(required=True, readonly=True)
    account_count = fields.Integer(string="Accounts", readonly=True)
    revenue = fields.Monetary(
        readonly=True, help="Of the profit window as it stood in the month."
    )
    profit = fields.Monetary(
        readonly=True, help="Of the profit window as it stood in the month."
    )
    lifetime_value = fields.Monetary(readonly=True)
    losses = fields.Monetary(
        readonly=True, help="What the loss-making members lose, above 0."
    )
    promoter_count = fields.Integer(string="Promoters", readonly=True)
    passive_count = fields.Integer(string="Passives", readonly=True)
    detractor_count = fields.Integer(string="Detractors", readonly=True)
    nps_score = Score(
        string="Net Promoter Score",
        readonly=True,
        # as on accounts
        aggregator=None,
        help="Of the answers that counted in the month; empty if there were none.",
    )
    nps_answer_count = fields.Integer(string="Answers", compute="_compute_nps_label")
    nps_label = fields.Char(
        string="Net Promoter Score in Words", compute="_compute_nps_label"
    )

    _group_company_month_unique = models.UniqueIndex("(group_id, company_id, month)")

    @api.depends_context("lang")
    @api.depends(*COUNTS)
    def _compute_nps_label(self):
        counts = [tuple(month[name] for name in COUNTS) for month in self]
        told = self.env["customer.voiced"]._tell_nps(counts)
        for month, words in zip(self, told, strict=True):
            month.nps_answer_count = words["nps_answer_count"]
            month.nps_label = words["nps_label"]

    @api.model
    def _keep(self, company):
        """Write what the groups of a company are in the current month.

        A group that has become empty is told as such while it is in use.
        """
        self.env["customer.account"].flush_model()
        self.env["customer.group"].flush_model(["active", "company_id", "parent_id"])
        self.env.cr.execute(
            SQL(
                """
                WITH RECURSIVE part(group_id, part_id) AS (
                    SELECT id, id FROM customer_group
                     WHERE company_id IS NULL OR company_id = ANY(%(companies)s)
                     UNION
                    SELECT part.group_id, child.id
                      FROM part
                      JOIN customer_group child ON child.parent_id = part.part_id
                ), own AS (
                    SELECT group_id,
                           COUNT(*) AS account_count,
                           COALESCE(SUM(revenue), 0) AS revenue,
                           COALESCE(SUM(profit), 0) AS profit,
                           COALESCE(SUM(lifetime_value), 0) AS lifetime_value,
                           COALESCE(-SUM(profit) FILTER (WHERE profit < 0), 0)
                           AS losses,
                           SUM(promoter_count) AS promoter_count,
                           SUM(passive_count) AS passive_count,
                           SUM(detractor_count) AS detractor_count
                      FROM customer_account
                     WHERE company_id = %(company)s
                       AND group_id IS NOT NULL
                       AND active
                     GROUP BY group_id
                )
                INSERT INTO customer_group_history (
                    group_id, company_id, month, %(names)s
                )
                SELECT part.group_id, %(company)s, %(month)s, %(sums)s
                  FROM part
                  JOIN customer_group "group" ON "group".id = part.group_id
                  LEFT JOIN own ON own.group_id = part.part_id
                 GROUP BY part.group_id, "group".active
                HAVING COUNT(own.group_id) > 0
                    OR "group".active AND EXISTS (
                        SELECT FROM customer_group_history history
                         WHERE history.group_id = part.group_id
                           AND history.company_id = %(company)s
                       )
                    ON CONFLICT (group_id, company_id, month) DO UPDATE
                   SET (%(names)s) = ROW(%(excluded)s)
                """,
                companies=company.parent_ids.ids,
                company=company.id,
                month=fields.Date.context_today(self).replace(day=1),
                **self._get_columns(),
            )
        )
        self.invalidate_model()

    @api.model
    def _get_columns(self):
        """Return the figures as the pieces of the statement that keeps them."""
        names = ("account_count", "revenue", "profit", "lifetime_value", "losses")
        sums = {
            name: SQL("SUM(own.%s)", SQL.identifier(name)) for name in (*names, *COUNTS)
        }
        promoters, passives, detractors = (
            SQL("COALESCE(%s, 0)", sums[name]) for name in COUNTS
        )
        figures = {name: SQL("COALESCE(%s, 0)", total) for name, total in sums.items()}
        # nobody's score is unknown, not 0
        figures["nps_score"] = SQL(
            "100.0 * (%(promoters)s - %(detractors)s)"
            " / NULLIF(%(promoters)s + %(passives)s + %(detractors)s, 0)",
            promoters=promoters,
            passives=passives,
            detractors=detractors,
        )
        columns = [SQL.identifier(name) for name in figures]
        return {
            "names": SQL(", ").join(columns),
            "sums": SQL(", ").join(figures.values()),
            "excluded": SQL(", ").join(SQL("excluded.%s", c) for c in columns),
        }
