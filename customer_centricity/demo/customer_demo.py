import logging
from collections import Counter, defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import split_every
from odoo.tools.date_utils import relativedelta

from .schedule import (
    MONTHS,
    Hours,
    generator,
    month_start,
    months_between,
    order_dates,
    order_lines,
    work_days,
    working_day,
)
from .stories import STORIES

_logger = logging.getLogger(__name__)

MODULE = "customer_centricity"

# Nobody follows, tracks or receives mail about three years made in one minute.
QUIET = {
    "mail_activity_automation_skip": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
    "skip_pdf_attachment_generation": True,
    "tracking_disable": True,
}

# Company currency for one unit of the foreign one: around this value, slowly up and
# down, so that two orders of the same amount are never booked at the same money.
RATE_MIDDLE = 1.0
RATE_SWING = (0.06, 0.04, 0.0, -0.03, -0.05, -0.02, 0.01, 0.03)

# A return comes back so many days after the invoice.
RETURN_DAYS = 9

# Customers pay by one remittance a month, on this day.
PAYMENT_DAY = 25

# Invoices created and posted at a time: many at once are slower, not faster, as each
# write looks at all of them.
BATCH = 100

WORK = ("Site visit", "Incident", "Planning", "Adjustment", "Follow-up call", "Report")

# Hours that belong to nobody outside: they are a cost no customer explains.
INTERNAL_HOURS = Hours(9, ("irene", "nuria", "hugo"), 3)


