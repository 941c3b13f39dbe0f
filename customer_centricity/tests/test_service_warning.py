from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .common import TODAY, CustomerCentricityCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestServiceWarning(CustomerCentricityCommon):
    """What a task tells of the service level of its customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_other_company()
        cls.user, cls.technician = (
            cls._create_member(login, f"project.group_project_user,{group}")
            for login, group in (
                ("warned_user", "customer_centricity.group_user"),
                ("warned_technician", "base.group_user"),
            )
        )
        cls.level = cls.env["customer.service.level"].create(
            {"name": "Basic", "included_hours": 5}
        )
        cls.account, cls.their_account = cls.Account.create(
            [
                {
                    "partner_id": cls.north.id,
                    "company_id": company.id,
                    "service_level_id": level.id,
                }
                for company, level in (
                    (cls.company, cls.level),
                    (
                        cls.other,
                        cls.env.ref("customer_centricity.service_level_ended"),
                    ),
                )
            ]
        )
        cls.task = cls.env["project.task"].create(
            {
                "name": "Repair",
                "project_id": cls.project.id,
                "partner_id": cls.north_contact.id,
            }
        )

    def _as(self, user, records):
        company_ids = self.company.ids
        return records.with_user(user).with_context(allowed_company_ids=company_ids)

    def _warning(self, task=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self._as(self.user, task or self.task).customer_service_warning

    # ------------------------------------------------------------------
    # Which
    # ------------------------------------------------------------------

    def test_a_usual_level_tells_nothing(self):
        self.assertFalse(self._warning())

    def test_a_customer_without_account_or_level_tells_nothing(self):
        self.task.partner_id = self.south
        self.assertFalse(self._warning())
        self.account.service_level_id = False
        self.task.partner_id = self.north
        self.assertFalse(self._warning())

    def test_the_warning_of_the_level(self):
        self.level.warning = "Ask Nora first."
        self.assertEqual(self._warning(), "Ask Nora first.")

    def test_in_the_language_of_the_reader(self):
        self._activate_spanish()
        self.level.warning = "Ask Nora first."
        self.level.with_context(lang="es_ES").warning = "Pregunte antes a Nora."
        self.user.lang = "es_ES"
        self.env.flush_all()
        task = self._as(self.user, self.task).with_context(lang="es_ES")
        self.assertEqual(task.customer_service_warning, "Pregunte antes a Nora.")

    def test_hours_used_up(self):
        self.account.hours_status = "over"
        self.assertEqual(
            self._warning(),
            "The hours that service level “Basic” includes this month are used up for "
            "North Hotel: agree on what more cost before you spend them.",
        )
        self.account.hours_status = "near"
        self.assertFalse(self._warning())

    def test_both(self):
        self.level.warning = "Ask Nora first."
        self.account.hours_status = "over"
        first, second = self._warning().split("\n")
        self.assertEqual(first, "Ask Nora first.")
        self.assertIn("are used up", second)

    def test_subcontracted(self):
        self.level.kind = "subcontracted"
        self.assertEqual(
            self._warning(),
            "North Hotel is served by another company (service level “Basic”): ask "
            "the account manager before you promise anything.",
        )
        self.level.subcontractor_id = self.south
        self.account.hours_status = "over"
        self.assertEqual(
            self._warning(),
            "North Hotel is served by South Clinic (service level “Basic”): pass on "
            "to them what there is to do.",
            "and no word of hours",
        )
        self.level.warning = "Theirs now."
        self.assertEqual(self._warning(), "Theirs now.")

    def test_ended(self):
        self.level.kind = "ended"
        self.assertEqual(
            self._warning(),
            "We no longer work for North Hotel (service level “Basic”): ask the "
            "account manager before you promise anything.",
        )

    def test_the_company_of_the_task_decides(self):
        """North is a customer of the one, and no longer one of the other."""
        project = self._create_project(self.north, self.other)
        theirs = self.env["project.task"].create(
            {"name": "Repair", "project_id": project.id, "partner_id": self.north.id}
        )
        self.assertFalse(self.task.customer_service_warning)
        self.assertIn("no longer work for", theirs.customer_service_warning)
        shared = self.env["project.task"].create(
            {
                "name": "Of nobody",
                "partner_id": self.north.id,
                "project_id": False,
                "user_ids": [Command.set(self.user.ids)],
            }
        )
        self.assertFalse(shared.company_id)
        self.assertFalse(self._warning(shared), "that of who looks")

    # ------------------------------------------------------------------
    # Who reads it, and where
    # ------------------------------------------------------------------

    def test_the_banner_of_the_form(self):
        self.level.warning = "Ask Nora first."
        for partner, warning in ((self.north, "Ask Nora first."), (self.south, False)):
            tasks = self._as(self.user, self.env["project.task"]).with_context(
                default_partner_id=partner.id
            )
            # other apps show the customer of some projects' tasks only
            form = Form(tasks)
            form.name = "Repair"
            self.assertEqual(form.customer_service_warning or False, warning)

    def test_people_without_the_role_read_nothing(self):
        self.level.warning = "Ask Nora first."
        task = self._as(self.technician, self.task)
        self.assertEqual(task.name, "Repair")
        with self.assertRaises(AccessError):
            task.read(["customer_service_warning"])
        form = Form(task)
        self.assertNotIn("customer_service_warning", form._view["fields"])

    def test_many_tasks_take_no_more_queries(self):
        self.level.warning = "Ask Nora first."
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(12)]
        )
        self.Account.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "service_level_id": self.level.id,
                }
                for partner in partners
            ]
        )
        tasks = self.env["project.task"].create(
            [
                {
                    "name": partner.name,
                    "partner_id": partner.id,
                    "project_id": self.project.id,
                }
                for partner in partners
            ]
        )

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            warnings = self._as(self.user, some).mapped("customer_service_warning")
            self.assertEqual(set(warnings), {"Ask Nora first."})
            return self.cr.sql_log_count - before

        count(tasks)
        self.assertEqual(count(tasks[:3]), count(tasks))
