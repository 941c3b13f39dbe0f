from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from ..models.customer_lookalike_facets import EARNS, GROUP
from ..models.customer_lookalike_rank import AS_USUAL, Learnt
from ..models.customer_lookalike_ranked import LIKE_BEST

# Profitable members that it takes to say what is typical of them
LEAST_MEMBERS = 5
# Leads and contacts that are looked at, each, the newest: somebody waits for it
MOST_LOOKED_AT = 20_000
MOST_LINES = 500
DAYS_TO_CALL = 7


class CustomerLookalikeCampaign(models.TransientModel):
    """Whom to win, as they are like the profitable customers of a group.

    What comes of it are opportunities with a tag and an activity, to be worked on,
    mailed or exported as any other.
    """

    _name = "customer.lookalike.campaign"
    _description = "Find Lookalikes of a Group"

    group_id = fields.Many2one(
        comodel_name="customer.group", required=True, readonly=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    number = fields.Integer(string="How Many", required=True, default=50)
    with_leads = fields.Boolean(string="Open Leads", default=True)
    with_contacts = fields.Boolean(
        string="Contacts without a Lead",
        default=True,
        help="Those who have never ordered. An opportunity is opened with each chosen.",
    )
    has_learnt = fields.Boolean(readonly=True)
    summary = fields.Text(readonly=True)
    line_ids = fields.One2many(
        comodel_name="customer.lookalike.campaign.line",
        inverse_name="campaign_id",
        string="Most Like Them",
    )
    tag_name = fields.Char(
        string="Tag", required=True, help="Put on every opportunity of the list."
    )
    activity_type_id = fields.Many2one(
        comodel_name="mail.activity.type",
        string="Activity",
        domain="[('res_model', 'in', [False, 'crm.lead'])]",
        default=lambda self: self.env.ref(
            "mail.mail_activity_data_call", raise_if_not_found=False
        ),
        help="Scheduled for the salesperson of each. Empty: none.",
    )
    deadline = fields.Date(
        default=lambda self: (
            fields.Date.context_today(self) + relativedelta(days=DAYS_TO_CALL)
        )
    )

    # ------------------------------------------------------------------
    # Who
    # ------------------------------------------------------------------

    def action_find(self):
        """Look for those who are like the group, and show them."""
        self.ensure_one()
        self._check_may()
        if not 1 <= self.number <= MOST_LINES:
            raise UserError(
                self.env._("Choose between 1 and %s lookalikes to find.", MOST_LINES)
            )
        rows, members, learnt = self._learn()
        self.line_ids.unlink()
        looked = []
        if learnt:
            looked += self._rank_leads(learnt) if self.with_leads else []
            looked += self._rank_contacts(learnt) if self.with_contacts else []
        ranks = sorted(
            (one for one in looked if one[2] > AS_USUAL),
            key=lambda one: (-one[2], one[:2]),
        )[: self.number]
        self.env["customer.lookalike.campaign.line"].create(
            [
                {
                    "campaign_id": self.id,
                    "lead_id": one if kind == "lead" else False,
                    "partner_id": one if kind == "contact" else False,
                    "chosen": score >= LIKE_BEST,
                    "lookalike_score": score,
                    "lookalike_chance": chance,
                    "lookalike_facts": facts,
                }
                for kind, one, score, chance, _tier, facts in ranks
            ]
        )
        summary = self._describe(len(rows), members, learnt, len(ranks))
        if learnt:
            summary += " " + self._describe_looked(looked)
        self.write({"has_learnt": bool(learnt), "summary": summary})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lookalikes of %s", self.group_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _check_may(self):
        """Refuse who may not read figures, or no leads: the search is done for all."""
        self.check_access("write")
        self.group_id.check_access("read")
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(
                self.env._("Choose a company that you work for to look for lookalikes.")
            )
        if not self.env["crm.lead"].has_access("create"):
            raise AccessError(
                self.env._(
                    "Lookalikes become opportunities: ask for rights in CRM first."
                )
            )

    def _learn(self):
        """Return accounts, how many are examples, and what was learnt, or None."""
        # sudo: what all accounts of the company have in common, for a manager
        model = self.env["customer.lookalike.model"].sudo()
        self.env.flush_all()
        groups = self.env["customer.group"].search(
            [("id", "child_of", self.group_id.id)]
        )
        rows = self.env.execute_query(
            self.env["customer.lookalike.facets"]._get_account_query(self.company_id)
        )
        best = [row[GROUP] in groups.ids and bool(row[EARNS]) for row in rows]
        found = model._study(rows, best, LEAST_MEMBERS)
        learnt = None
        if found and found["curve"].slope:
            learnt = Learnt(
                found["vocabulary"], found["weights"], found["curve"], [], [], True
            )
        return rows, sum(best), learnt

    def _get_open_leads(self, leads):
        """Return the facets of leads that may be ranked now."""
        return self.env.execute_query(
            self.env["customer.lookalike.facets"]._get_lead_query(
                self.company_id, SQL("lead.id = ANY(%s)", leads.ids)
            )
        )

    def _rank_leads(self, learnt):
        # those that the user may see; whom they concern, the query decides
        leads = self.env["crm.lead"].search(
            [
                ("won_status", "=", "pending"),
                ("company_id", "in", [self.company_id.id, False]),
            ],
            order="id desc",
            limit=MOST_LOOKED_AT,
        )
        model = self.env["customer.lookalike.model"]
        ranks = model._rank_rows(self._get_open_leads(leads), learnt)
        return [("lead", *one) for one in ranks]

    def _rank_contacts(self, learnt):
        model = self.env["customer.lookalike.model"]
        rows = self.env.execute_query(
            self.env["customer.lookalike.facets"]._get_prospect_query(
                self.company_id, 0, MOST_LOOKED_AT, newest=True
            )
        )
        ranks = {one[0]: one for one in model._rank_rows(rows, learnt)}
        # those that the user may see
        partners = self.env["res.partner"].search([("id", "in", list(ranks))])
        return [("contact", *ranks[partner]) for partner in partners.ids]

    def _describe(self, accounts, members, learnt, found):
        if members < LEAST_MEMBERS:
            return self.env._(
                "%(members)s customers of %(group)s have ordered and earn a profit: it "
                "takes %(least)s to say what is typical of them. Put more accounts in "
                "the group, or look at all lookalikes of your best accounts.",
                members=members,
                group=self.group_id.name,
                least=LEAST_MEMBERS,
            )
        if not learnt:
            return self.env._(
                "Nothing that is known of the %(members)s profitable customers of "
                "%(group)s tells them apart from your other customers. Enter their "
                "industries, tags and sources.",
                members=members,
                group=self.group_id.name,
            )
        if not found:
            return self.env._(
                "Nobody among open leads and contacts is more like the %(members)s "
                "profitable customers of %(group)s than like the others.",
                members=members,
                group=self.group_id.name,
            )
        return self.env._(
            "Compared: %(members)s profitable customers of %(group)s with the other "
            "%(others)s accounts. 50 is as usual; at 80, of as many of them as of "
            "others that look like it, 80 of 100 belong to them.",
            members=members,
            group=self.group_id.name,
            others=accounts - members,
        )

    def _describe_looked(self, looked):
        kinds = [kind for kind, *_rank in looked]
        return self.env._(
            "Looked at: %(leads)s open leads and %(contacts)s contacts, the newest, up "
            "to %(most)s of each.",
            leads=kinds.count("lead"),
            contacts=kinds.count("contact"),
            most=MOST_LOOKED_AT,
        )

    # ------------------------------------------------------------------
    # What becomes of them
    # ------------------------------------------------------------------

    def action_apply(self):
        """Make a list of opportunities to work on, and show it."""
        self.ensure_one()
        self._check_may()
        lines = self.line_ids.filtered("chosen")
        if not lines:
            raise UserError(self.env._("Choose at least one of them."))
        if not self.tag_name.strip():
            raise UserError(self.env._("Name the tag by which to find them again."))
        # what has changed since they were found counts
        prospects = self.env["customer.prospect"]
        self.env.flush_all()
        rows = self._get_open_leads(lines.lead_id)
        leads = self.env["crm.lead"].browse([row[0] for row in rows])
        leads |= prospects._open_leads(self.company_id, lines.partner_id)
        if not leads:
            raise UserError(prospects._get_taken_message())
        tag = self._get_tag()
        leads.write({"tag_ids": [fields.Command.link(tag.id)]})
        self._schedule(leads)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_centricity_crm.crm_lead_action_lookalike"
        )
        action.update(
            name=self.tag_name.strip(), domain=[("id", "in", leads.ids)], context={}
        )
        return action

    def _get_tag(self):
        name = self.tag_name.strip()
        # sudo: salespeople may not make tags; this is one of their list's
        tags = self.env["crm.tag"].sudo()
        return tags.search([("name", "=", name)], limit=1) or tags.create(
            {"name": name}
        )

    def _schedule(self, leads):
        if not self.activity_type_id:
            return
        quiet = leads.with_context(mail_activity_quick_update=True)
        for user, own in quiet.grouped("user_id").items():
            own.activity_schedule(
                activity_type_id=self.activity_type_id.id,
                summary=self.tag_name.strip(),
                date_deadline=self.deadline or fields.Date.context_today(self),
                user_id=(user or self.env.user).id,
            )
