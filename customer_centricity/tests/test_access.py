from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import TODAY, CustomerCentricityCommon

# group x model: what may be done, of create, read, write, unlink
RIGHTS = {
    "portal": {},
    "user": {
        "customer.nps.invitation": "r",
        "customer.nps.response": "crw",
        "customer.nps.topic": "r",
        "customer.account": "r",
        "customer.account.turn": "r",
        "customer.behaviour": "r",
        "customer.behaviour.start": "r",
        "customer.decision": "r",
        "customer.decision.option": "r",
        "customer.decision.rung": "r",
        "customer.group": "r",
        "customer.intent": "r",
        "customer.intent.outcome": "r",
        "customer.metric": "r",
        "customer.play": "r",
        "customer.play.step": "r",
        "customer.channel": "r",
        "customer.group.tag": "r",
        "customer.touchpoint": "r",
        "customer.value.exchange": "r",
        "customer.value.exchange.line": "r",
        "customer.tier": "r",
        "customer.service.level": "r",
    },
    "manager": {
        "customer.nps.invite": "crwu",
        "customer.nps.invitation": "r",
        "customer.nps.response": "crw",
        "customer.nps.topic": "crw",
        "customer.account": "rw",
        "customer.account.turn": "r",
        "customer.account.category": "r",
        "customer.behaviour": "r",
        "customer.behaviour.start": "r",
        "customer.decision": "crw",
        "customer.decision.measure": "r",
        "customer.decision.option": "rw",
        "customer.decision.rung": "r",
        "customer.decision.propose": "crwu",
        "customer.decision.step": "crwu",
        "customer.decision.request": "r",
        "customer.decision.effect": "r",
        "customer.group": "crw",
        "customer.intent": "crwu",
        "customer.intent.end": "crwu",
        "customer.intent.measure": "r",
        "customer.intent.outcome": "crwu",
        "customer.intent.start": "crwu",
        "customer.intent.step": "r",
        "customer.metric": "r",
        "customer.play": "crwu",
        "customer.play.step": "crwu",
        "customer.value.exchange": "crwu",
        "customer.value.exchange.line": "crwu",
        "customer.group.proposal": "crwu",
        "customer.group.proposal.line": "rw",
        "customer.group.history": "r",
        "customer.channel": "crw",
        "customer.group.keep": "crwu",
        "customer.group.tag": "crwu",
        "customer.group.version": "r",
        "customer.touchpoint": "crwu",
        "customer.product.cost": "r",
        "customer.profit.item": "r",
        "customer.profit.month": "r",
        "customer.profit.total": "r",
        "customer.quality.finding": "r",
        "customer.reconciliation": "r",
        "customer.account.goodwill": "r",
        "customer.account.snapshot": "r",
        "customer.account.value": "r",
        "customer.ltv.run": "r",
        "customer.ltv.run.tier": "r",
        "customer.value.model": "r",
        "customer.cost.driver": "r",
        "customer.cost.rate": "r",
        "customer.tier": "r",
        "customer.service.level": "r",
        "customer.group.change": "crwu",
        "customer.group.preview": "crwu",
        "customer.group.preview.line": "crwu",
        "customer.tier.change": "crwu",
        "customer.tier.keep": "crwu",
    },
    "administrator": {
        "customer.nps.invite": "crwu",
        "customer.nps.invitation": "ru",
        "customer.nps.response": "crwu",
        "customer.nps.topic": "crwu",
        "customer.account": "rw",
        "customer.account.advice": "r",
        "customer.account.turn": "r",
        "customer.weekly.note": "r",
        "customer.account.category": "r",
        "customer.account.change": "r",
        "customer.behaviour": "r",
        "customer.behaviour.change": "r",
        "customer.behaviour.start": "r",
        "customer.decision": "crwu",
        "customer.decision.measure": "r",
        "customer.decision.option": "rw",
        "customer.decision.rung": "crwu",
        "customer.decision.propose": "crwu",
        "customer.decision.step": "crwu",
        "customer.decision.request": "r",
        "customer.decision.effect": "r",
        "customer.group": "crwu",
        "customer.intent": "crwu",
        "customer.intent.end": "crwu",
        "customer.intent.measure": "r",
        "customer.intent.outcome": "crwu",
        "customer.intent.start": "crwu",
        "customer.intent.step": "r",
        "customer.metric": "r",
        "customer.play": "crwu",
        "customer.play.step": "crwu",
        "customer.value.exchange": "crwu",
        "customer.value.exchange.line": "crwu",
        "customer.group.proposal": "crwu",
        "customer.group.proposal.line": "rw",
        "customer.group.history": "r",
        "customer.channel": "crwu",
        "customer.group.keep": "crwu",
        "customer.group.tag": "crwu",
        "customer.group.version": "r",
        "customer.touchpoint": "crwu",
        "customer.product.cost": "r",
        "customer.profit.item": "r",
        "customer.profit.month": "r",
        "customer.profit.total": "r",
        "customer.quality.finding": "r",
        "customer.reconciliation": "r",
        "customer.account.snapshot": "r",
        "customer.account.value": "r",
        "customer.account.goodwill": "r",
        "customer.account.habit": "r",
        "customer.account.observation": "r",
        "customer.ltv.chunk": "r",
        "customer.ltv.run": "crwu",
        "customer.ltv.run.tier": "r",
        "customer.value.model": "r",
        "customer.cost.driver": "r",
        "customer.cost.rate": "crwu",
        "customer.tier": "crwu",
        "customer.service.level": "crwu",
        "customer.group.change": "crwu",
        "customer.group.preview": "crwu",
        "customer.group.preview.line": "crwu",
        "customer.preset": "crwu",
        "customer.preset.application": "r",
        "customer.preset.line": "crwu",
        "customer.tier.change": "crwu",
        "customer.tier.keep": "crwu",
    },
}
# What a salesperson must not come to know
SECRETS = {
    "advocacy",
    "revenue",
    "refund_amount",
    "product_cost",
    "time_cost",
    "other_cost",
    "serving_cost",
    "profit",
    "profit_rate",
    "hours",
    "order_count",
    "cost_estimated_rate",
    "uncosted_revenue",
    "uncosted_hours",
    "lifetime_value",
    "lifetime_value_low",
    "lifetime_value_high",
    "probability_alive",
    "expected_orders",
    "value_method",
    "value_status",
    "value_summary",
    "own_value_method",
    "typed_value",
    "typed_value_reason",
    "typed_value_end",
    "historic_value",
    "historic_order_count",
    "product_count",
    "category_count",
    "payment_delay",
    "has_payment_delay",
    "previous_revenue",
    "order_gap",
    "order_gap_variation",
    "returned_date",
    "goodwill",
    "has_goodwill",
    "goodwill_change",
    "has_goodwill_change",
    "has_low_goodwill",
    "is_goodwill_falling",
    "is_goodwill_rising",
    "goodwill_summary",
    "goodwill_complaints",
    "goodwill_hours",
    "goodwill_payment",
    "goodwill_cost",
    "referral_profit",
    "referral_value",
    "has_own_acquisition_cost",
    "own_acquisition_cost",
    "acquisition_cost",
    "acquisition_return",
    "month_hours",
    "month_ids",
    "included_hours",
    "hours_used_rate",
    "snapshot_count",
    "snapshot_ids",
    "found_line_id",
    "decision_count",
}
# Figures of an account that salespeople may know: they hear the answers, and note
# whom it brought, themselves
HEARD = {
    "detractor_count",
    "nps_answer_count",
    "nps_response_count",
    "nps_score",
    "passive_count",
    "promoter_count",
    "referral_count",
}
# Numbers and texts that salespeople may read: none is a figure of a customer
NO_FIGURES = {
    "customer.account.nps_score",
    "customer.group.nps_score",
    "customer.tier.nps_score",
    "customer.service.level.included_hours",
    "customer.service.level.minimum_order",
    "customer.service.level.response_hours",
    "customer.tier.threshold_amount",
    "customer.tier.threshold_rate",
    "customer.value.exchange.line.weight",
}
# Everything that can be called over RPC and is ours
PUBLIC_METHODS = {
    # what core has for all models, with less in it
    ("customer.decided.values", "default_get"),
    ("customer.decision", "default_get"),
    ("customer.nps.response", "default_get"),
    ("customer.decision.effect", "default_get"),
    ("customer.decision.measure", "default_get"),
    ("customer.decision.option", "default_get"),
    ("customer.group", "default_get"),
    ("customer.group.proposal", "default_get"),
    ("customer.intent", "default_get"),
    ("customer.intent.outcome", "default_get"),
    ("customer.ltv.run", "default_get"),
    ("customer.value.exchange", "default_get"),
    ("customer.value.exchange.line", "default_get"),
    ("customer.decision", "onchange"),
    # our own
    ("customer.account", "action_ask_referral"),
    ("customer.account", "action_change_group"),
    ("customer.account", "action_change_tier"),
    ("customer.account", "action_download_workbook"),
    ("customer.account", "action_explain_value"),
    ("customer.account", "action_keep_tier"),
    ("customer.account", "action_open_behaviours"),
    ("customer.account", "action_open_decision"),
    ("customer.account", "action_open_intents"),
    ("customer.account", "action_open_items"),
    ("customer.account", "action_open_months"),
    ("customer.account", "action_invite_nps"),
    ("customer.account", "action_open_nps_responses"),
    ("customer.group", "action_invite_nps"),
    ("customer.nps.invite", "action_send"),
    ("customer.nps.response", "get_import_templates"),
    ("res.partner", "action_invite_nps"),
    ("res.partner", "action_open_nps_responses"),
    ("customer.account", "action_open_statement"),
    ("customer.account", "action_print_review_pack"),
    ("customer.account", "action_propose_decision"),
    ("customer.account", "action_refresh"),
    ("customer.account", "action_release_group"),
    ("customer.account", "action_release_tier"),
    ("customer.account", "action_schedule_call"),
    ("customer.account", "get_voice_summary"),
    ("customer.account", "action_start_next_behaviour"),
    ("customer.account.snapshot", "action_keep"),
    ("customer.behaviour", "get_transitions"),
    ("customer.group", "action_open_behaviours"),
    ("res.partner", "action_start_next_behaviour"),
    ("customer.account.snapshot", "action_release"),
    ("customer.account.turn", "action_open_account"),
    ("customer.account.value", "action_download_workbook"),
    ("customer.account.value", "action_open_months"),
    ("customer.account.value", "action_open_orders"),
    ("customer.account.value", "action_open_timesheets"),
    ("customer.account", "get_profit_statement"),
    # what everybody, and what managers get of it: test_dashboard_rights
    ("customer.dashboard", "get_action"),
    ("customer.dashboard", "get_filters"),
    ("customer.dashboard", "get_section"),
    ("customer.decision", "action_open_statement"),
    ("customer.decision", "action_review_now"),
    ("customer.decision", "action_step"),
    ("customer.decision", "action_write_letter"),
    ("customer.decision.propose", "action_propose"),
    ("customer.decision.request", "action_propose_decision"),
    ("customer.decision.step", "action_go_on"),
    ("customer.group", "action_keep_version"),
    ("customer.group", "action_open_accounts"),
    ("customer.group", "action_open_intents"),
    ("customer.intent", "action_end"),
    ("customer.intent", "action_open_accounts"),
    ("customer.intent", "action_open_steps"),
    ("customer.intent", "action_retry_steps"),
    ("customer.intent", "action_start"),
    ("customer.intent.end", "action_end"),
    ("customer.intent.start", "action_start"),
    ("customer.play", "action_open_intents"),
    ("customer.group", "action_open_history"),
    ("customer.group", "action_preview_rule"),
    ("customer.group", "action_preview_rules"),
    ("customer.group.preview", "action_apply"),
    ("customer.group", "action_print_card"),
    ("customer.group.change", "action_apply"),
    ("customer.group.keep", "action_apply"),
    ("customer.group.proposal", "action_accept"),
    ("customer.group.proposal", "action_discard"),
    ("customer.group.proposal", "action_propose"),
    ("customer.group.proposal.line", "action_open_accounts"),
    ("customer.ltv.run", "action_apply"),
    ("customer.ltv.run", "action_cancel"),
    ("customer.ltv.run", "action_compute"),
    ("customer.ltv.run", "action_download_workbook"),
    ("customer.ltv.run", "action_open_matrix"),
    ("customer.ltv.run", "action_open_model"),
    ("customer.ltv.run", "action_open_opted_out"),
    ("customer.ltv.run", "action_open_snapshots"),
    ("customer.ltv.run", "action_retry"),
    ("customer.ltv.run", "action_undo"),
    ("customer.ltv.run", "get_health"),
    ("customer.ltv.run", "get_progress"),
    ("customer.onboarding", "get_panel"),
    ("customer.onboarding", "hide"),
    ("customer.onboarding", "open_step"),
    ("customer.preset", "action_apply"),
    ("customer.preset", "action_open_applied"),
    ("customer.account", "action_open_exchange"),
    ("customer.group", "action_open_exchange"),
    ("customer.value.exchange", "action_new_version"),
    ("customer.value.exchange", "action_open_versions"),
    ("customer.value.exchange", "action_put_in_force"),
    ("customer.profit.item", "action_open_document"),
    ("customer.profit.item", "web_search_read"),
    ("customer.quality.finding", "action_open"),
    ("customer.quality.finding", "get_grades"),
    ("customer.reconciliation", "action_open_items"),
    ("customer.tier.change", "action_apply"),
    ("customer.tier.keep", "action_apply"),
    ("customer.account", "action_open_referrals"),
    ("res.config.settings", "action_customer_refresh"),
    ("res.partner", "action_open_customer_account"),
    # as Odoo has it, with the rights that it checks
    ("ir.actions.server", "run"),
}
# Whoever sees a record may know these of what it refers to
NO_SECRETS = {
    "color",
    "company_id",
    "currency_id",
    "description",
    "kind",
    "name",
    "sequence",
    "unit",
}
MODULE = "customer_centricity"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAccess(CustomerCentricityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._invoice(cls.north, "2026-03-10", (cls.goods, 3, 100))
        cls._timesheet("2026-03-10", 1)
        cls.Account._refresh(cls.company)
        cls.account = cls._account_of(cls.north)
        company = {
            "company_id": cls.company.id,
            "company_ids": [Command.set(cls.company.ids)],
        }
        cls.people = {
            role: new_test_user(
                cls.env,
                f"access_{role}",
                groups=f"{MODULE}.group_{role},base.group_allow_export",
                **company,
            )
            for role in ("user", "manager", "administrator")
        }
        cls.people["portal"] = new_test_user(
            cls.env, "access_portal", groups="base.group_portal", **company
        )
        # the portal user is a contact of the customer
        cls.people["portal"].partner_id.parent_id = cls.north

    @classmethod
    def _account_of(cls, partner):
        return cls.Account.search([("partner_id", "=", partner.id)])

    def _own_models(self):
        return [
            name
            for name, model in self.env.registry.items()
            if model._original_module == MODULE and not model._abstract
        ]

    def test_rights_are_those_of_the_table(self):
        operations = {"c": "create", "r": "read", "w": "write", "u": "unlink"}
        models = self._own_models()
        self.assertIn("customer.account", models)
        for role, user in self.people.items():
            for name in models:
                allowed = RIGHTS[role].get(name, "")
                for letter, operation in operations.items():
                    with self.subTest(role=role, model=name, operation=operation):
                        self.assertEqual(
                            self.env[name].with_user(user).has_access(operation),
                            letter in allowed,
                        )

    def test_fields_on_core_models_are_for_our_groups(self):
        """Portal users can read their own contact: no field of ours without groups."""
        for model in self.env.registry.values():
            if model._original_module == MODULE:
                continue
            for field in model._fields.values():
                if field._module != MODULE:
                    continue
                with self.subTest(field=str(field)):
                    self.assertTrue(field.groups)
                    self.assertIn(MODULE, field.groups)
        partner = self.north.with_user(self.people["portal"])
        self.assertEqual(partner.read(["name"])[0]["name"], "North Hotel")
        user = partner.env.user.with_user(partner.env.user)
        for name, field in partner._fields.items():
            if field._module != MODULE:
                continue
            with self.subTest(name=name):
                self.assertNotIn(name, partner.fields_get())
                with self.assertRaises(AccessError):
                    partner.read([name])
                with self.assertRaises(UserError):
                    partner.search([(name, "!=", False)])
                with self.assertRaises(AccessError):
                    user.read([name])

    def test_a_salesperson_gets_no_figure_by_any_way(self):
        user = self.people["user"]
        account = self.account.with_user(user)
        self.assertEqual(account.read(["result"])[0]["result"], "profit")
        figures = {
            name
            for name, field in account._fields.items()
            if field._module == MODULE
            and (field.type in ("monetary", "float") or name.endswith("_count"))
        }
        self.assertFalse(figures - SECRETS - HEARD)
        guarded = {
            name
            for name, field in account._fields.items()
            if field._module == MODULE and field.groups
        }
        open_to_salespeople = {
            "window_label",
            "profiling_opt_out",
            "profiling_opt_out_date",
            "referred_by_id",
        }
        self.assertEqual(guarded - open_to_salespeople, SECRETS)
        for name in SECRETS:
            with self.subTest(name=name):
                self.assertNotIn(name, account.fields_get())
                with self.assertRaises(AccessError):
                    account.read([name])
                with self.assertRaises(AccessError):
                    account.search([(name, "!=", False)])
                with self.assertRaises(AccessError):
                    account.search([], order=f"{name} desc").ids  # noqa: B018
                with self.assertRaises(AccessError):
                    account._read_group([], [], [f"{name}:sum"])
                with self.assertRaises(AccessError):
                    account._read_group([], [name], [])
                with self.assertRaises(AccessError):
                    account.export_data([name])
        partner = self.north.with_user(user)
        for name in ("customer_profit", "customer_revenue", "customer_lifetime_value"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                partner.read([name])
            with self.subTest(name=name), self.assertRaises(UserError):
                partner.search([(name, ">", 0)])
        for path in (
            "customer_account_ids.profit",
            "customer_account_id.profit",
            "commercial_partner_id.customer_account_ids.month_ids.profit",
        ):
            with self.subTest(path=path), self.assertRaises(AccessError):
                partner.search([(path, ">", 0)])
        with self.assertRaises(AccessError):
            self.env["customer.profit.month"].with_user(user).search([])
        for view_type in ("kanban", "list", "form", "pivot", "graph", "search"):
            arch = account.get_view(view_type=view_type)["arch"]
            for name in SECRETS:
                self.assertNotIn(f'"{name}"', arch, view_type)

    def test_a_salesperson_reads_no_amount_of_any_model(self):
        """Figures are for managers, but for what is no figure of a customer."""
        user = self.people["user"]
        readable = {
            f"{name}.{field.name}"
            for name in self._own_models()
            if "r" in RIGHTS["user"].get(name, "")
            for field in self.env[name]._fields.values()
            if (
                field.type in ("monetary", "float")
                or field.name.endswith(("_text", "explanation"))
            )
            and self.env[name].with_user(user)._has_field_access(field, "read")
        }
        self.assertEqual(readable, NO_FIGURES)

    def test_a_salesperson_who_bills_gets_no_cost_of_a_document(self):
        """Whoever may read invoices may not read what was kept on them."""
        user = self.people["user"]
        user.group_ids |= self.env.ref("account.group_account_invoice")
        line = self.env["account.move.line"].search(
            [("product_id", "=", self.goods.id), ("display_type", "=", "product")]
        )[:1]
        self.assertEqual(line.customer_unit_cost, 60)
        line = line.with_user(user)
        self.assertEqual(line.read(["price_unit"])[0]["price_unit"], 100)
        guarded = [
            (name, field.name)
            for name, model in self.env.registry.items()
            if model._original_module != MODULE and not model._abstract
            for field in model._fields.values()
            if field._module == MODULE
            and not user.has_groups(field.groups)
            and name not in ("res.config.settings", "res.company")
        ]
        self.assertIn(("account.move.line", "customer_unit_cost"), guarded)
        for name, field in guarded:
            model = self.env[name].with_user(user)
            with self.subTest(model=name, field=field):
                self._assert_hidden(model, field)
        moves = line.move_id
        for path in (
            "invoice_line_ids.customer_unit_cost",
            "line_ids.customer_unit_cost",
            "partner_id.customer_account_ids.product_cost",
        ):
            with self.subTest(path=path), self.assertRaises(AccessError):
                moves.search([(path, ">", 0)])

    def _assert_hidden(self, model, name):
        self.assertNotIn(name, model.fields_get())
        for attempt in (
            lambda: model.search([], limit=1).read([name]),
            lambda: model.search([(name, ">", 0)], limit=1),
            lambda: model.search([], order=f"{name} desc", limit=1).ids,
            lambda: model._read_group([], [name], []),
            lambda: model.search([], limit=1).export_data([name]),
        ):
            try:
                attempt()
            except (UserError, ValueError):
                # not for this user, or nothing that can be searched for or sorted by
                continue
            self.fail(f"{model._name}.{name} can be read")

    def test_a_salesperson_gets_nothing_of_the_models_of_figures(self):
        user = self.people["user"]
        figures = [
            name
            for name in self._own_models()
            if "r" not in RIGHTS["user"].get(name, "")
        ]
        self.assertIn("customer.profit.item", figures)
        for name in figures:
            model = self.env[name].with_user(user)
            with self.subTest(model=name):
                for attempt in (
                    lambda model=model: model.search([]),
                    lambda model=model: model.search_count([]),
                    lambda model=model: model._read_group([], [], ["__count"]),
                    lambda model=model: model.web_search_read([], {"id": {}}),
                    lambda model=model: model.browse(1).read(["id"]),
                ):
                    with self.assertRaises(AccessError):
                        attempt()

    def test_a_salesperson_exports_no_figure(self):
        user = self.people["user"]
        explanation = self.env["customer.account.value"].search(
            [("account_id", "=", self.account.id)]
        )
        for records, name in (
            (self.account.month_ids, "profit"),
            (explanation, "margin"),
            (self.account, "month_ids/profit"),
            (self.north, "customer_account_ids/profit"),
        ):
            self.assertTrue(records)
            with self.subTest(name=name), self.assertRaises(AccessError):
                records.with_user(user).export_data([name])

    def test_a_salesperson_calls_no_method_that_tells_figures(self):
        account = self.account.with_user(self.people["user"])
        for attempt in (
            account.get_profit_statement,
            lambda: account.get_profit_statement("month"),
            lambda: account.action_open_items("revenue", "2026-01-01", "2026-07-01"),
            lambda: account.action_open_items("time_cost", "2026-01-01", "2026-07-01"),
            account.action_explain_value,
            lambda: (
                self.env["customer.group"]
                .with_user(self.people["user"])
                .search([("acquisition_cost", ">", 0)])
            ),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_what_the_chatter_tells_of_amounts_is_for_managers(self):
        self.account.write({"has_own_acquisition_cost": True})
        self.account.write({"own_acquisition_cost": 1234})
        self._flush_tracking()
        values = self.account.message_ids.sudo().tracking_value_ids
        amounts = values.filtered(
            lambda value: value.field_id.name == "own_acquisition_cost"
        )
        self.assertTrue(amounts)
        for role, told in (("user", False), ("manager", True)):
            env = self.env(user=self.people[role], su=False)
            with self.subTest(role=role):
                self.assertEqual(bool(amounts._filter_has_field_access(env)), told)

    def test_a_manager_sees_the_figures(self):
        account = self.account.with_user(self.people["manager"])
        self.assertEqual((account.revenue, account.profit), (300, 80))
        self.assertEqual(account.month_ids.profit, 80)
        for view_type in ("kanban", "list", "form", "pivot", "graph", "search"):
            account.get_view(view_type=view_type)

    def test_salespeople_may_take_part_in_the_chatter(self):
        account = self.account.with_user(self.people["user"])
        account.message_post(body="They asked for a quote")
        with self.assertRaises(AccessError):
            account.write({"is_protected": True})
        with self.assertRaises(AccessError):
            account.action_change_tier()

    def test_another_company_shows_nothing(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "access_stranger",
            groups=f"{MODULE}.group_administrator",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        account = self.Account.with_user(stranger)
        self.assertFalse(account.search([]))
        self.assertFalse(self.Month.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            self.account.with_user(stranger).read(["revenue"])
        self.assertFalse(self.north.with_user(stranger).customer_account_id)
        self.assertFalse(self.north.with_user(stranger).customer_profit)
        own = self.env["customer.tier"].create(
            {"name": "Ours", "company_id": self.company.id}
        )
        self.assertNotIn(own, self.env["customer.tier"].with_user(stranger).search([]))

    def test_related_fields_are_read_with_the_rights_of_whoever_asks(self):
        """A form that is never saved shows what is related to any id typed into it."""
        models = self._own_models()
        found = [
            f"{model}.{name}"
            for model in models
            if {"c", "w"} & set(RIGHTS["administrator"].get(model, ""))
            for name, field in self.env[model]._fields.items()
            if field.related
            and field.compute_sudo
            and self.env[model]._fields[field.related.split(".")[0]].comodel_name
            in models
            and field.related.split(".")[-1] not in NO_SECRETS
        ]
        self.assertEqual(found, [])

    def test_a_run_that_is_not_saved_tells_nothing_of_other_companies(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        runs = self.env["customer.ltv.run"]
        theirs = runs.create({"company_id": elsewhere.id})
        with self.assertRaises(AccessError):
            runs.with_user(self.people["administrator"]).onchange(
                {"previous_id": theirs.id}, [], {"previous_total": {}}
            )

    def test_every_public_method_is_known(self):
        found = set()
        for name, model in self.env.registry.items():
            for base in type(self.env[name]).__mro__:
                if not base.__module__.startswith(f"odoo.addons.{MODULE}."):
                    continue
                for attribute, value in vars(base).items():
                    if attribute.startswith("_") or not callable(value):
                        continue
                    if getattr(value, "_api_private", False):
                        continue
                    if attribute not in ("create", "write", "unlink"):
                        found.add((model._name, attribute))
        self.assertEqual(found - {(None, None)}, PUBLIC_METHODS)

    def test_public_methods_do_nothing_for_a_portal_user(self):
        portal = self.people["portal"]
        with self.assertRaises(AccessError):
            self.account.with_user(portal).action_open_months()
        for name in ("action_open_behaviours", "action_start_next_behaviour"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(self.account.with_user(portal), name)()
        with self.assertRaises(AccessError):
            self.north.with_user(portal).action_start_next_behaviour()
        for role in ("portal", "user"):
            behaviours = self.env["customer.behaviour"].with_user(self.people[role])
            with self.subTest(role=role), self.assertRaises(AccessError):
                behaviours.get_transitions()
        with self.assertRaises(AccessError):
            self.account.with_user(portal).action_change_tier()
        with self.assertRaises(AccessError):
            self.Account.with_user(portal).action_refresh()
        with self.assertRaises(AccessError):
            self.north.with_user(portal).action_open_customer_account()
        with self.assertRaises(AccessError):
            self.env["customer.tier.change"].with_user(portal).new(
                {"account_ids": self.account.ids}
            ).action_apply()
        with self.assertRaises(AccessError):
            self.env["res.config.settings"].with_user(portal).action_customer_refresh()
        run = self.env["customer.ltv.run"].create({}).with_user(portal)
        for name in (
            "action_apply",
            "action_cancel",
            "action_compute",
            "action_open_matrix",
            "action_open_model",
            "action_open_snapshots",
            "action_retry",
            "action_undo",
            "get_health",
            "get_progress",
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(run, name)()
        intent = self.env["customer.intent"].create({"account_id": self.account.id})
        for name in (
            "action_end",
            "action_open_accounts",
            "action_open_steps",
            "action_retry_steps",
            "action_start",
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(intent.with_user(portal), name)()
        with self.assertRaises(AccessError):
            self.account.with_user(portal).action_keep_tier()
        with self.assertRaises(AccessError):
            self.account.with_user(portal).action_release_tier()
        with self.assertRaises(AccessError):
            self.account.with_user(portal).action_change_group()
        with self.assertRaises(AccessError):
            self.account.with_user(portal).action_release_group()
        group = self.env["customer.group"].create({"name": "Hotels"})
        for name in (
            "action_keep_version",
            "action_open_accounts",
            "action_open_behaviours",
            "action_open_history",
            "action_preview_rule",
            "action_preview_rules",
            "action_print_card",
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(group.with_user(portal), name)()
        for name, values in (
            ("customer.group.keep", {"group_id": group.id, "reason": "So"}),
            ("customer.group.preview", {"company_id": self.company.id}),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.env[name].with_user(portal).new(values).action_apply()
        with self.assertRaises(AccessError):
            self.env["customer.group.change"].with_user(portal).new(
                {"account_ids": self.account.ids, "reason": "So"}
            ).action_apply()
        with self.assertRaises(AccessError):
            self.env["customer.tier.keep"].with_user(portal).new(
                {"account_ids": self.account.ids, "reason": "So"}
            ).action_apply()
        proposal = self.env["customer.group.proposal"].create({}).with_user(portal)
        for name in ("action_accept", "action_discard", "action_propose"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(proposal, name)()
        with self.assertRaises(AccessError):
            self.env["customer.group.proposal.line"].with_user(portal).new(
                {"proposal_id": proposal.id}
            ).action_open_accounts()
        findings = self.env["customer.quality.finding"].with_user(portal)
        with self.assertRaises(AccessError):
            findings.get_grades()
        with self.assertRaises(AccessError):
            findings.new({"company_id": self.company.id}).action_open()
        exchange = self.env["customer.value.exchange"].create(
            {"account_id": self.account.id}
        )
        for record, name in (
            (exchange, "action_new_version"),
            (exchange, "action_open_versions"),
            (exchange, "action_put_in_force"),
            (self.account, "action_open_exchange"),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                getattr(record.with_user(portal), name)()
        reconciliation = self.env["customer.reconciliation"].search([], limit=1)
        with self.assertRaises(AccessError):
            reconciliation.with_user(portal).action_open_items()
