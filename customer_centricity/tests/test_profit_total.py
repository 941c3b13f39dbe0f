from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, CustomerCentricityCommon

SUMS = ["__count", "revenue:sum", "profit:sum", "hours:sum", "order_count:sum"]
# Says nothing, but of something that totals do not have: facts are added up
OF_FACTS = [("account_id", "!=", False)]


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestProfitTotal(CustomerCentricityCommon):
    """Totals by month are the sums of the facts, whatever happens to these."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._new_user("totals_manager", "manager")
        # goods of 100 that cost 60
        cls._invoice(cls.north, "2026-03-10", (cls.goods, 3, 100))
        cls._invoice(cls.south, "2026-03-12", (cls.goods, 1, 100))
        cls._invoice(cls.north, "2026-04-10", (cls.goods, 1, 100))
        cls.Account._refresh(cls.company)

    def _groups(self, domain=(), groupby=("month:month",), **options):
        facts = self.env["customer.profit.month"].with_user(self.manager)
        return facts.formatted_read_group(list(domain), list(groupby), SUMS, **options)

    def _assert_revenues(self, expected):
        """Check {month: (facts, revenue, profit)}, by totals and by facts."""
        for domain in ([], OF_FACTS):
            found = {
                group["month:month"][0][:7]: (
                    group["__count"],
                    group["revenue:sum"],
                    group["profit:sum"],
                )
                for group in self._groups(domain)
            }
            self.assertEqual(found, expected)

    def test_totals_answer_for_facts(self):
        """4 chairs in March of two customers, 1 in April, each with a gain of 40."""
        self._assert_revenues({"2026-03": (2, 400, 160), "2026-04": (1, 100, 40)})
        self.env.cr.execute("DELETE FROM customer_profit_month")
        self.assertEqual(
            [group["revenue:sum"] for group in self._groups()],
            [400, 100],
            "they were not added up again",
        )

    def test_every_question_has_the_same_answer(self):
        facts = self.env["customer.profit.month"].with_user(self.manager)
        domains = [
            [],
            [("month", ">=", "2026-04-01")],
            [("month", ">", "2030-01-01")],
            ["!", ("month", "<", "2026-04-01")],
            [("company_id", "=", self.company.id)],
        ]
        sums = [*SUMS, "currency_id:array_agg_distinct", "revenue:sum_currency"]
        for domain in domains:
            for groupby in ([], ["month:month"], ["company_id", "month:year"]):
                for options in ({}, {"order": "__count desc", "limit": 1}):
                    with self.subTest(domain=domain, groupby=groupby, options=options):
                        if not groupby:
                            options = {}
                        self.assertEqual(
                            facts._read_group(domain, groupby, sums, **options),
                            facts._read_group(
                                domain + OF_FACTS, groupby, sums, **options
                            ),
                        )
            sets = [[], ["month:month"], ["company_id"], ["month:month", "company_id"]]
            with self.subTest(domain=domain):
                self.assertEqual(
                    facts._read_grouping_sets(domain, sets, sums),
                    facts._read_grouping_sets(domain + OF_FACTS, sets, sums),
                )

    def test_changed_documents(self):
        self._invoice(self.south, "2026-05-10", (self.goods, 1, 100))
        invoice = self._invoice(self.north, "2026-04-20", (self.goods, 1, 100))
        self.Account._refresh(self.company)
        self._assert_revenues(
            {
                "2026-03": (2, 400, 160),
                "2026-04": (1, 200, 80),
                "2026-05": (1, 100, 40),
            }
        )
        invoice.button_draft()
        # as in a portfolio so large that only the changed ones are done
        facts = self.env["customer.profit.month"].sudo()
        facts._rebuild_partners(self.company, self.north.ids)
        self._assert_revenues(
            {
                "2026-03": (2, 400, 160),
                "2026-04": (1, 100, 40),
                "2026-05": (1, 100, 40),
            }
        )

    def test_month_without_facts_goes(self):
        self.env["account.move"].search(
            [("partner_id", "=", self.north.id), ("date", "=", "2026-04-10")]
        ).button_draft()
        facts = self.env["customer.profit.month"].sudo()
        facts._rebuild_partners(self.company, self.north.ids)
        self._assert_revenues({"2026-03": (2, 400, 160)})
        sets = [[], ["month:month"]]
        everything, months = facts.with_user(self.manager)._read_grouping_sets(
            [], sets, SUMS
        )
        self.assertEqual([len(everything), len(months)], [1, 1])
        totals = self.env["customer.profit.total"]
        totals._compact(self.company)
        self._assert_revenues({"2026-03": (2, 400, 160)})
        rows = totals.search([("company_id", "=", self.company.id)])
        self.assertEqual(rows.mapped("fact_count"), [2])

    def test_whole_refresh_mends_totals(self):
        """However they came to be wrong."""
        self.env.cr.execute("UPDATE customer_profit_total SET revenue = revenue + 1")
        self.Account._begin_cycles(self.company, full=True)
        while self.company.customer_refresh_start:
            self.Account._refresh_step(self.company)
        self._assert_revenues({"2026-03": (2, 400, 160), "2026-04": (1, 100, 40)})

    def test_merged_accounts(self):
        """Two facts of March become one; the money stays."""
        accounts = self._account(self.south)
        accounts._fold_into(self._account(self.north))
        self._assert_revenues({"2026-03": (1, 400, 160), "2026-04": (1, 100, 40)})

    def test_deleted_account(self):
        self._account(self.south).sudo().unlink()
        self._assert_revenues({"2026-03": (1, 300, 120), "2026-04": (1, 100, 40)})

    def test_deleted_contact(self):
        passing = self.env["res.partner"].create({"name": "Passing"})
        self.Account._create_accounts(self.company, passing.ids)
        self._account(passing)._fold_into(self._account(self.north))
        self._assert_revenues({"2026-03": (2, 400, 160), "2026-04": (1, 100, 40)})
        # its account with facts of documents that have gone since
        self.env.cr.execute(
            "UPDATE customer_account SET partner_id = %s WHERE id = %s",
            [passing.id, self._account(self.south).id],
        )
        self.env.invalidate_all()
        passing.unlink()
        self._assert_revenues({"2026-03": (1, 300, 120), "2026-04": (1, 100, 40)})

    def test_rules_hold(self):
        """Whoever may see some facts only gets no sum of all."""
        self.env["ir.rule"].create(
            {
                "name": "Own accounts only",
                "model_id": self.env["ir.model"]._get_id("customer.profit.month"),
                "domain_force": str([("partner_id", "=", self.south.id)]),
            }
        )
        self._assert_revenues({"2026-03": (1, 100, 40)})

    def test_salesperson_sees_no_totals(self):
        person = self._new_user("totals_user", "user")
        for model in ("customer.profit.month", "customer.profit.total"):
            records = self.env[model].with_user(person)
            with self.assertRaises(AccessError):
                records.formatted_read_group([], ["month:month"], ["revenue:sum"])
            with self.assertRaises(AccessError):
                records.formatted_read_grouping_sets(
                    [], [["month:month"]], ["revenue:sum"]
                )

    def test_other_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "totals_stranger",
            groups="customer_centricity.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        facts = self.env["customer.profit.month"].with_user(stranger)
        self.assertFalse(facts.formatted_read_group([], ["month:month"], SUMS))
