"""Contacts, products, posted sale documents and hours, as Odoo would store them."""

from datetime import date

import pandas as pd

from odoo.fields import Command
from odoo.tools import SQL

from .rows import Masters, stage, take_ids, unindexed

# The masters' year: its place in their numbers is where the year of a copy goes.
_YEAR = 2001
# Documents were written on their day, contacts and tasks before: nothing of it is news.
_LONG_AGO = f"'{_YEAR}-01-01'::timestamp"
SALE_KINDS = ("out_invoice", "out_refund", "out_receipt", "entry")


class Documents:
    """Fills the books of one company with documents that were posted.

    Frames come in, ids go out; nothing is computed by Odoo but one document of each
    kind, of which the others are copies.
    """

    def __init__(self, env, company, taxed=False):
        """:param taxed: whether the lines bear the company's default sale tax"""
        self.env = env(
            context=dict(
                env.context,
                allowed_company_ids=company.ids,
                tracking_disable=True,
                mail_create_nolog=True,
                mail_create_nosubscribe=True,
            )
        )
        self.cr = env.cr
        self.company = company.with_env(self.env)
        self.masters = Masters(self.env)
        self.tax = self.company.account_sale_tax_id if taxed else None
        if self.tax and self.tax.amount_type != "percent":
            raise ValueError(f"tax {self.tax.name} is not a percentage")
        self._line_relations = {}
        with self.masters.making():
            self._make_masters()

    # ------------------------------------------------------------------
    # What Odoo makes itself
    # ------------------------------------------------------------------

    def _make_masters(self):
        partner = self.env["res.partner"].create(
            {"name": "-", "is_company": True, "customer_rank": 1}
        )
        self.masters.note(partner, ["company"])
        products = self.env["product.product"].create(
            [
                {"name": "-", "default_code": "-", "type": kind, "list_price": 1}
                for kind in ("consu", "service")
            ]
        )
        self.masters.note(products, ["consu", "service"])
        self.masters.note(products.product_tmpl_id, ["consu", "service"])
        moves = self.env["account.move"]
        for kind in SALE_KINDS:
            moves |= self._make_document(kind, partner, products[0])
        self.masters.note(moves, SALE_KINDS)
        lines = moves.line_ids
        kinds = [f"{line.move_id.move_type} {_part(line)}" for line in lines]
        self.masters.note(lines, kinds)
        self._note_relations("account_move_line_account_tax_rel", lines)
        self._note_relations("account_account_tag_account_move_line_rel", lines)
        task = self.env["project.task"].create(
            {
                "name": "-",
                "partner_id": partner.id,
                "project_id": self._create_project("-").id,
            }
        )
        self.masters.note(task, ["task"])
        sheet = self.env["account.analytic.line"].create(
            {
                "name": "-",
                "project_id": task.project_id.id,
                "task_id": task.id,
                "employee_id": self._create_employee("-", 1.0).id,
                "unit_amount": 1,
            }
        )
        self.masters.note(sheet, ["sheet"])

    def _make_document(self, kind, partner, product):
        day = date(_YEAR, 1, 15)
        journal = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        )
        if kind == "entry":
            receivable = partner.property_account_receivable_id
            amounts = {journal.default_account_id: 1, receivable: -1}
            lines = [
                Command.create(
                    {
                        "account_id": account.id,
                        "balance": balance,
                        "quantity": balance,
                        "name": "-",
                    }
                )
                for account, balance in amounts.items()
            ]
            content = {"line_ids": lines, "journal_id": journal.id}
        else:
            taxes = Command.set(self.tax.ids if self.tax else [])
            content = {
                "partner_id": False if kind == "out_receipt" else partner.id,
                "invoice_date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "quantity": 1,
                            "price_unit": 1,
                            "name": "-",
                            "tax_ids": [taxes],
                        }
                    )
                ],
            }
        move = self.env["account.move"].create(
            {"move_type": kind, "date": day, "ref": "-", **content}
        )
        move.action_post()
        if f"/{_YEAR}/" not in move.name:
            raise ValueError(f"numbers such as {move.name} do not tell the year")
        return move

    def _note_relations(self, table, lines):
        """Keep what the masters' lines are linked with, by kind of line."""
        columns = {
            "account_move_line_account_tax_rel": "account_tax_id",
            "account_account_tag_account_move_line_rel": "account_account_tag_id",
        }
        self.cr.execute(
            SQL(
                "SELECT account_move_line_id, %s FROM %s"
                " WHERE account_move_line_id IN %s",
                SQL.identifier(columns[table]),
                SQL.identifier(table),
                tuple(lines.ids),
            )
        )
        kinds = self.masters.kinds_by_id("account_move_line")
        self._line_relations[table, columns[table]] = [
            (kinds[line_id], other_id) for line_id, other_id in self.cr.fetchall()
        ]

    def _create_project(self, name):
        return self.env["project.project"].create(
            {"name": name, "allow_timesheets": True, "company_id": self.company.id}
        )

    def _create_employee(self, name, hourly_cost):
        return self.env["hr.employee"].create(
            {
                "name": name,
                "hourly_cost": hourly_cost,
                "company_id": self.company.id,
            }
        )

    # ------------------------------------------------------------------
    # Contacts and products
    # ------------------------------------------------------------------

    def partners(self, frame):
        """Insert companies that are customers; return the first of their ids.

        :param frame: name, country (id, may be empty), in the order of the ids
        """
        first = take_ids(self.cr, "res_partner", len(frame))
        staged = frame[["name", "country"]].assign(
            id=range(first, first + len(frame)), kind="company"
        )
        stage(
            self.cr,
            "staged_partner",
            staged,
            name="text",
            country="int",
            id="int",
            kind="text",
        )
        self.masters.insert(
            "res_partner",
            "staged_partner",
            id="s.id",
            name="s.name",
            complete_name="s.name",
            commercial_company_name="s.name",
            commercial_partner_id="s.id",
            country_id="s.country",
            create_date=_LONG_AGO,
            write_date=_LONG_AGO,
        )
        return first

    def products(self, frame):
        """Insert products of one variant; return the first of the variants' ids.

        :param frame: name, code, kind (consu or service), price, cost, in the order of
            the ids; category (id) if it is not that of the masters
        """
        template = take_ids(self.cr, "product_template", len(frame))
        product = take_ids(self.cr, "product_product", len(frame))
        staged = frame[["name", "code", "kind", "price", "cost"]].assign(
            category=frame.get("category"),
            template=range(template, template + len(frame)),
            product=range(product, product + len(frame)),
        )
        stage(
            self.cr,
            "staged_product",
            staged,
            name="text",
            code="text",
            kind="text",
            price="numeric",
            cost="numeric",
            category="int",
            template="int",
            product="int",
        )
        self.masters.insert(
            "product_template",
            "staged_product",
            id="s.template",
            name="jsonb_build_object('en_US', s.name)",
            default_code="s.code",
            list_price="s.price",
            categ_id="COALESCE(s.category, master.categ_id)",
        )
        self.masters.insert(
            "product_product",
            "staged_product",
            id="s.product",
            product_tmpl_id="s.template",
            default_code="s.code",
            standard_price=f"jsonb_build_object('{self.company.id}', s.cost)",
        )
        return product

    # ------------------------------------------------------------------
    # Sale documents
    # ------------------------------------------------------------------

    def sales(self, moves, lines, days_due=0, line_values=None):
        """Insert posted documents with all their journal items.

        :param moves: one row a document, in the order of the numbers within a kind and
            year: kind (of SALE_KINDS), partner (id; empty where nobody is named), date,
            ref, reverses (position in the frame, may be empty)
        :param lines: document (position in ``moves``), product (id), name, quantity,
            price. On credit notes quantities are positive; on entries they are signed
            as on invoices.
        :param days_due: from the date to the day of payment
        :param line_values: SQL of further columns of the product lines; ``s`` is the
            staged line
        :return: the id of the first document
        """
        first = take_ids(self.cr, "account_move", len(moves))
        self._stage_moves(moves.reset_index(drop=True), first)
        self._stage_lines(lines, first)
        self._add_up(len(lines), days_due)
        tables = ("account_move", "account_move_line")
        relations = [table for table, _column in self._line_relations]
        with unindexed(self.cr, *tables, *relations):
            self._insert_moves()
            self._insert_lines(line_values or {})
            self._insert_relations()
        return first

    def _stage_moves(self, moves, first):
        staged = pd.DataFrame(
            {
                "id": range(first, first + len(moves)),
                "kind": moves["kind"],
                "partner": moves["partner"].astype("Int64"),
                "date": pd.to_datetime(moves["date"]).dt.strftime("%Y-%m-%d"),
                "ref": moves["ref"],
                "reverses": moves["reverses"].astype("Int64") + first,
            }
        )
        stage(
            self.cr,
            "raw_move",
            staged,
            id="int",
            kind="text",
            partner="int",
            date="date",
            ref="text",
            reverses="int",
        )

    def _stage_lines(self, lines, first):
        staged = pd.DataFrame(
            {
                "move": lines["document"] + first,
                "product": lines["product"],
                "name": lines["name"],
                "quantity": lines["quantity"],
                "price": lines["price"],
            }
        )
        stage(
            self.cr,
            "raw_line",
            staged,
            move="int",
            product="int",
            name="text",
            quantity="numeric",
            price="numeric",
        )

    def _add_up(self, line_count, days_due):
        """Compute the amounts of lines and documents, and number the documents."""
        decimals = self.company.currency_id.decimal_places
        rate = self.tax.amount / 100 if self.tax else 0
        first_line = take_ids(self.cr, "account_move_line", line_count)
        self.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE staged_line ON COMMIT DROP AS
                SELECT row_number() OVER () + %(first)s - 1 AS id, line.*,
                       move.kind || ' product' AS kind,
                       CASE move.kind WHEN 'out_refund' THEN 1 ELSE -1 END AS sign,
                       ROUND(line.quantity * line.price, %(decimals)s) AS subtotal,
                       ROUND(line.quantity * line.price * (1 + %(rate)s), %(decimals)s)
                       AS total
                  FROM raw_line line JOIN raw_move move ON move.id = line.move;

                CREATE TEMP TABLE staged_move ON COMMIT DROP AS
                SELECT move.*, sum.untaxed, sum.tax, sum.untaxed + sum.tax AS total,
                       CASE move.kind WHEN 'out_refund' THEN -1 ELSE 1 END AS sign,
                       move.date + %(days)s AS date_due, partner.country_id,
                       partner.name AS partner_name,
                       row_number() OVER (
                           PARTITION BY move.kind = 'out_refund',
                                        date_part('year', move.date)
                               ORDER BY move.date, move.id
                       ) AS number
                  FROM raw_move move
                  JOIN (
                      SELECT move, SUM(subtotal) AS untaxed,
                             ROUND(SUM(subtotal) * %(rate)s, %(decimals)s) AS tax
                        FROM staged_line GROUP BY move
                  ) sum ON sum.move = move.id
                  LEFT JOIN res_partner partner ON partner.id = move.partner;

                CREATE UNIQUE INDEX ON staged_move (id);
                ANALYZE staged_move;
                """,
                first=first_line,
                rate=rate,
                decimals=decimals,
                days=days_due,
            )
        )
        self.cr.execute("SELECT kind, id FROM staged_move WHERE total < 0 LIMIT 1")
        if negative := [row for row in self.cr.fetchall() if row[0] != "entry"]:
            raise ValueError(f"Odoo posts no document below zero: {negative}")
        # The year's place in the masters' numbers tells how documents are numbered
        self.cr.execute(
            SQL(
                """
                ALTER TABLE staged_move ADD prefix text, ADD name text,
                                        ADD fiscal_position int;
                UPDATE staged_move s
                   SET prefix = kept.prefix, name = kept.prefix || kept.number,
                       fiscal_position = position.id
                  FROM (
                      SELECT move.id,
                             REPLACE(form.prefix, %(year)s,
                                     '/' || date_part('year', move.date) || '/')
                             AS prefix,
                             CASE WHEN move.number < 10 ^ form.width
                                  THEN LPAD(move.number::text, form.width, '0')
                                  ELSE move.number::text END AS number
                        FROM staged_move move
                        JOIN unnest(%(kinds)s, %(prefixes)s, %(widths)s)
                             AS form(kind, prefix, width) ON form.kind = move.kind
                  ) kept
                  LEFT JOIN staged_move move ON move.id = kept.id
                  LEFT JOIN unnest(%(countries)s::int[], %(positions)s::int[])
                       AS position(country, id)
                       ON position.country = COALESCE(move.country_id, 0)
                 WHERE kept.id = s.id
                """,
                year=f"/{_YEAR}/",
                **self._get_forms(),
                **self._get_fiscal_positions(),
            )
        )

    def _get_forms(self):
        """Return how the numbers of each kind of document look."""
        forms = [
            (kind, row["sequence_prefix"], row["name"])
            for kind, row in self.masters.rows("account_move").items()
        ]
        return {
            "kinds": [kind for kind, _prefix, _name in forms],
            "prefixes": [prefix for _kind, prefix, _name in forms],
            "widths": [len(name) - len(prefix) for _kind, prefix, name in forms],
        }

    def _get_fiscal_positions(self):
        """Return the fiscal position that Odoo finds for customers of each country."""
        self.cr.execute(
            """
            SELECT COALESCE(country_id, 0), MIN(partner) FROM staged_move
             WHERE partner IS NOT NULL GROUP BY 1
            """
        )
        found = {
            country: self.env["account.fiscal.position"]
            ._get_fiscal_position(self.env["res.partner"].browse(partner))
            .id
            for country, partner in self.cr.fetchall()
        }
        return {
            "countries": list(found),
            "positions": [position or None for position in found.values()],
        }

    def _insert_moves(self):
        signed = "s.sign * s.%s"
        amounts = {"untaxed": "untaxed", "tax": "tax", "total": "total"}
        is_entry = "s.kind = 'entry'"
        values = {}
        for name, column in amounts.items():
            unsigned = f"CASE WHEN {is_entry} THEN 0 ELSE s.{column} END"
            of_entry = f"ABS(s.{column})" if name == "total" else "0"
            values[f"amount_{name}"] = (
                f"CASE WHEN {is_entry} THEN {of_entry} ELSE s.{column} END"
            )
            values[f"amount_{name}_signed"] = (
                f"CASE WHEN {is_entry} THEN {of_entry} ELSE {signed % column} END"
            )
            if name != "tax":
                values[f"amount_{name}_in_currency_signed"] = values[
                    f"amount_{name}_signed"
                ]
            if name == "total":
                values["amount_residual"] = unsigned
                values["amount_residual_signed"] = (
                    f"CASE WHEN {is_entry} THEN 0 ELSE {signed % column} END"
                )
        nobody = "s.partner IS NULL"
        self.masters.insert(
            "account_move",
            "staged_move",
            id="s.id",
            name="s.name",
            sequence_prefix="s.prefix",
            sequence_number="s.number",
            ref="s.ref",
            payment_reference="CASE WHEN master.payment_reference IS NOT NULL"
            " THEN s.name END",
            date="s.date",
            invoice_date=f"CASE WHEN NOT {is_entry} THEN s.date END",
            invoice_date_due=f"CASE WHEN {is_entry} THEN master.invoice_date_due"
            " ELSE s.date_due END",
            partner_id="s.partner",
            commercial_partner_id="s.partner",
            partner_shipping_id="s.partner",
            fiscal_position_id="s.fiscal_position",
            invoice_user_id=f"CASE WHEN NOT {nobody} THEN master.invoice_user_id END",
            invoice_partner_display_name=f"CASE WHEN {nobody}"
            " THEN master.invoice_partner_display_name ELSE s.partner_name END",
            reversed_entry_id="s.reverses",
            create_date="s.date",
            write_date="s.date",
            payment_state=f"CASE WHEN s.total = 0 AND NOT {is_entry} THEN 'paid'"
            " ELSE master.payment_state END",
            **values,
        )

    def _insert_lines(self, line_values):
        """Insert the product lines, then what Odoo makes of them: tax, receivable."""
        shared = {
            "move_id": "s.move",
            "move_name": "s.move_name",
            "ref": "s.ref",
            "date": "s.date",
            "invoice_date": "CASE WHEN s.move_kind <> 'entry' THEN s.date END",
            "partner_id": "s.partner",
            "balance": "s.balance",
            "amount_currency": "s.balance",
            "create_date": "s.date",
            "write_date": "s.date",
            "debit": "GREATEST(s.balance, 0)",
            "credit": "GREATEST(-s.balance, 0)",
        }
        document = """
            move.name AS move_name, move.ref, move.date, move.partner,
            move.kind AS move_kind
        """
        # ordered by document: as in the books of a company that grew day by day
        self.cr.execute(
            f"""
            CREATE TEMP TABLE final_line ON COMMIT DROP AS
            SELECT line.*, line.sign * line.subtotal AS balance, {document}
              FROM staged_line line JOIN staged_move move ON move.id = line.move
             ORDER BY line.move, line.id;
            CREATE TEMP TABLE final_tax ON COMMIT DROP AS
            SELECT nextval('account_move_line_id_seq') AS id, move.id AS move,
                   move.kind || ' tax' AS kind, -move.sign * move.tax AS balance,
                   move.sign * move.untaxed AS base, {document}
              FROM staged_move move
             WHERE move.kind <> 'entry' AND {bool(self.tax)}
             ORDER BY move.id;
            CREATE TEMP TABLE final_term ON COMMIT DROP AS
            SELECT nextval('account_move_line_id_seq') AS id, move.id AS move,
                   move.kind || ' payment_term' AS kind,
                   move.sign * move.total AS balance, move.date_due, {document}
              FROM staged_move move
             ORDER BY move.id;
            """  # noqa: S608
        )
        self.masters.insert(
            "account_move_line",
            "final_line",
            id="s.id",
            product_id="s.product",
            name="s.name",
            quantity="CASE WHEN s.move_kind = 'entry' THEN -s.quantity"
            " ELSE s.quantity END",
            price_unit="CASE WHEN s.move_kind = 'entry' THEN master.price_unit"
            " ELSE s.price END",
            price_subtotal="CASE WHEN s.move_kind = 'entry' THEN s.balance"
            " ELSE s.subtotal END",
            price_total="CASE WHEN s.move_kind = 'entry' THEN s.balance"
            " ELSE s.total END",
            **shared,
            **line_values,
        )
        if self.tax:
            self.masters.insert(
                "account_move_line",
                "final_tax",
                id="s.id",
                tax_base_amount="s.base",
                **shared,
            )
        self.masters.insert(
            "account_move_line",
            "final_term",
            id="s.id",
            name="CASE WHEN s.move_kind = 'entry' THEN master.name"
            " WHEN master.name IS NOT NULL THEN s.move_name END",
            date_maturity="CASE WHEN s.move_kind <> 'entry' THEN s.date_due END",
            amount_residual="s.balance",
            amount_residual_currency="s.balance",
            price_subtotal="CASE WHEN s.move_kind = 'entry' THEN s.balance ELSE 0 END",
            price_total="CASE WHEN s.move_kind = 'entry' THEN s.balance ELSE 0 END",
            reconciled="s.balance = 0",
            **shared,
        )

    def _insert_relations(self):
        for (table, column), pairs in self._line_relations.items():
            for staged in ("final_line", "final_tax"):
                self.cr.execute(
                    SQL(
                        """
                        INSERT INTO %(table)s (account_move_line_id, %(column)s)
                        SELECT s.id, pair.other
                          FROM %(staged)s s
                          JOIN unnest(%(kinds)s::text[], %(others)s::int[])
                               AS pair(kind, other) ON pair.kind = s.kind
                        """,
                        table=SQL.identifier(table),
                        column=SQL.identifier(column),
                        staged=SQL.identifier(staged),
                        kinds=[kind for kind, _other in pairs],
                        others=[other for _kind, other in pairs],
                    )
                )

    # ------------------------------------------------------------------
    # Hours
    # ------------------------------------------------------------------

    def hours(self, partners, sheets, employees=20, projects=20, hourly_cost=40.0):
        """Insert a task for each partner, and timesheets on them.

        :param partners: ids
        :param sheets: position (in ``partners``), date, hours
        """
        staff = [
            self._create_employee(f"Employee {number}", hourly_cost).id
            for number in range(1, employees + 1)
        ]
        work = self.env["project.project"]
        for number in range(1, projects + 1):
            work += self._create_project(f"Project {number}")
        self.env.flush_all()
        first = take_ids(self.cr, "project_task", len(partners))
        tasks = pd.DataFrame({"kind": "task", "partner": partners})
        tasks["id"] = range(first, first + len(tasks))
        tasks["project"] = [work[row % projects].id for row in range(len(tasks))]
        stage(
            self.cr,
            "staged_task",
            tasks,
            kind="text",
            partner="int",
            id="int",
            project="int",
        )
        self.masters.insert(
            "project_task",
            "staged_task",
            id="s.id",
            name="'Work'",
            partner_id="s.partner",
            project_id="s.project",
            access_token="NULL",  # noqa: S106
            create_date=_LONG_AGO,
            write_date=_LONG_AGO,
        )
        frame = pd.DataFrame(
            {
                "kind": "sheet",
                "task": sheets["position"] + first,
                "date": pd.to_datetime(sheets["date"]).dt.strftime("%Y-%m-%d"),
                "hours": sheets["hours"],
                "employee": [staff[row % employees] for row in range(len(sheets))],
            }
        )
        stage(
            self.cr,
            "raw_sheet",
            frame,
            kind="text",
            task="int",
            date="date",
            hours="numeric",
            employee="int",
        )
        self.cr.execute(
            """
            CREATE TEMP TABLE staged_sheet ON COMMIT DROP AS
            SELECT sheet.*, task.partner, task.project, project.account_id
              FROM raw_sheet sheet
              JOIN staged_task task ON task.id = sheet.task
              JOIN project_project project ON project.id = task.project
             ORDER BY sheet.date
            """
        )
        with unindexed(self.cr, "account_analytic_line"):
            self.masters.insert(
                "account_analytic_line",
                "staged_sheet",
                id="nextval('account_analytic_line_id_seq')",
                name="'Work'",
                date="s.date",
                unit_amount="s.hours",
                amount=f"ROUND(-s.hours * {hourly_cost}, 2)",
                employee_id="s.employee",
                task_id="s.task",
                project_id="s.project",
                create_date="s.date",
                write_date="s.date",
                account_id="s.account_id",
                partner_id="s.partner",
            )
        self.cr.execute(
            """
            UPDATE project_task task
               SET effective_hours = done.hours, total_hours_spent = done.hours
              FROM (
                  SELECT task, SUM(hours) AS hours FROM raw_sheet GROUP BY task
              ) done
             WHERE done.task = task.id
            """
        )


def _part(line):
    """Return what a journal item is in its document."""
    if line.move_id.move_type == "entry":
        is_receivable = line.account_id.account_type == "asset_receivable"
        return "payment_term" if is_receivable else "product"
    return line.display_type
