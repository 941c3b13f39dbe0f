from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

# From which score on an answer is that of a promoter, or of a passive: those of
# F. Reichheld, "The One Number You Need to Grow", Harvard Business Review, 12/2003.
PROMOTER = 9
PASSIVE = 7
# What people say of an answer; all else follows from it, or is for programs to know
TYPED = {
    "partner_id",
    "company_id",
    "date",
    "score",
    "score_choice",
    "topic_id",
    "comment",
}


class CustomerNpsResponse(models.Model):
    """How likely a contact is to recommend the company, from 0 to 10."""

    _name = "customer.nps.response"
    _description = "Answer on Recommendation"
    _order = "date desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["partner_id", "comment"]

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
        help="Who answered.",
    )
    account_id = fields.Many2one(
        comodel_name="customer.account",
        compute="_compute_account_id",
        store=True,
        precompute=True,
        index=True,
        ondelete="set null",
        help="The account of the company that the contact was of when it answered; "
        "empty while it has none.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="The company that the contact was asked about.",
    )
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="Day on which the contact answered.",
    )
    score = fields.Integer(
        required=True,
        aggregator="avg",
        help="How likely the contact is to recommend you: 0 not at all, 10 certainly.",
    )
    # What people type: a number that is not typed in would be the worst one
    score_choice = fields.Selection(
        selection=[(str(score), str(score)) for score in range(11)],
        string="Likely to Recommend",
        compute="_compute_score_choice",
        inverse="_inverse_score_choice",
        help="How likely the contact is to recommend you: 0 not at all, 10 certainly.",
    )
    kind = fields.Selection(
        selection=[
            ("promoter", "Promoter"),
            ("passive", "Passive"),
            ("detractor", "Detractor"),
        ],
        compute="_compute_kind",
        store=True,
        precompute=True,
        help="Promoters answer with 9 or 10, passives with 7 or 8, detractors with 6 "
        "or less.",
    )
    channel = fields.Selection(
        selection=[
            ("typed", "Typed"),
            ("imported", "Imported"),
            ("page", "Answer page"),
            ("survey", "Survey"),
        ],
        required=True,
        readonly=True,
        default="typed",
        help="How the answer came.",
    )
    topic_id = fields.Many2one(
        comodel_name="customer.nps.topic",
        index=True,
        ondelete="restrict",
        help="What the answer is about.",
    )
    comment = fields.Text(help="What the contact said, in its own words.")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Noted By",
        readonly=True,
        ondelete="set null",
        help="Who typed or imported it; empty for answers that customers gave "
        "themselves.",
    )

    _check_score = models.Constraint(
        "CHECK(score BETWEEN 0 AND 10)", "A score is a whole number from 0 to 10."
    )
    _check_kind = models.Constraint(
        f"""CHECK(kind = CASE WHEN score >= {PROMOTER} THEN 'promoter'
                              WHEN score >= {PASSIVE} THEN 'passive'
                              ELSE 'detractor' END)""",
        "The kind of an answer follows from its score.",
    )
    # the latest answers of contacts, of one company and of one account
    _company_date_idx = models.Index("(company_id, date)")
    _account_partner_idx = models.Index("(account_id, partner_id, date DESC)")

    # not on the company that the contact works for: whoever changes employer leaves
    # there what was said of it
    @api.depends("partner_id", "company_id")
    def _compute_account_id(self):
        # sudo: an answer belongs to the account, whoever heard it
        account_of = {
            (partner.id, company.id): account
            for partner, company, account in self.env["customer.account"]
            .sudo()
            .with_context(active_test=False)
            ._read_group(
                [
                    (
                        "partner_id",
                        "in",
                        self.partner_id.sudo().commercial_partner_id.ids,
                    ),
                    ("company_id", "in", self.company_id.ids),
                ],
                ["partner_id", "company_id"],
                ["id:recordset"],
            )
        }
        for response in self:
            # sudo: as above
            partner = response.partner_id.sudo().commercial_partner_id
            response.account_id = account_of.get((partner.id, response.company_id.id))

    @api.depends("score")
    def _compute_score_choice(self):
        for response in self:
            # none is chosen before the answer is saved
            response.score_choice = response._origin and str(response.score)

    def _inverse_score_choice(self):
        for score, responses in self.grouped("score_choice").items():
            if score:
                responses.score = int(score)

    @api.depends("score")
    def _compute_kind(self):
        for response in self:
            response.kind = self._get_kind(response.score)

    @api.model
    def _get_kind(self, score):
        """Return what an answer with a score makes of who gave it."""
        if score >= PROMOTER:
            return "promoter"
        return "passive" if score >= PASSIVE else "detractor"

    @api.depends("partner_id", "score")
    def _compute_display_name(self):
        for response in self:
            name = response.partner_id.display_name or ""
            is_kept = response._origin
            response.display_name = f"{name}: {response.score}" if is_kept else name

    @api.constrains("date")
    def _check_date(self):
        today = fields.Date.context_today(self)
        for response in self:
            if response.date > today:
                raise ValidationError(
                    self.env._(
                        "%(answer)s: the answer is of %(date)s, which is in the "
                        "future. Type in the day on which it was given.",
                        answer=response.display_name,
                        date=fields.Date.to_string(response.date),
                    )
                )

    # ------------------------------------------------------------------
    # Who says what
    # ------------------------------------------------------------------

    @api.model
    def _get_typed_fields(self):
        """Return the names of what people may say of an answer; to be extended."""
        made_by_people = {field.name for field in self._fields.values() if field.manual}
        return TYPED | made_by_people

    @api.model
    def default_get(self, fields):
        """Return defaults of what people may say: those of all else are forged."""
        typed = self._get_typed_fields() | {"channel"}
        return super().default_get([name for name in fields if name in typed])

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._say_who_noted(vals) for vals in vals_list])

    @api.model
    def _say_who_noted(self, vals):
        """Return the values with who noted the answer and how it came."""
        if choice := vals.get("score_choice"):
            vals = {**vals, "score": int(choice)}
        self._check_is_scored(
            vals.get("score"), self.env["res.partner"].browse(vals.get("partner_id"))
        )
        if self.env.su:
            # the page and surveys, which say so themselves
            return vals
        typed = self._get_typed_fields()
        imported = self.env.context.get("import_file")
        return {
            **{name: value for name, value in vals.items() if name in typed},
            "channel": "imported" if imported else "typed",
            "user_id": self.env.uid,
        }

    @api.model
    def _check_is_scored(self, score, partners):
        """Refuse what is no score: as a number it would be 0, the worst there is."""
        if isinstance(score, (int, float)) and not isinstance(score, bool):
            return
        told = self.env._(
            "An answer without a score counts for nothing: give one from 0 to 10."
        )
        if names := ", ".join(filter(None, partners.mapped("display_name"))):
            told = f"{names}: {told}"
        raise ValidationError(told)

    def write(self, vals):
        if "score" in vals:
            self._check_is_scored(vals["score"], self.partner_id)
        if not self.env.su and not self._get_typed_fields().issuperset(vals):
            raise AccessError(
                self.env._("How an answer came and who noted it cannot be changed.")
            )
        result = super().write(vals)
        if "score" in vals:
            # at once: the database takes no kind that is not that of the score
            self._recompute_recordset(["kind"])
        return result
