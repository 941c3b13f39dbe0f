from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import formatLang

from ..models.customer_preset_application import PRESETS
from ..models.presets import to_key, to_text


class CustomerPreset(models.TransientModel):
    """Set up a company as its kind of business begins, change by change.

    Every value that would change is a line, with what it is and what it becomes. Lines
    of values that people have set are there too, and not chosen. What is shown is what
    is done: when a value has changed since, nothing is.
    """

    _name = "customer.preset"
    _description = "Set Up a Kind of Business"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    preset = fields.Selection(
        selection=PRESETS,
        string="Kind of Business",
        required=True,
        default=lambda self: self._default_preset(),
    )
    description = fields.Text(compute="_compute_description", string="What It Is For")
    hourly_cost = fields.Monetary(
        string="Cost of an Hour",
        default=lambda self: self._default_hourly_cost(),
        help="Serving costs are minutes of work at this cost: those of writing an "
        "invoice, for instance. Empty: no serving costs are set.",
    )
    is_shared = fields.Boolean(compute="_compute_is_shared")
    line_ids = fields.One2many(
        comodel_name="customer.preset.line",
        inverse_name="preset_id",
        string="Changes",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    applied_count = fields.Integer(compute="_compute_applied_count")

    _hourly_cost_finite = models.Constraint(
        "CHECK(hourly_cost >= 0 AND hourly_cost < 1e9)",
        "The cost of an hour must be an amount of 0 or more.",
    )

    @api.model
    def _default_preset(self):
        last = self.env["customer.preset.application"]._get_last(self.env.company)
        return last.preset if last else "services"

    @api.model
    def _default_hourly_cost(self):
        """Return what an hour costs in the company: the mean of its employees.

        Of one employee, that is what this one costs: nobody is told who may not read
        it from the employee.
        """
        employees = self.env["hr.employee"]
        cost = employees._fields["hourly_cost"]
        if not employees.has_access("read") or not employees._has_field_access(
            cost, "read"
        ):
            return 0
        [[mean]] = employees._read_group(
            [("company_id", "=", self.env.company.id), ("hourly_cost", ">", 0)],
            [],
            ["hourly_cost:avg"],
        )
        return self.env.company.currency_id.round(mean or 0)

    @api.depends("preset")
    def _compute_description(self):
        texts = self._get_descriptions()
        for wizard in self:
            wizard.description = texts.get(wizard.preset, "")

    @api.model
    def _get_descriptions(self):
        return {
            "services": self.env._(
                "Consultants, agencies, engineers, IT: few customers, projects with "
                "pauses in between, and time is what you sell."
            ),
            "distribution": self.env._(
                "Wholesale and trade: many customers and order lines, thin margins, "
                "orders every week or month."
            ),
            "hospitality": self.env._(
                "Hotels, restaurants and venues that sell to companies and agencies: "
                "seasons, and customers who come back once a year."
            ),
            "keep": self.env._(
                "Nothing changes. Choose this when your tiers, service levels and "
                "settings are as you want them."
            ),
            "installed": self.env._(
                "Back to what the app came with. Serving costs that a preset has set "
                "are archived."
            ),
        }

    @api.depends("company_id")
    def _compute_is_shared(self):
        # sudo: whether there are other companies, no matter whose
        count = self.env["res.company"].sudo().search_count([], limit=2)
        self.is_shared = count > 1

    @api.depends("company_id")
    def _compute_applied_count(self):
        applications = self.env["customer.preset.application"]
        for wizard in self:
            wizard.applied_count = applications.search_count(
                [("company_id", "=", wizard.company_id.id)]
            )

    @api.depends("preset", "hourly_cost", "company_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *map(Command.create, wizard._prepare_lines()),
            ]

    def _prepare_lines(self):
        """Return what each line says, in the order of the presets."""
        return [
            {
                "key": to_text(change.key),
                "area": change.key[0],
                "name": change.name,
                "old_text": change.old_text,
                "new_text": change.new_text,
                "note": self.env._("set by hand") if change.is_own else False,
                "is_chosen": not change.is_own,
            }
            for change in self._get_changes()
        ]

    def _get_changes(self):
        self._check_own_company()
        values = self.env["customer.preset.value"]
        return values._get_changes(
            self.company_id, self.preset, max(self.hourly_cost or 0, 0)
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_apply(self):
        """Make the chosen changes, note them, and have the figures follow."""
        self.ensure_one()
        self.env.user._check_customer_administrator()
        chosen = self._get_chosen()
        applications = self.env["customer.preset.application"].sudo()
        last = applications._get_last(self.company_id)
        left = applications._get_left_values(self.company_id)
        texts = []
        for change in chosen:
            left[to_text(change.key)] = change.apply()
            texts.append(change.to_text())
        if chosen or last.preset != self.preset:
            # sudo: written here alone, so that it tells what was done; whoever may
            # apply a preset may have it noted
            applications.create(
                {
                    "company_id": self.company_id.id,
                    "preset": self.preset,
                    "user_id": self.env.uid,
                    "date": fields.Datetime.now(),
                    "change_count": len(chosen),
                    "changes": "\n".join(texts),
                    "left_values": left,
                }
            )
        return self._tell(chosen)

    def _check_own_company(self):
        if self.company_id not in self.env.companies:
            raise AccessError(
                self.env._(
                    "%s is not among the companies you have chosen.",
                    self.company_id.display_name,
                )
            )

    def _get_chosen(self):
        """Return the chosen changes, which are those that were shown."""
        changes = {to_text(change.key): change for change in self._get_changes()}
        chosen = []
        for line in self.line_ids.filtered("is_chosen"):
            change = changes.get(line.key)
            shown = (line.old_text, line.new_text)
            if not to_key(line.key or "") or (
                change and (change.old_text, change.new_text) != shown
            ):
                raise UserError(
                    self.env._(
                        "%s has been changed meanwhile. Close this window and open it "
                        "again to see what would change now.",
                        line.name or line.key or "-",
                    )
                )
            if change:
                chosen.append(change)
        return chosen

    def _tell(self, chosen):
        message = self.env._("Nothing had to be changed.")
        if chosen:
            message = self.env._(
                "Values changed: %s. The figures follow with the next refresh.",
                formatLang(self.env, len(chosen), digits=0),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_open_applied(self):
        """Open what was applied in the company before."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity.customer_preset_application_action"
        )
        return {**action, "domain": [("company_id", "=", self.company_id.id)]}
