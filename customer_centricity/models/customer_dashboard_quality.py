from odoo import api, models
from odoo.fields import Domain
from odoo.tools import formatLang

# The findings that weigh most
MOST_FINDINGS = 4


class CustomerDashboard(models.AbstractModel):
    """How far the figures of the company can be relied on, whoever is looked at."""

    _inherit = "customer.dashboard"

    @api.model
    def _get_sections(self):
        return {**super()._get_sections(), "quality": True}

    @api.model
    def _get_targets(self):
        return {**super()._get_targets(), "finding": (1, True), "findings": (0, True)}

    @api.model
    def _section_quality(self, scope):
        if scope.run:
            return self._get_quality_of_run(scope.run)
        findings = self.env["customer.quality.finding"]
        [told] = findings.with_context(
            allowed_company_ids=scope.company.ids
        ).get_grades()
        labels = self._get_selection("customer.quality.finding", "code")
        worst = findings.search(self._get_findings_domain(scope), limit=MOST_FINDINGS)
        return {
            "grade": told["grade"] or None,
            "title": told["title"],
            "reason": told["reason"],
            "findings": [
                {
                    "name": labels[finding.code],
                    "count_label": finding.count_label,
                    "amount": finding.amount,
                    "open": ["finding", finding.code],
                }
                for finding in worst
            ],
            "finding_count": findings.search_count(self._get_findings_domain(scope)),
            "open": ["findings"],
            "note": self.env._("Of the whole company.") if scope.filters else None,
        }

    @api.model
    def _get_quality_of_run(self, run):
        """Return the grade that the figures had; what was missing is not kept."""
        labels = self._get_selection("customer.ltv.run", "quality_grade")
        return {
            "grade": labels.get(run.quality_grade),
            "title": self.env._("As it was when the run was computed"),
            "reason": self.env._(
                "%(doubt)s%% of revenue and costs were in doubt.",
                doubt=formatLang(self.env, 100 * run.quality_doubt_rate, digits=1),
            ),
            "findings": [],
            "finding_count": 0,
            "open": ["findings"],
            "note": self.env._(
                "Of the whole company. What was missing is told as of today."
            ),
        }

    @api.model
    def _get_findings_domain(self, scope):
        return Domain("company_id", "=", scope.company.id)

    # ------------------------------------------------------------------
    # What opens it
    # ------------------------------------------------------------------

    @api.model
    def _target_finding(self, scope, code):
        """Open the records to mend."""
        self._check_choice(
            code, self._get_selection("customer.quality.finding", "code")
        )
        finding = self.env["customer.quality.finding"].search(
            self._get_findings_domain(scope) & Domain("code", "=", code)
        )
        if not finding:
            self._refuse()
        return finding.action_open()

    @api.model
    def _target_findings(self, scope):
        return self._open_records(
            "customer_centricity.customer_quality_finding_action",
            self.env._("Data Quality"),
            self._get_findings_domain(scope),
        )
