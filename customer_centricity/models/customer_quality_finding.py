from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, formatLang
from odoo.tools.date_utils import add, subtract

# How much of a finding's worth may be wrong. An estimated cost is near the true one
# most of the time, and what is sold without a product is mostly work or a fee, which
# has no product cost; of the rest nothing is known.
WEIGHTS = {"estimated_cost": 0.2, "no_product_lines": 0.2}


class CustomerQualityFinding(models.Model):
    """Something missing in a company's data, what it is worth, and what to mend.

    Rows are made at the end of a refresh, for the profit window, from the same
    documents as the figures. What is gone by the next refresh goes from here as well.
    """

    _name = "customer.quality.finding"
    _inherit = "customer.quality.source"
    _description = "Data Quality Finding"
    _order = "doubt_rate desc, share_rate desc, id"
    _rec_name = "code"

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    code = fields.Selection(
        selection=[
            ("no_customer_revenue", "Revenue without a customer"),
            ("no_customer_hours", "Hours without a customer"),
            ("no_customer_costs", "Project costs without a customer"),
            ("no_cost_goods", "Goods without a cost"),
            ("estimated_cost", "Product costs that are estimates"),
            ("no_product_lines", "Invoice lines without a product"),
            ("no_cost_hours", "Employees without an hourly cost"),
            ("no_entity", "Contacts without a commercial entity"),
        ],
        string="Finding",
        required=True,
        readonly=True,
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)

    count = fields.Integer(readonly=True, help="How many records there are to mend.")
    count_label = fields.Char(string="Records", compute="_compute_texts")
    amount = fields.Monetary(
        string="Worth",
        readonly=True,
        help="The revenue or the cost that is missing, unsure or nobody's.",
    )
    hours = fields.Float(readonly=True, digits=(16, 2))
    share_rate = fields.Float(
        string="Share",
        readonly=True,
        digits=(16, 4),
        aggregator=None,
        help="What it is worth as a share of the company's revenue and costs.",
    )
    doubt_rate = fields.Float(
        string="In Doubt",
        readonly=True,
        digits=(16, 4),
        aggregator=None,
        help="The share that may be wrong: of an estimate only a part. The grade "
        "rests on the sum.",
    )
    severity = fields.Selection(
        selection=[("low", "Minor"), ("medium", "Notable"), ("high", "Serious")],
        readonly=True,
    )
    explanation = fields.Text(compute="_compute_texts", string="What Is Missing")
    remedy = fields.Text(compute="_compute_texts", string="What to Do")

    _company_code_unique = models.Constraint(
        "UNIQUE(company_id, code)", "A company has each finding once."
    )

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    @api.depends("code", "count", "hours")
    @api.depends_context("lang")
    def _compute_texts(self):
        texts = self._get_texts()
        labels = self._get_count_labels()
        for finding in self:
            finding.explanation, finding.remedy = texts[finding.code]
            finding.count_label = labels[finding.code] % {
                "count": formatLang(self.env, finding.count, digits=0),
                "hours": formatLang(self.env, finding.hours, digits=0),
            }

    @api.model
    def _get_count_labels(self):
        """Return how many there are, in words, by code; meant to be extended."""
        lines = self.env._("Journal items: %(count)s")
        products = self.env._("Products: %(count)s")
        return {
            "no_customer_revenue": lines,
            "no_customer_hours": self.env._("Hours: %(hours)s"),
            "no_customer_costs": self.env._("Analytic items: %(count)s"),
            "no_cost_goods": products,
            "estimated_cost": products,
            "no_product_lines": lines,
            "no_cost_hours": self.env._("Employees: %(count)s; hours: %(hours)s"),
            "no_entity": self.env._("Contacts: %(count)s"),
        }

    @api.model
    def _get_texts(self):
        """Return what is wrong and what to do about it, by code; to be extended."""
        return {
            "no_customer_revenue": (
                self.env._(
                    "These lines of invoices, credit notes or receipts name no "
                    "customer. They are in the ledger's revenue and in no account's."
                ),
                self.env._("Give each document its customer."),
            ),
            "no_customer_hours": (
                self.env._(
                    "Nobody can tell whom these hours were worked for: neither the "
                    "entry nor its task nor its project has a customer. Their cost is "
                    "in no account's figures."
                ),
                self.env._(
                    "Set the customer of the project or the task. Give internal "
                    "projects your own company as customer: their hours are then not "
                    "counted as missing."
                ),
            ),
            "no_customer_costs": (
                self.env._(
                    "Costs were booked on the analytic account of a project that has "
                    "no customer, or that projects of several customers share."
                ),
                self.env._(
                    "Set the customer of the project, or give each project an "
                    "analytic account of its own."
                ),
            ),
            "no_cost_goods": (
                self.env._(
                    "These goods were sold, but nobody has entered what they cost: "
                    "all their revenue counts as profit."
                ),
                self.env._("Enter the cost of the products."),
            ),
            "estimated_cost": (
                self.env._(
                    "No cost was kept when these products were sold: what was sold is "
                    "costed by what the product costs, an estimate."
                ),
                self.env._(
                    "Check the cost of the products. Documents posted from now on "
                    "keep the cost of their day."
                ),
            ),
            "no_product_lines": (
                self.env._(
                    "These invoice lines were written by hand, without a product: "
                    "there is no product cost to set against their revenue."
                ),
                self.env._(
                    "Choose a product where something was sold that costs something. "
                    "Work that is in the timesheets needs none."
                ),
            ),
            "no_cost_hours": (
                self.env._(
                    "Hours of these employees cost nothing, as they had no hourly "
                    "cost when the hours were entered. The worth is told at the "
                    "company's mean hourly cost."
                ),
                self.env._(
                    "Enter their hourly cost. It holds for hours entered from then "
                    "on; older entries take it when their duration is saved again."
                ),
            ),
            "no_entity": (
                self.env._(
                    "These contacts belong to no commercial entity, as an import "
                    "may leave them: their documents belong to no account."
                ),
                self.env._("Open each contact, choose its company or none, and save."),
            ),
        }

    # ------------------------------------------------------------------
    # Update
    # ------------------------------------------------------------------

    @api.model
    def _update(self, company, start, end):
        """Make the company's findings those of start to before end, and grade it.

        Writes only what differs, and removes what is no longer missing.
        """
        from ..engine import quality  # numpy only when needed

        # sudo: documents of all departments are looked through, as for the figures;
        # what is found is stored under rights of its own
        findings, company = self.sudo(), company.sudo()
        measures = {
            code: measure
            for code, measure in findings._get_measures(company, start, end).items()
            if measure["count"]
        }
        total = findings._get_money(company, start, end, measures)
        shares = quality.shares(
            [float(measure["amount"]) for measure in measures.values()], total
        )
        weights = [WEIGHTS.get(code, 1.0) for code in measures]
        found = {
            code: {
                "date_from": start,
                "date_to": subtract(end, days=1),
                "count": measure["count"],
                "amount": company.currency_id.round(float(measure["amount"])),
                "hours": round(float(measure["hours"]), 2),
                "share_rate": round(share, 4),
                "doubt_rate": round(share * weight, 4),
                "severity": severity,
            }
            for (code, measure), share, weight, severity in zip(
                measures.items(),
                shares.tolist(),
                weights,
                quality.severities(shares, weights),
                strict=True,
            )
        }
        findings._write_found(company, found)
        doubt = quality.doubt(shares, weights)
        vals = {
            # where no money moved there is nothing to judge
            "customer_quality_grade": quality.grade(doubt) if total else False,
            "customer_quality_doubt_rate": round(doubt, 4),
        }
        company.write(
            {name: value for name, value in vals.items() if company[name] != value}
        )

    @api.model
    def _write_found(self, company, found):
        """Create, write and remove findings so that they are the given ones."""
        existing = self.search([("company_id", "=", company.id)]).grouped("code")
        for code, finding in existing.items():
            if code not in found:
                finding.unlink()
                continue
            changed = {
                name: value
                for name, value in found[code].items()
                if finding[name] != value
            }
            if changed:
                finding.write(changed)
        self.create(
            [
                {"company_id": company.id, "code": code, **vals}
                for code, vals in found.items()
                if code not in existing
            ]
        )

    @api.model
    def _get_money(self, company, start, end, measures):
        """Return the company's revenue and costs of the period, found or missing."""
        [[total]] = self.env.execute_query(
            SQL(
                # the costs are what is between revenue and profit
                """
                SELECT COALESCE(SUM(fact.revenue + (fact.revenue - fact.profit)), 0)
                  FROM customer_profit_month fact
                  JOIN customer_account account ON account.id = fact.account_id
                 WHERE account.company_id = %s
                   AND fact.month >= %s AND fact.month < %s
                """,
                company.id,
                start,
                end,
            )
        )
        # what is nobody's is no part of the facts
        missing = sum(
            abs(measure["amount"])
            for code, measure in measures.items()
            if code.startswith("no_customer") or code == "no_entity"
        )
        return float(abs(total) + missing)

    # ------------------------------------------------------------------
    # The grade
    # ------------------------------------------------------------------

    @api.model
    @api.readonly
    def get_grades(self):
        """Return the grade of each company the user has chosen, with its reason."""
        self.check_access("read")
        return [
            {
                "company": company.name,
                "grade": (company.sudo().customer_quality_grade or "").upper(),
                "title": self._get_grade_title(company),
                "reason": self._get_grade_reason(company),
            }
            for company in self.env.companies
        ]

    @api.model
    def _get_grade_title(self, company):
        # sudo: the grade is kept on the company for its administrators; whoever may
        # read the findings may read it as well
        return {
            "a": self.env._("The figures are reliable"),
            "b": self.env._("The figures are good, with small gaps"),
            "c": self.env._("The figures have gaps"),
            "d": self.env._("The figures cannot be relied on yet"),
            False: self.env._("Nothing to grade yet"),
        }[company.sudo().customer_quality_grade]

    @api.model
    def _get_grade_reason(self, company):
        """Return in words why the company's figures have their grade."""
        # sudo: as above; findings of this company only
        company = company.sudo()
        if not company.customer_quality_grade:
            return self.env._(
                "The grade comes with the first refresh that finds revenue or costs."
            )
        start, end = self.env["customer.account"]._get_window(company)
        period = {
            "start": format_date(self.env, start, date_format="MMMM y"),
            "end": format_date(self.env, subtract(end, days=1), date_format="MMMM y"),
        }
        worst = self.sudo().search([("company_id", "=", company.id)], limit=1)
        if not worst.doubt_rate:
            return self.env._(
                "From %(start)s to %(end)s, nothing that weighs is missing.", **period
            )
        labels = dict(self._fields["code"]._description_selection(self.env))
        return self.env._(
            "%(doubt)s%% of the revenue and costs of %(start)s to %(end)s is in doubt. "
            "What weighs most: %(worst)s.",
            doubt=formatLang(
                self.env, company.customer_quality_doubt_rate * 100, digits=1
            ),
            worst=labels[worst.code],
            **period,
        )

    # ------------------------------------------------------------------
    # What to mend
    # ------------------------------------------------------------------

    @api.readonly
    def action_open(self):
        """Open the records to mend, with the user's own rights on them."""
        self.ensure_one()
        self.check_access("read")
        model, domain = self._get_records()
        records = self.env[model]
        if not records.has_access("read"):
            raise AccessError(
                self.env._(
                    "You need rights on “%(model)s” to open what is to be mended. Ask "
                    "an administrator, or whoever looks after these records.",
                    # sudo: the name of a model is no secret
                    model=self.env["ir.model"].sudo()._get(model).name,
                )
            )
        action = {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["code"]._description_selection(self.env))[
                self.code
            ],
            "res_model": model,
            "view_mode": "list,form",
            "domain": list(domain),
            "context": {"create": False, "active_test": False},
        }
        if self.code == "no_customer_hours":
            view = self.env.ref("hr_timesheet.hr_timesheet_line_tree")
            action |= {"view_mode": "list", "views": [(view.id, "list")]}
        return action

    def _get_records(self):
        """Return model and domain of the records to mend; meant to be extended."""
        # sudo: which records there are to mend is looked up as for the figures; they
        # are opened with the user's own rights
        source = self.env["customer.quality.source"].sudo()
        source.env.flush_all()
        period = (self.company_id, self.date_from, add(self.date_to, days=1))
        if self.code in ("no_cost_goods", "estimated_cost"):
            ids = source._get_product_ids(*period, self.code)
            return "product.product", Domain("id", "in", ids)
        if self.code == "no_cost_hours":
            ids = source._get_costless_employee_ids(*period)
            return "hr.employee", Domain("id", "in", ids)
        if self.code == "no_entity":
            ids = source._get_stray_ids(self.company_id)
            return "res.partner", Domain("id", "in", ids)
        if self.code == "no_customer_hours":
            return "account.analytic.line", source._get_nobodys_hours_domain(*period)
        if self.code == "no_customer_costs":
            return "account.analytic.line", source._get_project_costs_domain(*period)
        lines = source._get_sale_domain(*period)
        if self.code == "no_customer_revenue":
            return "account.move.line", lines & Domain("partner_id", "=", False)
        strays = source._get_stray_ids(self.company_id)
        return "account.move.line", lines & Domain("product_id", "=", False) & Domain(
            "partner_id", "not in", [False, *strays]
        )
