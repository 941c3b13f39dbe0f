from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import TODAY, CustomerCentricityCommon


@freeze_time(TODAY)
@tagged("post_install", "-at_install", "plain_stack")
class TestAccountTurn(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Turn = cls.env["customer.account.turn"]
        cls.first, cls.second = cls.env["customer.tier"].create(
            [
                {"name": "First", "sequence": 1001},
                {"name": "Second", "sequence": 1002},
            ]
        )
        cls.losing = cls.env["customer.tier"].create(
            {"name": "Losing", "sequence": 1000, "rule_type": "loss"}
        )
        cls.account, cls.other = cls.Account.create(
            [{"partner_id": cls.north.id}, {"partner_id": cls.south.id}]
        )

    def _turns(self, accounts=None):
        accounts = accounts or self.account
        return self.Turn.search([("account_id", "in", accounts.ids)], order="id")

    def _tell(self):
        return [
            (turn.kind, turn.old_label, turn.new_label, turn.direction)
            for turn in self._turns()
        ]

    def test_documents_turn_an_account(self):
        """Sold for 100 with goods for 60: a profit; with 3 hours at 40: a loss."""
        self._invoice(self.south, "2026-03-02", (self.goods, 1, 100))
        project = self._create_project(self.south)
        self._refresh()
        self.assertEqual(self.other.result, "profit")
        self.assertFalse(self._turns(self.other))  # the first result is no turn
        self._timesheet("2026-03-03", 3, project)
        self._refresh()
        [turn] = self._turns(self.other).filtered(lambda one: one.kind == "result")
        self.assertEqual(
            (turn.old_code, turn.new_code, turn.direction),
            ("profit", "loss", "worse"),
        )
        self.assertEqual(turn.company_id, self.company)
        self._refresh()  # nothing new
        self.assertEqual(
            len(self._turns(self.other).filtered(lambda one: one.kind == "result")), 1
        )

    def test_directions(self):
        for kind, old, new, direction in (
            ("result", "loss", "even", "better"),
            ("result", "profit", "even", "worse"),
            # no activity is no worse than breaking even
            ("result", "no_activity", "loss", "worse"),
            ("result", "no_activity", "profit", "better"),
            ("result", "profit", "no_activity", "other"),
            ("lifecycle_stage", "steady", "at_risk", "worse"),
            ("lifecycle_stage", "at_risk", "lost", "worse"),
            ("lifecycle_stage", "lost", "won_back", "better"),
            ("lifecycle_stage", "prospect", "new", "other"),
            ("lifecycle_stage", "new", "growing", "better"),
            ("lifecycle_stage", "new", "at_risk", "worse"),
            ("voice", "passive", "detractor", "worse"),
            ("voice", "passive", "promoter", "better"),
        ):
            with self.subTest(kind=kind, old=old, new=new):
                self.account.write({kind: old})
                self._turns().unlink()
                self.account.write({kind: new})
                turn = self._turns()
                self.assertEqual(
                    (turn.kind, turn.old_code, turn.new_code, turn.direction),
                    (kind, old, new, direction),
                )

    def test_tiers_of_a_loss_are_the_last(self):
        for old, new, direction in (
            (self.first, self.second, "worse"),
            (self.second, self.first, "better"),
            (self.second, self.losing, "worse"),
            (self.losing, self.second, "better"),
        ):
            with self.subTest(old=old.name, new=new.name):
                self.account._set_tier(old, "asked for")
                self._turns().unlink()
                self.account._set_tier(new, "asked for")
                self.assertEqual(
                    self._tell(), [("tier_id", old.name, new.name, direction)]
                )

    def test_a_deleted_tier_leaves_its_turns(self):
        self.account._set_tier(self.first, "asked for")
        self.account._set_tier(self.second, "asked for")
        self.first.unlink()
        self.assertEqual(self._tell(), [("tier_id", False, "Second", "worse")])

    def test_the_same_again_and_nothing_are_no_turns(self):
        self.account.write({"result": "loss"})
        self.account.write({"result": "loss"})
        self.account.write({"result": False})
        self.assertFalse(self._turns())

    def test_silence_is_no_change_of_mind(self):
        """Thousands whose answers are imported have not turned."""
        self.account.write({"voice": "detractor"})
        self.account.write({"voice": "silent"})
        self.account.write({"voice": "promoter"})
        self.assertFalse(self._turns())

    def test_whoever_objects_to_profiling_has_none(self):
        self.account.write({"result": "profit"})
        self.account.write({"result": "loss"})
        self.north.customer_profiling_opt_out = True
        self.assertFalse(self._turns())
        self.account.write({"result": "profit"})
        self.assertFalse(self._turns())

    def test_everybody_reads_in_the_own_language(self):
        self._activate_spanish()
        self.account.write({"result": "profit"})
        self.account.with_context(lang="es_ES").write({"result": "loss"})
        turn = self._turns()
        self.assertEqual(turn.new_label, "Loss")
        names = dict(
            self.Account.with_context(lang="es_ES")
            ._fields["result"]
            ._description_selection(self.env(context={"lang": "es_ES"}))
        )
        self.assertEqual(turn.with_context(lang="es_ES").new_label, names["loss"])

    def test_as_many_queries_for_many_as_for_two(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(12)]
        )
        accounts = self.Account.create(
            [{"partner_id": one.id, "result": "profit"} for one in partners]
        )
        self.env.flush_all()

        def count(chosen, result):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            chosen.with_context(tracking_disable=True).write({"result": result})
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(accounts[:2], "loss")  # what is read once
        few, many = count(accounts[2:4], "loss"), count(accounts[4:], "loss")
        self.assertEqual(few, many)
        self.assertEqual(len(self._turns(accounts)), 12)

    def test_only_of_own_companies_and_typed_by_nobody(self):
        other = self._create_other_company()
        elsewhere = self.Account.create(
            {"partner_id": self.north.id, "company_id": other.id, "result": "profit"}
        )
        elsewhere.write({"result": "loss"})
        seller = self._new_user("seller of turns", "user")
        turns = self.Turn.with_user(seller)
        self.assertFalse(turns.search([("account_id", "=", elsewhere.id)]))
        with self.assertRaises(AccessError):
            turns.create({"account_id": self.account.id, "kind": "result"})
        self.account.write({"result": "profit"})
        self.account.write({"result": "loss"})
        action = self._turns().with_user(seller).action_open_account()
        self.assertEqual(action["res_id"], self.account.id)

    def test_old_turns_are_removed(self):
        self.account.write({"result": "profit"})
        self.account.write({"result": "loss"})
        self.account.write({"result": "even"})
        old, young = self._turns()
        old.date = datetime(2024, 6, 14)  # 25 months and a day
        young.date = datetime(2024, 6, 16)
        with self._allow_commits():
            self.env["customer.retention"]._cron_clean_up()
        self.assertEqual(self._turns(), young)