class CustomerDemo(models.AbstractModel):
    """Makes the documents of the stories; used by the demonstration data only."""

    _name = "customer.demo"
    _description = "Customer Centricity Demonstration"

    @api.model
    def _load(self, today=None):
        """Make partners, invoices, credit notes and timesheets of the last three
        years up to ``today``, in the main company; once.

        Does nothing without a chart of accounts, as nothing could be invoiced: it may
        be called again when there is one.

        :return: True when the documents were made
        """
        company = self.env.ref("base.main_company")
        if not company.chart_template:
            _logger.info("No demonstration: %s has no chart of accounts.", company.name)
            return False
        if self._ref("partner_hotel_guest", raise_if_not_found=False):
            _logger.info("No demonstration: it is already there.")
            return False
        demo = self.with_company(company).with_context(**QUIET)
        demo._load_documents(company, today or fields.Date.today())
        self._load_groups(company)
        self._load_levels(company)
        self._load_voices(company, today or fields.Date.today())
        # The first thing seen is the portfolio, not an empty list until the night.
        self.env["customer.account"]._refresh(company)
        self._fill_groups(company)
        self._load_runs(company, today or fields.Date.today())
        self._load_strategy(company, today or fields.Date.today())
        self._load_fresh_answers(company, today or fields.Date.today())
        self._load_decisions(company, today or fields.Date.today())
        self._load_turns(company, today or fields.Date.today())
        return True

    @api.model
    def _load_runs(self, company, today):
        """Make runs: applied ones of two years' ends, and one to be reviewed."""
        work = self.env["customer.ltv.chunk"]
        year = company.compute_fiscalyear_dates(today)["date_from"]
        # a set: in the first month of a year two of them are one
        for end in sorted({year - relativedelta(years=1), year, today.replace(day=1)}):
            run = self.env["customer.ltv.run"].create(
                {"company_id": company.id, "date": end - timedelta(days=1)}
            )
            run.action_compute()
            work._work_off()
            if end <= year:
                known = self._get_turns(company)
                run.action_apply()
                work._work_off()
                self._date_turns(run, known)
                # somebody has ticked them off since
                run.snapshot_ids.account_id.activity_ids.unlink()

    @api.model
    def _load_documents(self, company, today):
        self._load_rates(company, today)
        partners = self._load_partners()
        invoices = self._load_invoices(company, today, partners)
        self._load_returns(today, invoices)
        self._load_correction(today, invoices)
        self._load_complaints(today, invoices)
        self._load_payments(company, today, invoices)
        self._load_unposted(company, today, partners)
        self._load_timesheets(company, today, partners)
        for story in STORIES:
            partners[story.key].active = not story.archived
        # Its value is meant to be checked by hand: 300 x 24 visits x 5 years
        self.env["customer.account"].create(
            {
                "partner_id": partners["hotel_guest"].id,
                "company_id": company.id,
                "own_value_method": "plain",
            }
        )
        _logger.info("Demonstration: %s customers are loaded.", len(partners))

    # ------------------------------------------------------------------
    # Partners
    # ------------------------------------------------------------------

    @api.model
    def _load_partners(self):
        """Partners of the stories and their contacts, ``{key: partner}``."""
        partners = self._load_named(
            "res.partner",
            {f"partner_{s.key}": self._prepare_partner_vals(s) for s in STORIES},
        )
        partners = dict(zip((s.key for s in STORIES), partners, strict=True))
        contacts = {
            f"partner_{story.key}_{number}": {
                "name": name,
                "parent_id": partners[story.key].id,
                "email": f"{name.split()[0].lower()}.{story.key}@example.com",
            }
            for story in STORIES
            for number, name in enumerate(story.contacts, start=1)
        }
        self._load_named("res.partner", contacts)
        return partners

    @api.model
    def _prepare_partner_vals(self, story):
        rng = generator("partner", story.key)
        place = self.env.ref(
            f"base.state_{story.place}" if "_" in story.place else f"base.{story.place}"
        )
        is_state = place._name == "res.country.state"
        country = place.country_id if is_state else place
        is_admin = story.user == "admin"
        user = "base.user_admin" if is_admin else f"{MODULE}.user_{story.user}"
        return {
            "name": story.name,
            "is_company": True,
            "city": story.city,
            "state_id": place.id if is_state else False,
            "country_id": country.id,
            "email": f"{story.key.replace('_', '.')}@example.com",
            "phone": f"+{country.phone_code} 9{rng.randint(10_000_000, 99_999_999)}",
            "comment": story.comment,
            "category_id": [Command.link(self._ref(f"tag_{story.tag}").id)],
            "user_id": self.env.ref(user).id,
        }

    # ------------------------------------------------------------------
    # Invoices and credit notes
    # ------------------------------------------------------------------

    @api.model
    def _load_rates(self, company, today):
        """One rate of the foreign currency a month, beside any that is there."""
        currency = self._get_foreign_currency(company)
        currency.active = True
        Rate = self.env["res.currency.rate"]
        days = {month_start(today, months): months for months in range(MONTHS + 1)}
        taken = Rate.search(
            [
                ("currency_id", "=", currency.id),
                ("company_id", "=", company.root_id.id),
                ("name", "in", list(days)),
            ]
        ).mapped("name")
        Rate.create(
            [
                {
                    "name": day,
                    "currency_id": currency.id,
                    "company_id": company.root_id.id,
                    "inverse_company_rate": RATE_MIDDLE
                    + RATE_SWING[months % len(RATE_SWING)],
                }
                for day, months in days.items()
                if day not in taken
            ]
        )

    @api.model
    def _get_foreign_currency(self, company):
        euro = self.env.ref("base.EUR")
        return euro if company.currency_id != euro else self.env.ref("base.USD")

    @api.model
    def _load_invoices(self, company, today, partners):
        """Posted invoices, numbered by date, ``{key: invoices in order of date}``."""
        vals_by_key = [
            (story.key, vals)
            for story in STORIES
            for vals in self._prepare_orders_vals(
                story, company, today, partners[story.key]
            )
        ]
        vals_by_key.sort(key=lambda pair: pair[1]["invoice_date"])
        invoices = {story.key: self.env["account.move"] for story in STORIES}
        for batch in split_every(BATCH, vals_by_key):
            moves = self.env["account.move"].create([vals for _key, vals in batch])
            moves.action_post()
            for (key, _vals), move in zip(batch, moves, strict=True):
                invoices[key] += move
        return invoices

    @api.model
    def _prepare_orders_vals(self, story, company, today, partner):
        """Values of all the invoices of a customer."""
        buyers = partner.child_ids or partner
        orders_of_month = Counter()
        vals_list = []
        for day in order_dates(story.key, story.rhythm, today):
            months_ago = months_between(day, today)
            orders_of_month[months_ago] += 1
            lines = order_lines(
                story.key,
                story.get_basket(months_ago),
                story.growth,
                orders_of_month[months_ago],
                day,
                today,
            )
            buyer = buyers[len(vals_list) % len(buyers)]
            discount = story.discount if months_ago >= story.discount_until else 0.0
            vals = self._prepare_invoice_vals(company, buyer, day, lines, discount)
            if story.only_credits:
                vals["move_type"] = "out_refund"
            if story.foreign:
                self._price_in(self._get_foreign_currency(company), vals)
            vals_list.append(vals)
        return vals_list

    @api.model
    def _prepare_invoice_vals(self, company, partner, day, lines, discount=0.0):
        return {
            "move_type": "out_invoice",
            "company_id": company.id,
            "partner_id": partner.id,
            "invoice_date": day,
            # without terms, what was invoiced years ago would be due today
            "invoice_payment_term_id": self.env.ref(
                "account.account_payment_term_end_following_month"
            ).id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": self._ref(f"product_{product}").id,
                        "quantity": quantity,
                        "discount": discount,
                    }
                )
                for product, quantity in lines.items()
            ],
        }

    @api.model
    def _price_in(self, currency, vals):
        """Agree the prices in another currency. Left to themselves they would follow
        the rate, and the order would always be booked at the same money.
        """
        vals["currency_id"] = currency.id
        for _command, _id, line in vals["invoice_line_ids"]:
            product = self.env["product.product"].browse(line["product_id"])
            line["price_unit"] = product.list_price

    @api.model
    def _load_returns(self, today, invoices):
        """Credit notes over half of each invoice of the customers who send it back."""
        moves = self.env["account.move"]
        for story in STORIES:
            if story.returns_half:
                moves += invoices[story.key]
        back = timedelta(days=RETURN_DAYS)
        moves = moves.filtered(lambda move: move.invoice_date + back <= today)
        credit_notes = moves._reverse_moves(
            [
                {
                    "invoice_date": move.invoice_date + back,
                    "date": move.invoice_date + back,
                    "ref": f"Half of {move.name} returned",
                }
                for move in moves
            ]
        )
        for credit_note in credit_notes:
            credit_note.invoice_line_ids = [
                Command.update(line.id, {"quantity": line.quantity / 2})
                for line in credit_note.invoice_line_ids
            ]
        credit_notes.action_post()

    @api.model
    def _load_correction(self, today, invoices):
        """An invoice of the last closed month was wrong: reversed in full the same
        day and made again. Only one order in the end.
        """
        start = month_start(today, 1)
        wrong = invoices["resorts"].filtered(
            lambda move: start <= move.invoice_date < month_start(today, 0)
        )
        wizard = self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(wrong.ids)],
                "company_id": wrong.company_id.id,
                "journal_id": wrong.journal_id.id,
                "date": wrong.invoice_date,
                "reason": "Wrong purchase reference",
            }
        )
        wizard.modify_moves()
        corrected = wizard.new_move_ids.filtered(lambda move: move.state == "draft")
        corrected.invoice_date = wrong.invoice_date
        corrected.action_post()
        self._name_records(
            {
                "invoice_reversed": wrong,
                "credit_note_reversal": wrong.reversal_move_ids,
                "invoice_corrected": corrected,
            }
        )

    @api.model
    def _load_payments(self, company, today, invoices):
        """Remittances of the bank for what has fallen due, one a month: without them
        three years of sales would all be overdue.
        """
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
        )
        if not journal.default_account_id:
            return
        due = defaultdict(list)
        for story in STORIES:
            if story.pays_after is None:
                continue
            for move in invoices[story.key].filtered("amount_residual"):
                months_ago = months_between(move.invoice_date, today)
                start = month_start(today, months_ago - story.pays_after)
                day = working_day(start.replace(day=PAYMENT_DAY))
                if day <= today:
                    due[day] += move.line_ids.filtered(
                        lambda line: line.display_type == "payment_term"
                    )
        days = sorted(due)
        remittances = self.env["account.move"].create(
            [self._prepare_payment_vals(journal, day, due[day]) for day in days]
        )
        remittances.action_post()
        pairs = []
        for day, remittance in zip(days, remittances, strict=True):
            paid = remittance.line_ids.filtered("partner_id").sorted("id")
            pairs += [a + b for a, b in zip(due[day], paid, strict=True)]
        self.env["account.move.line"]._reconcile_plan(pairs)

    @api.model
    def _prepare_payment_vals(self, journal, day, due_lines):
        """A bank entry that pays the receivable lines at the rate of the day."""
        company = journal.company_id
        vals_list = []
        for line in due_lines:
            residual = line.amount_residual_currency
            balance = line.currency_id._convert(
                residual, company.currency_id, company, day
            )
            vals_list.append(
                {
                    "name": line.move_id.name,
                    "account_id": line.account_id.id,
                    "partner_id": line.partner_id.id,
                    "currency_id": line.currency_id.id,
                    "amount_currency": -residual,
                    "balance": -balance,
                }
            )
        received = {
            "name": "Remittance",
            "account_id": journal.default_account_id.id,
            "balance": -sum(vals["balance"] for vals in vals_list),
        }
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "date": day,
            "ref": "Remittance",
            "line_ids": [Command.create(vals) for vals in [*vals_list, received]],
        }

    @api.model
    def _load_unposted(self, company, today, partners):
        """Drafts and a cancelled invoice, in the window and far from small: whoever
        counts them gets the figures visibly wrong.
        """
        day = working_day(month_start(today, 1).replace(day=15))
        invoices = self._load_named(
            "account.move",
            {
                name: self._prepare_invoice_vals(company, partners[key], date, lines)
                for name, key, date, lines in (
                    ("invoice_cancelled", "hospital", day, {"heat_pump": 4}),
                    ("invoice_draft_last_month", "gem", day, {"heat_pump": 2}),
                    ("invoice_draft_today", "dairy", today, {"filter": 12}),
                    ("invoice_draft_quotation", "council", today, {"led": 60}),
                )
            },
        )
        invoices[0].button_cancel()

    # ------------------------------------------------------------------
    # Timesheets
    # ------------------------------------------------------------------

    @api.model
    def _load_timesheets(self, company, today, partners):
        worked = [story for story in STORIES if story.hours]
        projects = self.env["project.project"].create(
            [
                {
                    "name": (
                        f"Presales {story.name}" if not story.basket else story.name
                    ),
                    "partner_id": partners[story.key].id,
                    "company_id": company.id,
                    "allow_timesheets": True,
                }
                for story in worked
            ]
        )
        internal = self._load_named(
            "project.project",
            {
                "project_internal": {
                    "name": "Workshop and warehouse",
                    "company_id": company.id,
                    "allow_timesheets": True,
                }
            },
        )
        vals_list = self._prepare_work_vals("internal", INTERNAL_HOURS, today, internal)
        for story, project in zip(worked, projects, strict=True):
            tasks = self._load_tasks(project, partners[story.key])
            for hours in filter(None, (story.hours, story.later_hours)):
                vals_list += self._prepare_work_vals(
                    story.key, hours, today, project, tasks
                )
        self.env["account.analytic.line"].create(vals_list)

    @api.model
    def _load_tasks(self, project, partner):
        """A task for the customer, or one for each contact that is invoiced."""
        return self.env["project.task"].create(
            [
                {
                    "name": f"Support for {person.name}",
                    "project_id": project.id,
                    "partner_id": person.id,
                }
                for person in partner.child_ids or partner
            ]
        )

    @api.model
    def _prepare_work_vals(self, key, hours, today, project, tasks=()):
        rng = generator("work", key)
        return [
            {
                "name": rng.choice(WORK),
                "date": day,
                "employee_id": self._ref(f"employee_{employee}").id,
                "project_id": project.id,
                "task_id": rng.choice(tasks).id if tasks else False,
                "unit_amount": hours.length,
            }
            for day, employee in work_days(key, hours, today)
        ]

    # ------------------------------------------------------------------
    # Names
    # ------------------------------------------------------------------

    @api.model
    def _ref(self, name, raise_if_not_found=True):
        return self.env.ref(f"{MODULE}.{name}", raise_if_not_found=raise_if_not_found)

    @api.model
    def _load_named(self, model, vals_by_name):
        """Records with an external identifier, in the order given."""
        return self.env[model]._load_records(
            [
                {"xml_id": f"{MODULE}.{name}", "values": vals, "noupdate": True}
                for name, vals in vals_by_name.items()
            ]
        )

    @api.model
    def _name_records(self, records_by_name):
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": f"{MODULE}.{name}", "record": record, "noupdate": True}
                for name, record in records_by_name.items()
            ]
        )
