from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.customer_centricity.models.customer_voiced import COUNTS

from .common import TODAY, CustomerCentricityCommon

GROUP_METRICS = {
    # three members, one of them silent in the window
    "account_count": 3,
    "active_accounts": 2,
    "revenue": 900 + 300,
    "profit": 100 - 20,
    "profit_rate": 80 / 1200,
    "loss": 20,
    "loss_account_rate": 1 / 2,
    "lifetime_value": 1000 - 100 + 300,
    "mean_lifetime_value": 400,
    "probability_alive": (0.9 + 0.5 + 0.1) / 3,
    "cost_to_serve": 200 + 320,
    "cost_to_serve_rate": 520 / 1200,
    "hours": 5 + 8,
    "hours_per_order": 13 / 3,
    "order_count": 3,
    "orders_per_account": 1,
    "order_value": 400,
    "refund_rate": 100 / 1300,
    # North and the silent one were customers before; North ordered again
    "retention": 1 / 2,
    # North and South ordered
    "product_count": (3 + 1) / 2,
    # North weighs 900, South 300; of the third no payment is known
    "payment_delay": (900 * 10 - 300 * 2) / 1200,
    # North: 3 promoters and a passive; South: a passive and 2 detractors
    "nps": 100 * (3 - 2) / 7,
    "nps_answers": 4 + 3,
    "promoter_share": 3 / 7,
    "detractor_share": 2 / 7,
    # of the third enough is not known
    "goodwill": (80 + 50) / 2,
    "referral_count": 2 + 1,
    "referral_value": 700 - 100,
}


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestMetric(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.company = cls.company.with_env(cls.env)
        cls.Metric = cls.env["customer.metric"]
        cls.manager = cls._create_user("manager", cls.company)
        cls._create_documents()
        cls.env["customer.account"]._refresh(cls.company)
        cls.hotels, cls.clinics = cls.env["customer.group"].create(
            [{"name": "Hotels"}, {"name": "Clinics"}]
        )
        cls.accounts = {
            partner: cls.Account.search(
                [("partner_id", "=", partner.id), ("company_id", "=", cls.company.id)]
            )
            for partner in (cls.north, cls.south, cls.partner_a, cls.partner_b)
        }
        for partner, value, alive, products, delay, answers, goodwill, brought in (
            (cls.north, 1000, 0.9, 3, 10, (3, 1, 0), 80, (2, 700)),
            (cls.south, -100, 0.5, 1, -2, (0, 1, 2), 50, (1, -100)),
            (cls.partner_a, 300, 0.1, 0, False, (0, 0, 0), False, (0, 0)),
        ):
            cls.accounts[partner].write(
                {
                    "group_id": cls.hotels.id,
                    "lifetime_value": value,
                    "probability_alive": alive,
                    "product_count": products,
                    "payment_delay": delay,
                    "has_payment_delay": delay is not False,
                    **dict(zip(COUNTS, answers, strict=True)),
                    "nps_answer_count": sum(answers),
                    "goodwill": goodwill,
                    "has_goodwill": goodwill is not False,
                    "referral_count": brought[0],
                    "referral_value": brought[1],
                }
            )

    @classmethod
    def _create_user(cls, role, company):
        return new_test_user(
            cls.env,
            f"metric_{role}_{company.id}",
            groups=f"customer_centricity.group_{role}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def _create_documents(cls):
        """North: 2 x 500 less 100 credited, costs 600 and 5 h; South: 300 and 8 h."""
        cls._invoice(cls.north, "2025-05-10", (cls.service, 1, 200))
        cls._invoice(cls.partner_a, "2025-05-10", (cls.service, 1, 50))
        for day in ("2026-03-10", "2026-04-10"):
            cls._invoice(cls.north, day, (cls.goods, 5, 100))
        cls._invoice(
            cls.north, "2026-05-10", (cls.service, 1, 100), move_type="out_refund"
        )
        cls._timesheet("2026-03-11", 5)
        cls._invoice(cls.south, "2026-03-10", (cls.service, 1, 300))
        cls._timesheet("2026-03-11", 8, project=cls._create_project(cls.south))
        cls._invoice(cls.partner_b, "2026-03-10", (cls.service, 1, 1000))

    def _metric(self, code):
        return self.env.ref(f"customer_centricity.metric_{code}")

    def test_a_group_by_hand(self):
        measured = self.Metric._measure(
            self.company, list(GROUP_METRICS), groups=self.hotels
        )
        self.assertEqual(list(measured), self.hotels.ids)
        for code, value in GROUP_METRICS.items():
            with self.subTest(code=code):
                self.assertAlmostEqual(measured[self.hotels.id][code], value)

    def test_accounts_by_hand(self):
        north, south = self.accounts[self.north], self.accounts[self.south]
        measured = self.Metric._measure(
            self.company,
            ["profit", "profit_rate", "retention", "hours_per_order"],
            accounts=north | south,
        )
        self.assertAlmostEqual(measured[north.id].pop("profit_rate"), 100 / 900)
        self.assertEqual(
            measured[north.id], {"profit": 100, "retention": 1, "hours_per_order": 2.5}
        )
        self.assertAlmostEqual(measured[south.id].pop("profit_rate"), -20 / 300)
        self.assertEqual(
            measured[south.id],
            # it was no customer before, so there is nothing to retain
            {"profit": -20, "retention": None, "hours_per_order": 8},
        )
        self.assertEqual(self._metric("hours")._measure_one(self.company, south), 8)
        self.assertEqual(
            self._metric("loss")._measure_one(self.company, self.hotels), 20
        )

    def test_metrics_of_an_account_are_its_figures(self):
        """Whatever an account shows itself is measured the same."""
        for account in self.accounts.values():
            measured = self.Metric._measure(
                self.company,
                ["revenue", "profit", "profit_rate", "hours", "order_count"],
                accounts=account,
            )[account.id]
            for code, value in measured.items():
                with self.subTest(account=account.display_name, code=code):
                    self.assertAlmostEqual(value or 0, account[code])

    def test_nobody_and_nothing(self):
        """An amount of nobody is 0, a share of nothing is unknown."""
        measured = self.Metric._measure(
            self.company, list(GROUP_METRICS), groups=self.clinics
        )[self.clinics.id]
        amounts = {code for code, value in measured.items() if value == 0}
        self.assertEqual(
            amounts,
            {
                "account_count",
                "active_accounts",
                "revenue",
                "profit",
                "loss",
                "lifetime_value",
                "cost_to_serve",
                "hours",
                "order_count",
                "nps_answers",
                "referral_count",
                "referral_value",
            },
        )
        self.assertEqual({measured[code] for code in set(measured) - amounts}, {None})
        nobody = self.env["customer.account"]
        self.assertEqual(
            self.Metric._measure(self.company, ["hours"], accounts=nobody), {}
        )
        self.assertEqual(
            self.Metric._measure(self.company, [], groups=self.hotels),
            {self.hotels.id: {}},
        )

    def test_no_share_of_credit_notes_alone(self):
        """A loss of 20 of a revenue of -100 is no profit rate of 20%."""
        self.accounts[self.south].write({"revenue": -100, "refund_amount": 150})
        measured = self.Metric._measure(
            self.company,
            ["profit_rate", "cost_to_serve_rate", "refund_rate"],
            accounts=self.accounts[self.south],
        )[self.accounts[self.south].id]
        self.assertEqual(measured["profit_rate"], None)
        self.assertEqual(measured["cost_to_serve_rate"], None)
        self.assertEqual(measured["refund_rate"], 150 / 50)

    def test_members_of_parts_count(self):
        """Hotels of 1,200, of which spas are a part, and saunas a part of those."""
        spas = self.hotels.create({"name": "Spas", "parent_id": self.hotels.id})
        saunas = self.hotels.create({"name": "Saunas", "parent_id": spas.id})
        self.accounts[self.partner_b].group_id = saunas
        saunas.active = False
        measured = self.Metric._measure(
            self.company, ["revenue", "account_count"], groups=self.hotels | spas
        )
        self.assertEqual(
            measured,
            {
                self.hotels.id: {"revenue": 2200, "account_count": 4},
                spas.id: {"revenue": 1000, "account_count": 1},
            },
        )

    def test_archived_members_do_not_count(self):
        self.accounts[self.south].active = False
        measured = self.Metric._measure(
            self.company, ["account_count", "revenue"], groups=self.hotels
        )
        self.assertEqual(
            measured, {self.hotels.id: {"account_count": 2, "revenue": 900}}
        )
        measured = self.Metric._measure(
            self.company, ["revenue"], accounts=self.accounts[self.south]
        )
        self.assertEqual(measured, {self.accounts[self.south].id: {"revenue": 300}})

    def test_companies_are_measured_apart(self):
        """The same customer in the same group has two figures."""
        elsewhere = self.Account.create(
            {
                "partner_id": self.north.id,
                "company_id": self.other.id,
                "group_id": self.hotels.id,
                "revenue": 7,
            }
        )
        for company, count, revenue in ((self.company, 3, 1200), (self.other, 1, 7)):
            measured = self.Metric._measure(
                company, ["account_count", "revenue"], groups=self.hotels
            )
            self.assertEqual(
                measured,
                {self.hotels.id: {"account_count": count, "revenue": revenue}},
            )
        # an account of another company has no figures in this one
        measured = self.Metric._measure(self.company, ["revenue"], accounts=elsewhere)
        self.assertEqual(measured, {elsewhere.id: {"revenue": 0}})

    def test_measuring_is_for_managers_of_the_company(self):
        user = self._create_user("user", self.company)
        stranger = self._create_user("manager", self.other)
        profit = self._metric("profit")
        self.assertEqual(self._as(user, profit).name, "Profit")
        for person, company in (
            (user, self.company),
            (user, self.other),
            (stranger, self.company),
        ):
            metric = self._as(person, profit)
            with self.subTest(person=person.login, company=company.name):
                with self.assertRaises(AccessError):
                    metric._measure_one(company, self.hotels)
                with self.assertRaises(AccessError):
                    metric._get_usual_range(company, ["profit"])
        # their company, but an account that is not
        with self.assertRaises(AccessError):
            self._as(stranger, profit)._measure_one(
                self.other, self._as(stranger, self.accounts[self.north])
            )
        self.assertEqual(
            self._as(stranger, profit)._measure_one(
                self.other, self._as(stranger, self.hotels)
            ),
            0,
        )
        self.assertEqual(
            self._as(self.manager, profit)._measure_one(
                self.company, self._as(self.manager, self.hotels)
            ),
            80,
        )

    def _as(self, user, records):
        """Return the records as the user sees them who has chosen all companies."""
        return records.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )

    def test_one_query_however_many(self):
        groups = self.hotels | self.env["customer.group"].create(
            [{"name": f"Group {number}"} for number in range(20)]
        )
        for records in (self.hotels, groups):
            self.Metric._measure(self.company, ["revenue"], groups=records)
            with self.assertQueryCount(1):
                self.Metric._measure(self.company, list(GROUP_METRICS), groups=records)

    def test_what_is_usual(self):
        """Of 300, 900 and 1,000: a tenth is 300 + 0.2 x 600, nine tenths 980."""
        usual = self.Metric._get_usual_range(self.company, ["revenue", "retention"])
        low, high = usual["revenue"]
        self.assertAlmostEqual(low, 420)
        self.assertAlmostEqual(high, 980)
        self.assertIsNone(usual["retention"], "known of North alone")
        # most are alike: from the least to the largest
        for number in range(20):
            self.Account.create(
                {
                    "partner_id": self.env["res.partner"]
                    .create({"name": f"Partner {number}"})
                    .id,
                    "company_id": self.company.id,
                    "result": "profit",
                    "order_count": 1,
                    "first_order_date": "2020-01-01",
                    "revenue": 500,
                }
            )
        usual = self.Metric._get_usual_range(self.company, ["revenue", "retention"])
        self.assertEqual(usual, {"revenue": (300, 1000), "retention": None})
        self.accounts[self.partner_a].result = "even"
        usual = self.Metric._get_usual_range(self.company, ["retention"])
        self.assertEqual(usual, {"retention": (0, 1)})
        # a single group has nothing to be compared with
        usual = self.Metric._get_usual_range(self.company, ["revenue"], groups=True)
        self.assertEqual(usual, {"revenue": None})
        self.accounts[self.partner_b].group_id = self.clinics
        usual = self.Metric._get_usual_range(self.company, ["revenue"], groups=True)
        low, high = usual["revenue"]
        self.assertAlmostEqual(low, 1020)
        self.assertAlmostEqual(high, 1180)
        self.assertEqual(self.Metric._get_usual_range(self.company, []), {})

    def test_records_and_registry_are_of_each_other(self):
        codes = self.Metric.search([]).mapped("code")
        self.assertEqual(set(codes), set(self.Metric._get_expressions()))
        self.assertFalse(set(codes) - set(GROUP_METRICS))
        for metric in self.Metric.search([]):
            with self.subTest(code=metric.code):
                self.assertTrue(metric.description)

    def test_unknown_codes(self):
        with (
            self.assertRaisesRegex(ValidationError, "Luck.*no_such_thing"),
            self.env.cr.savepoint(),
        ):
            self.Metric.create(
                {"name": "Luck", "code": "no_such_thing", "unit": "score"}
            )
        # of an addon that has been uninstalled
        codes = ["luck", "revenue"]
        self.assertEqual(
            self.Metric._measure(self.company, codes, groups=self.hotels),
            {self.hotels.id: {"luck": None, "revenue": 1200}},
        )
        self.assertIsNone(self.Metric._get_usual_range(self.company, codes)["luck"])
        self.assertEqual(
            self.Metric._get_usual_range(self.company, ["luck"]), {"luck": None}
        )
        with self.assertRaises(ValueError):
            self.Metric._measure(self.company, ["revenue"])
        with self.assertRaises(ValueError):
            self.Metric._measure(
                self.company,
                ["revenue"],
                groups=self.hotels,
                accounts=self.accounts[self.north],
            )

    def test_in_words(self):
        currency = self.env.ref("base.USD")
        for code, value, text in (
            ("revenue", 1234.56, "$ 1,235"),
            ("revenue", -1234.56, "$ -1,235"),
            ("order_value", 12.5, "$ 12.50"),
            ("order_value", 12, "$ 12"),
            ("profit_rate", 0.125, "12.5 %"),
            ("profit_rate", 0.12, "12 %"),
            ("profit_rate", -0.0001, "0 %"),
            ("hours", 1200.4, "1,200 h"),
            ("hours", 2.25, "2.2 h"),
            ("order_count", 1234567, "1,234,567"),
            ("orders_per_account", 3.35, "3.4"),
            ("profit_rate", None, "nothing to measure"),
        ):
            with self.subTest(code=code, value=value):
                words = self._metric(code)._format(value, currency)
                for invisible, seen in (
                    ("\N{NO-BREAK SPACE}", " "),
                    ("\N{ZERO WIDTH NO-BREAK SPACE}", ""),
                ):
                    words = words.replace(invisible, seen)
                self.assertEqual(words, text)
        self._metric("hours").unit = "days"
        self.assertEqual(self._metric("hours")._format(12.5, currency), "12.5 days")
