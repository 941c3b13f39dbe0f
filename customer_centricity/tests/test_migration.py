from importlib.util import module_from_spec, spec_from_file_location

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path


@tagged("post_install", "-at_install", "plain_stack")
class TestMigration(TransactionCase):
    def _migrate(self, name, version):
        path = f"customer_centricity/migrations/{name}"
        spec = spec_from_file_location("migration", file_path(path))
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, version)

    def test_the_horizon_is_told_in_months(self):
        """As in a database of 19.0.1.0.0, where it was in years."""
        cr = self.env.cr
        self.env.flush_all()
        cr.execute(
            """
            ALTER TABLE res_company RENAME COLUMN customer_value_months TO as_it_is;
            ALTER TABLE res_company ADD COLUMN customer_value_years double precision;
            UPDATE res_company SET customer_value_years = 3.5
            """
        )
        self._migrate("19.0.1.1.0/pre-migration.py", "19.0.1.0.0")
        cr.execute("SELECT DISTINCT customer_value_months FROM res_company")
        self.assertEqual(cr.fetchall(), [(42,)])

    def test_the_yearly_action_goes(self):
        """As in a database of 19.0.1.2.0: runs have taken its place."""
        name = "customer_centricity.ir_cron_recompute_value"
        cron = self.env.ref("customer_centricity.ir_cron_prepare_run").copy()
        self.env["ir.model.data"].create(
            {
                "module": "customer_centricity",
                "name": "ir_cron_recompute_value",
                "model": "ir.cron",
                "res_id": cron.id,
            }
        )
        for _again in range(2):
            self._migrate("19.0.1.3.0/post-migration.py", "19.0.1.2.0")
            self.assertFalse(cron.exists())
            self.assertFalse(self.env.ref(name, raise_if_not_found=False))

    def test_the_next_refresh_does_all_accounts(self):
        """As in a database of 19.0.1.3.0, which knows no behaviour of accounts."""
        company = self.env.company
        company.customer_full_date = self.env.cr.now()
        self.env.flush_all()
        self._migrate("19.0.1.4.0/post-migration.py", "19.0.1.3.0")
        company.invalidate_recordset()
        self.assertFalse(company.customer_full_date)
        month = company.customer_window_end or self.env.cr.now().date()
        self.assertTrue(self.env["customer.account"]._must_be_full(company, month))

    def test_a_refresh_that_was_interrupted_begins_again(self):
        """As in a database of 19.0.1.4.0, whose refresh had other stages."""
        company = self.env.company
        now = self.env.cr.now()
        company.write(
            {"customer_refresh_start": now, "customer_refresh_stage": "behaviour"}
        )
        self.env.flush_all()
        self._migrate("19.0.1.5.0/post-migration.py", "19.0.1.4.0")
        company.invalidate_recordset()
        self.assertFalse(company.customer_refresh_start)
        self.assertTrue(self.env["customer.account"]._must_be_full(company, now.date()))

    def test_losses_that_are_there_already_are_asked_about(self):
        """As in a database of 19.0.1.4.0, which knows no decisions."""
        partners = self.env["res.partner"].create(
            [{"name": name} for name in ("Loss", "Profit", "Archived")]
        )
        accounts = self.env["customer.account"].create(
            [
                {"partner_id": partner.id, "result": result, "active": active}
                for partner, result, active in zip(
                    partners,
                    ("loss", "profit", "loss"),
                    (True, True, False),
                    strict=True,
                )
            ]
        )
        requests = self.env["customer.decision.request"]
        requests.search([]).unlink()
        rule = self.env.ref("customer_centricity.automation_propose_decision")
        script = "19.0.1.5.0/post-migration.py"
        mine = [("account_id", "in", accounts.ids)]
        # where somebody has switched the rule off, nothing is asked for
        rule.active = False
        self.addCleanup(rule.write, {"active": True})
        self._migrate(script, "19.0.1.4.0")
        self.assertFalse(requests.search(mine))
        rule.active = True
        for _again in range(2):
            self._migrate(script, "19.0.1.4.0")
            request = requests.search(mine)
            self.assertEqual(request.account_id, accounts[0])
            self.assertEqual((request.cause, request.state), ("loss", "todo"))
            self.assertEqual(request.rule_id, rule)

    def test_the_next_refresh_does_all_that_is_new(self):
        """As in a database of 19.0.1.5.0, which knows neither voices nor goodwill."""
        company = self.env.company
        now = self.env.cr.now()
        # once between two refreshes, once in the middle of one
        for start, stage in ((False, False), (now, "compare")):
            company.write(
                {
                    "customer_full_date": now,
                    "customer_changes_since": now,
                    "customer_refresh_start": start,
                    "customer_refresh_stage": stage,
                    "customer_refresh_full": False,
                }
            )
            self.env.flush_all()
            self._migrate("19.0.1.6.0/post-migration.py", "19.0.1.5.0")
            company.invalidate_recordset()
            self.assertFalse(company.customer_refresh_start)
            month = company.customer_window_end or now.date()
            self.assertTrue(self.env["customer.account"]._must_be_full(company, month))

    def test_the_digest_tells_of_customers(self):
        """As in a database of 19.0.1.6.0, whose digests knew of none."""
        names = ("kpi_customer_won", "kpi_customer_loss", "kpi_customer_unhappy")
        digest = self.env.ref("digest.digest_digest_default")
        other = digest.copy(dict.fromkeys(names, False))
        digest.write(dict.fromkeys(names, False))
        self.env.flush_all()
        self._migrate("19.0.1.7.0/post-migration.py", "19.0.1.6.0")
        digest.invalidate_recordset()
        self.assertEqual([digest[name] for name in names], [True] * 3)
        self.assertFalse(any(other[name] for name in names))

    def test_indexes_that_cost_more_than_they_find_go(self):
        """As in a database of 19.0.1.7.0: an update would leave them as they are."""
        cr = self.env.cr
        gone = [("account", "company_id"), ("account", "value_band")]
        of_few = [
            ("account", "hours_status"),
            ("account", "intent_kind"),
            ("account_snapshot", "previous_id"),
        ]
        for table, column in gone + of_few:
            name = f"customer_{table}__{column}_index"
            cr.execute(f"DROP INDEX IF EXISTS {name}")
            cr.execute(f"CREATE INDEX {name} ON customer_{table} ({column})")
        for _again in range(2):
            self._migrate("19.0.1.8.0/pre-migration.py", "19.0.1.7.0")
        self.env.registry.check_indexes(
            cr, ["customer.account", "customer.account.snapshot"]
        )
        names = [f"customer_{table}__{column}_index" for table, column in gone + of_few]
        cr.execute(
            "SELECT indexname, indexdef LIKE '%% WHERE %%' FROM pg_indexes"
            " WHERE indexname = ANY(%s)",
            [names],
        )
        self.assertEqual(dict(cr.fetchall()), dict.fromkeys(names[2:], True))

    def test_an_interrupted_refresh_of_changes_begins_with_their_months(self):
        """As in a database of 19.0.1.7.0, which did both in one step."""
        companies = self.env.company | self.env["res.company"].create({"name": "B"})
        companies.write({"customer_refresh_stage": "changes"})
        companies[1].customer_refresh_full = True
        self.env.flush_all()
        self._migrate("19.0.1.8.0/pre-migration.py", "19.0.1.7.0")
        self.env.invalidate_all()
        self.assertEqual(
            companies.mapped("customer_refresh_stage"), ["facts", "changes"]
        )
