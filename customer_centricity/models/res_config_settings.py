from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    customer_window_months = fields.Integer(
        related="company_id.customer_window_months", readonly=False
    )
    customer_value_method = fields.Selection(
        related="company_id.customer_value_method", readonly=False, required=True
    )
    customer_value_months = fields.Integer(
        related="company_id.customer_value_months", readonly=False
    )
    customer_discount_rate = fields.Float(
        related="company_id.customer_discount_rate", readonly=False
    )
    customer_minimum_months = fields.Integer(
        related="company_id.customer_minimum_months", readonly=False
    )
    customer_acquisition_months = fields.Integer(
        related="company_id.customer_acquisition_months", readonly=False
    )
    customer_even_rate = fields.Float(
        related="company_id.customer_even_rate", readonly=False
    )
    customer_lost_months = fields.Integer(
        related="company_id.customer_lost_months", readonly=False
    )
    customer_growing_rate = fields.Float(
        related="company_id.customer_growing_rate", readonly=False
    )
    customer_tier_band = fields.Float(
        related="company_id.customer_tier_band", readonly=False
    )
    customer_run_interval = fields.Selection(
        related="company_id.customer_run_interval", readonly=False, required=True
    )
    customer_run_auto_apply = fields.Boolean(
        related="company_id.customer_run_auto_apply", readonly=False
    )
    customer_decision_minimum_months = fields.Integer(
        related="company_id.customer_decision_minimum_months", readonly=False
    )
    customer_decision_spare_new = fields.Boolean(
        related="company_id.customer_decision_spare_new", readonly=False
    )
    customer_decision_periods = fields.Integer(
        related="company_id.customer_decision_periods", readonly=False
    )
    customer_decision_period_months = fields.Integer(
        related="company_id.customer_decision_period_months", readonly=False
    )
    customer_decision_pause_months = fields.Integer(
        related="company_id.customer_decision_pause_months", readonly=False
    )
    customer_decision_proposal_limit = fields.Integer(
        related="company_id.customer_decision_proposal_limit", readonly=False
    )
    customer_decision_estimated_limit = fields.Float(
        related="company_id.customer_decision_estimated_limit", readonly=False
    )
    customer_decision_automatic_limit = fields.Integer(
        related="company_id.customer_decision_automatic_limit", readonly=False
    )
    customer_decision_manager_amount = fields.Monetary(
        related="company_id.customer_decision_manager_amount", readonly=False
    )
    customer_decision_review_months = fields.Selection(
        related="company_id.customer_decision_review_months",
        readonly=False,
        required=True,
    )
    customer_onboarding_shown = fields.Boolean(
        string="Show the First Steps",
        compute="_compute_customer_onboarding_shown",
        inverse="_inverse_customer_onboarding_shown",
        groups="customer_centricity.group_administrator",
    )
    customer_locked_until = fields.Date(related="company_id.customer_locked_until")
    customer_refresh_start = fields.Datetime(
        related="company_id.customer_refresh_start"
    )
    customer_refresh_date = fields.Datetime(related="company_id.customer_refresh_date")
    customer_refresh_error = fields.Char(related="company_id.customer_refresh_error")
    customer_quality_grade = fields.Selection(
        related="company_id.customer_quality_grade"
    )
    customer_quality_reason = fields.Char(
        compute="_compute_customer_quality_reason",
        groups="customer_centricity.group_administrator",
    )
    customer_refresh_remaining = fields.Integer(
        compute="_compute_customer_refresh",
        groups="customer_centricity.group_administrator",
    )
    customer_refresh_active = fields.Boolean(
        compute="_compute_customer_refresh",
        groups="customer_centricity.group_administrator",
    )

    # Kept as the exception, so that companies begin with the steps; a switch reads
    # better as what it shows
    @api.depends("company_id.customer_onboarding_hidden")
    def _compute_customer_onboarding_shown(self):
        for settings in self:
            company = settings.company_id
            settings.customer_onboarding_shown = not company.customer_onboarding_hidden

    def _inverse_customer_onboarding_shown(self):
        for settings in self:
            company = settings.company_id
            company.customer_onboarding_hidden = not settings.customer_onboarding_shown

    @api.depends("company_id")
    def _compute_customer_refresh(self):
        cron = self.env.ref(
            "customer_centricity.ir_cron_refresh_accounts", raise_if_not_found=False
        )
        for settings in self:
            settings.customer_refresh_remaining = self.env[
                "customer.account"
            ]._get_refresh_remaining(settings.company_id)
            # sudo: scheduled actions are readable by settings administrators only, and
            # whether this one runs at all concerns whoever relies on the figures
            settings.customer_refresh_active = bool(cron and cron.sudo().active)

    @api.depends("company_id")
    def _compute_customer_quality_reason(self):
        findings = self.env["customer.quality.finding"]
        for settings in self:
            settings.customer_quality_reason = findings._get_grade_reason(
                settings.company_id
            )

    def action_customer_refresh(self):
        return self.env["customer.account"].action_refresh()
