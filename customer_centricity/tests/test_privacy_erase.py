import re
from pathlib import Path

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_run import RunCommon

DOCUMENT = Path(__file__).parents[2] / "docs/privacy.md"
# Whose account it is, and what the company's own people and costs are
OWN = {
    "active",
    "company_id",
    "create_date",
    "create_uid",
    "currency_id",
    "has_own_acquisition_cost",
    "own_acquisition_cost",
    "partner_id",
    "user_id",
    "write_date",
    "write_uid",
}
# What its documents add up to, as the books have them
FACTS = {
    "category_count",
    "cost_estimated_rate",
    "first_order_date",
    "has_payment_delay",
    "historic_order_count",
    "historic_value",
    "hours",
    "hours_status",
    "last_order_date",
    "lifecycle_stage",
    "order_count",
    "order_gap",
    "order_gap_variation",
    "other_cost",
    "payment_delay",
    "previous_revenue",
    "product_cost",
    "product_count",
    "profit",
    "profit_rate",
    "refund_amount",
    "result",
    "returned_date",
    "revenue",
    "serving_cost",
    "time_cost",
    "uncosted_hours",
    "uncosted_revenue",
}
# What stands for nothing where there is always something
NOTHING = {"value_status": "opted_out", "voice": "silent"}


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestPrivacyErase(RunCommon):
    """Two customers who are persons, with everything that can be known of one.

    Each is worth 600 of profit a year x 5.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Privacy = cls.env["customer.privacy"]
        cls.anna = cls.env["res.partner"].create(
            {"name": "Anna Alba", "email": "anna@alba.example.com"}
        )
        cls.other = cls.env["res.partner"].create({"name": "Berta"})
        for partner in (cls.anna, cls.other):
            cls._sell_to(partner, 300)
            cls._sell_to(partner, 300, "2026-05-10")
        cls.Account._refresh(cls.company)
        run = cls._new_run()
        run.action_compute()
        cls.Chunk._work_off()
        run.action_apply()
        cls.Chunk._work_off()
        cls.applied = run
        cls.account, cls.others = (
            cls.Account.search([("partner_id", "=", partner.id)])
            for partner in (cls.anna, cls.other)
        )
        cls.records = [
            records
            for partner, account in (
                (cls.anna, cls.account),
                (cls.other, cls.others),
            )
            for records in cls._create_traces(partner, account)
        ]

    @classmethod
    def _create_traces(cls, partner, account):
        company = {"company_id": cls.company.id}
        contact = {"partner_id": partner.id, **company}
        yield cls.env["customer.nps.response"].create(
            {**contact, "score": 3, "comment": "Late", "channel": "typed"}
        )
        yield cls.env["customer.nps.invitation"].create(contact)
        yield cls.env["customer.account.turn"].create(
            {
                **company,
                "account_id": account.id,
                "kind": "result",
                "direction": "worse",
                "old_code": "profit",
                "new_code": "loss",
            }
        )
        exchange = cls.env["customer.value.exchange"].create(
            {
                **company,
                "account_id": account.id,
                "line_ids": [
                    (0, 0, {"name": "Care", "direction": "give", "need": "Calm"}),
                    (0, 0, {"name": "Friends", "direction": "get", "kind": "referral"}),
                ],
            }
        )
        exchange.action_put_in_force()
        yield exchange
        account.write(
            {
                "is_protected": True,
                "protected_reason": "Her brother is the mayor",
                "own_value_method": "typed",
                "typed_value": 900,
                "typed_value_reason": "She inherits",
                "typed_value_end": "2026-12-31",
                "group_id": cls.env["customer.group"]
                .create({"name": f"Friends of {partner.name}"})
                .id,
                "group_reason": "Knows everybody",
            }
        )
        account.message_post(body="She is getting divorced")
        account.activity_schedule("mail.mail_activity_data_todo", summary="Call her")
        yield cls.env["ir.attachment"].create(
            {"name": "Photo", "res_model": account._name, "res_id": account.id}
        )
        decision = cls.env["customer.decision"].create({"account_id": account.id})
        decision.message_post(body="She cried")
        yield decision

    def _get_written(self, records):
        """Return what is written about records, and the files with them."""
        return [
            self.env[model].search_count(
                [(name, "=", records._name), ("res_id", "in", records.ids)]
            )
            for name, model in (
                ("model", "mail.message"),
                ("res_model", "mail.activity"),
                ("res_model", "mail.followers"),
                ("res_model", "ir.attachment"),
            )
        ]

    def _get_found(self, partner, account):
        """Return the names of the models that tell of a person."""
        persons = {"res.partner": partner, "customer.account": account}
        return {
            field.model_name
            for field in self.Privacy._get_listed_fields()
            if self.Privacy._search_by(field, persons[field.comodel_name])
        }

    def test_all_that_is_known_is_found(self):
        self.assertLessEqual(
            {
                "customer.account",
                "customer.account.snapshot",
                "customer.account.value",
                "customer.decision",
                "customer.nps.invitation",
                "customer.nps.response",
                "customer.value.exchange",
            },
            self._get_found(self.anna, self.account),
        )

    def test_an_account_is_erased_but_for_its_amounts(self):
        totals = self._get_totals()
        decision = self.account.decision_ids
        names = ("revenue", "profit", "order_count", "first_order_date")
        figures = self.account.read(names)
        others = self._get_found(self.other, self.others)
        self.Privacy._erase(self.account)
        self.assertEqual(self._get_found(self.anna, self.account), {"customer.account"})
        self.assertEqual(self._get_written(self.account), [0, 0, 0, 0])
        self.assertEqual(self._get_written(decision), [0, 0, 0, 0])
        for name in self._get_columns() - OWN - FACTS:
            with self.subTest(name=name):
                self.assertEqual(self.account[name] or False, NOTHING.get(name, False))
        self.assertTrue(self.anna.customer_profiling_opt_out)
        # the money is where it was
        self.assertEqual(self.account.read(names), figures)
        self.assertEqual(self._get_totals(), totals)
        self._refresh()
        self.assertEqual(self.account.read(names), figures)
        self.assertEqual(self._get_totals(), totals)
        self.assertLessEqual(
            self._get_found(self.anna, self.account),
            {"customer.account", *self._get_computed_models()},
        )
        self.assertEqual(sum(self.applied.snapshot_ids.mapped("lifetime_value")), 6000)
        # and nothing of anybody else is gone
        self.assertEqual(self._get_found(self.other, self.others), others)
        self.assertEqual(self.others.typed_value_reason, "She inherits")
        messages, activities, _followers, files = self._get_written(self.others)
        self.assertGreater(min(messages, activities, files), 0)

    def _get_computed_models(self):
        """Return the models whose rows follow from documents, without a word."""
        return {
            "customer.account.advice",
            "customer.account.category",
            "customer.account.goodwill",
            "customer.account.habit",
            "customer.behaviour",
        }

    def _get_totals(self):
        self.env.invalidate_all()
        return sorted(
            (total.month, total.revenue, total.profit)
            for total in self.env["customer.profit.total"].search(
                [("company_id", "=", self.company.id)]
            )
        )

    def test_a_single_record_is_erased(self):
        response, invitation, exchange, _file, decision = self.records[:5]
        self.Privacy._erase(response)
        self.assertFalse(response.exists())
        self.assertTrue(invitation.exists())
        # in force, so that nobody could delete it otherwise
        self.Privacy._erase(exchange)
        self.assertFalse(exchange.exists())
        self.Privacy._erase(decision)
        self.assertFalse(decision.exists())
        self.assertEqual(self._get_written(decision), [0, 0, 0, 0])
        self.Privacy._erase(response)  # once more does no harm

    def test_the_call_that_an_answer_asked_for_goes_with_it(self):
        """Also what the chatter tells when it was made; the rest of it stays."""
        ways = {
            "erased": self.Privacy._erase,
            "deleted": lambda answer: answer.unlink(),
        }
        for name, way in ways.items():
            for is_done in (False, True):
                with self.subTest(way=name, is_done=is_done):
                    answer, other = self.env["customer.nps.response"].create(
                        [
                            {
                                "partner_id": self.anna.id,
                                "company_id": self.company.id,
                                "score": score,
                                "comment": "Nobody answers the telephone",
                            }
                            for score in (1, 2)
                        ]
                    )
                    call = answer.call_back_id
                    self.assertEqual(call.res_id, self.account.id)
                    written = self._get_written(self.account)[0]
                    if is_done:
                        call.action_feedback("She was furious")
                        other.call_back_id.action_feedback("Spoke to her")
                    way(answer)
                    self.assertFalse(call.exists())
                    self.assertTrue(other.call_back_id.exists())
                    self.assertEqual(
                        self._get_written(self.account)[0], written + is_done
                    )
                    bodies = "".join(self.account.message_ids.mapped("body"))
                    self.assertNotIn("furious", bodies)
                    other.unlink()

    def test_a_row_of_a_run_forgets_whose_it_was(self):
        snapshot = self._snapshot(self.applied, self.anna)
        self.assertEqual(snapshot.lifetime_value, 3000)
        self.Privacy._erase(snapshot)
        self.assertFalse(snapshot.account_id)
        self.assertEqual(snapshot.lifetime_value, 3000)

    def test_a_contact_without_documents_goes_with_all(self):
        claire = self.env["res.partner"].create({"name": "Claire"})
        account = self.Account.create(
            {"partner_id": claire.id, "company_id": self.company.id}
        )
        traces = [*self._create_traces(claire, account)]
        account_id, decision = account.id, traces[-1]
        claire.unlink()
        self.assertFalse(any(trace.exists() for trace in traces))
        gone = self.Account.browse(account_id)
        self.assertFalse(gone.exists())
        self.assertEqual(self._get_written(gone), [0, 0, 0, 0])
        self.assertEqual(self._get_written(decision), [0, 0, 0, 0])

    def _get_columns(self):
        """Return what our addons store of an account."""
        return {
            name
            for name, field in self.account._fields.items()
            if (field._module or "").startswith("customer_centricity")
            and field.store
            and field.column_type
        }

    def test_what_is_stored_of_an_account_is_erased(self):
        """A field that comes later is erased, or put on the list of those that stay."""
        values = {
            name: {
                "boolean": True,
                "char": "Said",
                "date": "2026-07-01",
                "float": 1,
                "integer": 1,
                "monetary": 1,
            }.get(self.account._fields[name].type)
            for name in self._get_columns() - OWN - FACTS
        }
        for name in values:
            field = self.account._fields[name]
            if field.type == "selection":
                values[name] = field.get_values(self.env)[0]
            elif field.type == "many2one":
                values[name] = self.env[field.comodel_name].search([], limit=1).id
        values |= {"own_value_method": "typed", "group_origin": "hand"}
        self.account._write({name: value for name, value in values.items() if value})
        self.env.invalidate_all()
        self.Privacy._erase(self.account)
        self.env.invalidate_all()
        left = {
            name: self.account[name]
            for name in values
            if (self.account[name] or False) != NOTHING.get(name, False)
        }
        self.assertFalse(left)

    def test_a_refresh_has_nothing_to_tell(self):
        """Nor is anything left of what its contacts said."""
        self._refresh()
        self.assertEqual(self.account.voice, "detractor")
        self.assertEqual(self.account.detractor_count, 1)
        self._flush_tracking()
        self.Privacy._erase(self.account)
        self._flush_tracking()
        self.assertEqual(self._get_written(self.account)[0], 0)
        self.assertEqual(self.account.voice, "silent")
        self._refresh()
        self._flush_tracking()
        self.assertEqual(self._get_written(self.account)[0], 0)

    # ------------------------------------------------------------------
    # What is documented
    # ------------------------------------------------------------------

    def test_every_field_that_points_to_a_person_is_documented(self):
        rows = re.findall(r"^\| `([\w.]+)` \|", DOCUMENT.read_text(), re.MULTILINE)
        found = [str(field) for field in self.Privacy._get_fields()]
        installed = {row for row in rows if row.rpartition(".")[0] in self.env}
        self.assertEqual(installed, set(found))
        self.assertEqual(len(rows), len(set(rows)))
