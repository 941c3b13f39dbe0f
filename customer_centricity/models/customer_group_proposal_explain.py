from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_date
from odoo.tools.misc import format_amount, formatLang


class CustomerGroupProposal(models.Model):
    """Telling how groups were found, how far to rely on them, and how they differ."""

    _inherit = "customer.group.proposal"

    @api.model
    def _get_dimension_names(self):
        """Return what each dimension is called."""
        return {
            "recency": self.env._("Days since the last order"),
            "frequency": self.env._("Orders"),
            "spend": self.env._("Revenue"),
            "margin": self.env._("Profit rate"),
            "breadth": self.env._("Different products"),
            "hours_per_order": self.env._("Hours per order"),
            "regularity": self.env._("Irregularity of orders"),
            "payment_delay": self.env._("Days of late payment"),
            "serving_share": self.env._("Cost of serving in revenue"),
        }

    @api.depends("trials", "count", "date", "account_count")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for proposal in self:
            proposal.explanation = bool(proposal.trials) and proposal._explain()

    def _explain(self):
        """Return what was compared, what came out, and how good it is."""
        names = self._get_dimension_names()
        unknown = [name for code, name in names.items() if code not in self.dimensions]
        texts = [
            self.env._(
                "%(accounts)s accounts with %(orders)s orders or more were compared, "
                "as of %(day)s, by: %(dimensions)s. Money and counts are compared by "
                "their order of size; dimensions that say the same share their weight.",
                accounts=self._format_number(self.account_count),
                orders=self.minimum_orders,
                day=format_date(self.env, self.date),
                dimensions=self._enumerate(names[code] for code in self.dimensions),
            )
        ]
        if unknown:
            texts.append(
                self.env._(
                    "Left out, as the accounts do not differ in it: %s.",
                    self._enumerate(unknown),
                )
            )
        texts.append(self._get_verdict_text())
        if self.count != self.suggested_count:
            texts.append(
                self.env._(
                    "You asked for %(count)s groups; the data suggests %(suggested)s.",
                    count=self.count,
                    suggested=self.suggested_count,
                )
            )
        paragraphs = Markup().join(Markup("<p>%s</p>") % text for text in texts)
        return paragraphs + self._get_trials_table()

    @api.model
    def _enumerate(self, names):
        return ", ".join(name[:1].lower() + name[1:] for name in names)

    def _get_verdict_text(self):
        texts = {
            "clear": self.env._(
                "%s groups are clear: they lie apart, and other accounts would show "
                "the same ones.",
                self.count,
            ),
            "gradual": self.env._(
                "%s groups are gradual: other accounts would be cut about the same, "
                "but there is no gap between them. Accounts near a border could as "
                "well be in the next group.",
                self.count,
            ),
            "unstable": self.env._(
                "%s groups are unstable: other accounts of the same kind would be cut "
                "otherwise. Take them as a first look, not as a fact.",
                self.count,
            ),
        }
        return texts[self.verdict]

    def _get_trials_table(self):
        """Return a table of how good each number of groups would be."""
        head = (
            self.env._("Groups"),
            self.env._("Found again"),
            self.env._("Apart"),
            self.env._("Smallest group"),
        )
        rows = [
            (
                trial["count"] == self.count,
                (
                    str(trial["count"]),
                    self._format_share(max(trial["stability"], 0)),
                    self._format_number(trial["separation"], 2),
                    self._format_share(trial["smallest"], 1),
                ),
            )
            for trial in self.trials
        ]
        return self._get_table(head, rows) + self._get_note(
            self.env._(
                "Found again: how far two halves of the accounts, each grouped by "
                "itself, agree about who belongs together; from 80% on a number is "
                "stable. Apart: 1 where accounts are far from the next group, 0 where "
                "they shade into it. Of the stable numbers the largest is suggested "
                "that is about as good as the best."
            )
        )

    @api.model
    def _get_note(self, text):
        return Markup('<p class="text-muted small">%s</p>') % text

    @api.depends("line_ids.name", "line_ids.sequence", "trials", "dimensions")
    @api.depends_context("lang")
    def _compute_comparison(self):
        for proposal in self:
            lines = proposal.line_ids.sorted("sequence")
            proposal.comparison = bool(lines) and proposal._compare(lines)

    def _compare(self, lines):
        """Return a table of the middle account of each group, by dimension."""
        names = self._get_dimension_names()
        rows = []
        for code in self.dimensions or []:
            cells = [
                self._get_cell(code, line.typical or {}, line.words or [])
                for line in lines
            ]
            rows.append((False, (names[code], *cells)))
        head = (self.env._("Middle account"), *(line.name or "" for line in lines))
        return self._get_table(head, rows) + self._get_note(
            self.env._(
                "Half of a group's accounts are above these figures, half below. Bold: "
                "what sets the group apart."
            )
        )

    def _get_cell(self, dimension, typical, words):
        if dimension not in typical:
            return "–"
        text = self._format_figure(dimension, typical[dimension])
        if any(word[0] == dimension for word in words):
            return Markup("<b>%s</b>") % text
        return text

    def _format_figure(self, dimension, figure):
        """Return a dimension's figure as people read it."""
        if dimension == "spend":
            return format_amount(
                self.env, round(figure), self.currency_id, trailing_zeroes=False
            )
        if dimension in ("margin", "serving_share"):
            return self._format_share(figure)
        if dimension in ("hours_per_order", "regularity"):
            return self._format_number(figure, 2)
        return self._format_number(figure)

    @api.model
    def _format_number(self, figure, digits=0):
        """Return a number as the reader's language writes it."""
        # no minus before a zero
        return formatLang(self.env, round(figure, digits) or 0.0, digits=digits)

    @api.model
    def _format_share(self, share, digits=0):
        return f"{self._format_number(100 * share, digits)}%"

    @api.model
    def _get_table(self, head, rows):
        """Return a table; the first column is text, a marked row stands out."""
        figure = Markup('<td class="text-end">%s</td>')
        title = Markup('<th class="text-end">%s</th>')
        lines = [
            Markup('<tr class="%s"><th>%s</th>%s</tr>')
            % (
                "table-primary" if is_marked else "",
                cells[0],
                Markup().join(figure % cell for cell in cells[1:]),
            )
            for is_marked, cells in rows
        ]
        return Markup(
            '<div class="table-responsive"><table class="table table-sm w-auto">'
            "<thead><tr><th>%s</th>%s</tr></thead><tbody>%s</tbody></table></div>"
        ) % (
            head[0],
            Markup().join(title % cell for cell in head[1:]),
            Markup().join(lines),
        )
