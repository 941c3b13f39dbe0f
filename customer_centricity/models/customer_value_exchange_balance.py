from odoo import api, fields, models

MANAGER = "customer_centricity.group_manager"

# How many lines the explanation of a balance names
NAMED = 2


def _of_lines(*names):
    return [f"{side}_line_ids.{name}" for side in ("give", "get") for name in names]


class CustomerValueExchange(models.Model):
    """The two sides of an exchange weighed against each other, and why it is so."""

    _inherit = "customer.value.exchange"

    # Not computed as superuser: a form that is never saved can name any lines.
    give_score = fields.Float(
        string="We Give",
        compute="_compute_balance",
        store=True,
        compute_sudo=False,
        digits=(4, 2),
        aggregator="avg",
        groups=MANAGER,
        help="Weighted mean of the points of what you give, 0 to 10.",
    )
    get_score = fields.Float(
        string="We Get",
        compute="_compute_balance",
        store=True,
        compute_sudo=False,
        digits=(4, 2),
        aggregator="avg",
        groups=MANAGER,
        help="Weighted mean of the points of what you get, 0 to 10.",
    )
    balance = fields.Float(
        compute="_compute_balance",
        store=True,
        compute_sudo=False,
        digits=(4, 2),
        aggregator="avg",
        groups=MANAGER,
        help="Points of what you get less points of what you give.",
    )
    verdict = fields.Selection(
        selection=[
            ("unknown", "Not weighed yet"),
            ("gives_more", "We give more"),
            ("balanced", "Balanced"),
            ("gets_more", "We get more"),
        ],
        string="Balance in Words",
        compute="_compute_balance",
        store=True,
        compute_sudo=False,
        index=True,
        help="Balanced: the two sides differ by no more than one point of ten.",
    )
    give_cost = fields.Monetary(
        string="Cost of What We Give",
        compute="_compute_give_cost",
        store=True,
        compute_sudo=False,
        groups=MANAGER,
    )
    explanation = fields.Text(
        string="Why",
        compute="_compute_explanation",
        groups=MANAGER,
        help="How the balance came about, and what weighs most in it.",
    )
    figures_date = fields.Date(
        string="Figures As Of", compute="_compute_figures_date", groups=MANAGER
    )

    # the two lists and not all lines: a form edits these
    @api.depends(*_of_lines("direction", "score", "has_score", "weight"))
    def _compute_balance(self):
        from ..engine import exchange as engine  # numpy only when needed

        # each exchange has two parts: what we give, and what we get
        parts = {
            (exchange, direction): 2 * index + offset
            for index, exchange in enumerate(self)
            for offset, direction in enumerate(("give", "get"))
        }
        rows = [
            (line.score, line.weight, parts[exchange, line.direction])
            for exchange in self
            for line in exchange._get_lines()
            # a weight that a form will be refused for does not count
            if line.has_score and line.weight >= 0
        ]
        means = engine.weighted_means(
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
            len(parts),
        )
        give, get = means[::2], means[1::2]
        verdicts = engine.verdicts(give, get)
        for exchange, given, got, verdict in zip(
            self, give.tolist(), get.tolist(), verdicts, strict=True
        ):
            # a side without points is told by the word, not by a number
            exchange.give_score = 0.0 if given != given else given
            exchange.get_score = 0.0 if got != got else got
            known = verdict != "unknown"
            exchange.balance = got - given if known else 0.0
            exchange.verdict = verdict

    @api.model
    def _get_verdict_selection(self):
        return self._fields["verdict"]._description_selection(self.env)

    @api.depends("give_line_ids.cost")
    def _compute_give_cost(self):
        for exchange in self:
            exchange.give_cost = sum(exchange.give_line_ids.mapped("cost"))

    @api.depends("state", "date_end", "company_id")
    def _compute_figures_date(self):
        for exchange in self:
            # sudo: when figures were taken is no figure
            refreshed = exchange.company_id.sudo().customer_refresh_date
            exchange.figures_date = (
                exchange.date_end
                if exchange.state == "replaced"
                else refreshed and fields.Datetime.context_timestamp(self, refreshed)
            )

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    @api.depends("balance", "verdict", *_of_lines("score", "has_score", "name"))
    def _compute_explanation(self):
        for exchange in self:
            exchange.explanation = "\n".join(exchange._get_explanation())

    def _get_explanation(self):
        """Return the sentences that tell how the balance came about."""
        self.ensure_one()
        give = self._get_weighed_lines("give")
        get = self._get_weighed_lines("get")
        sentences = []
        if self.verdict == "unknown":
            sentences.append(
                self.env._(
                    "The two sides cannot be weighed yet: each needs a line with "
                    "points and a weight."
                )
            )
        else:
            sentences.append(self._get_sentence_of_sides(give, get))
            sentences += self._get_sentences_of_lines(give, get)
        missing = self._get_lines() - give - get
        if missing:
            sentences.append(
                self.env._(
                    "Not weighed: %s.", ", ".join(line.name or "" for line in missing)
                )
            )
        return sentences

    def _get_weighed_lines(self, direction):
        return self[f"{direction}_line_ids"].filtered(
            lambda line: line.has_score and line.weight > 0
        )

    def _get_lines(self):
        return self.give_line_ids | self.get_line_ids

    def _get_sentence_of_sides(self, give, get):
        texts = {
            "gives_more": self.env._(
                "We give more than we get: %(give)s of 10 points against %(get)s, by "
                "%(given)s and %(got)s lines."
            ),
            "gets_more": self.env._(
                "We get more than we give: %(get)s of 10 points against %(give)s, by "
                "%(got)s and %(given)s lines."
            ),
            "balanced": self.env._(
                "What we give, %(give)s of 10 points by %(given)s lines, and what we "
                "get, %(get)s by %(got)s, are within one point of each other."
            ),
        }
        return texts[self.verdict] % {
            "give": self._format_points(self.give_score),
            "get": self._format_points(self.get_score),
            "given": len(give),
            "got": len(get),
        }

    def _get_sentences_of_lines(self, give, get):
        """Name the lines that move each side most from the other."""
        lifting, lowering = get._get_pulling(self.give_score)
        weighing, _easing = give._get_pulling(self.get_score)
        texts = (
            (weighing, self.env._("We give most with %s.")),
            (lifting, self.env._("What we get is lifted by %s.")),
            (lowering, self.env._("What we get is lowered by %s.")),
        )
        return [
            text % ", ".join(line._get_name_with_points() for line in lines[:NAMED])
            for lines, text in texts
            if lines
        ]

    @api.model
    def _format_points(self, points):
        return self.env["customer.metric"]._format_number(points)

    # ------------------------------------------------------------------
    # The refresh of accounts
    # ------------------------------------------------------------------

    @api.model
    def _measure_all(self, company):
        """Measure the company's exchanges that are not history; tell what turned.

        The number of queries does not depend on how many there are.
        """
        exchanges = self.search(
            [("company_id", "=", company.id), ("state", "in", ("draft", "in_force"))]
        )
        in_force = exchanges.filtered(lambda exchange: exchange.state == "in_force")
        before = {exchange: exchange.verdict for exchange in in_force}
        exchanges.line_ids._measure_again()
        turned = in_force.filtered(
            lambda exchange: before[exchange] != exchange.verdict
        )
        turned._tell_turns(before)

    def _tell_turns(self, before):
        """Tell the chatter in words, which everybody may read, that balances turned."""
        for lang, exchanges in self.grouped(
            lambda exchange: exchange.user_id.lang or self.env.lang
        ).items():
            exchanges = exchanges.with_context(lang=lang)
            words = dict(exchanges._get_verdict_selection())
            exchanges._message_log_batch(
                bodies={
                    exchange.id: exchanges.env._(
                        "The balance has turned: “%(old)s” has become “%(new)s”.",
                        old=words[before[exchange] or "unknown"],
                        new=words[exchange.verdict],
                    )
                    for exchange in exchanges
                }
            )
