from importlib.util import module_from_spec, spec_from_file_location

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path


@tagged("post_install", "-at_install")
class TestMigration(TransactionCase):
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
        path = "customer_centricity/migrations/19.0.1.1.0/pre-migration.py"
        spec = spec_from_file_location("pre_migration", file_path(path))
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(cr, "19.0.1.0.0")
        cr.execute("SELECT DISTINCT customer_value_months FROM res_company")
        self.assertEqual(cr.fetchall(), [(42,)])
