from datetime import date

from odoo.tests import freeze_time

from .common import TODAY, CustomerCentricityCommon


@freeze_time(TODAY)
class RunCommon(CustomerCentricityCommon):
    """A portfolio of which every value is easy to work out, by the plain rule.

    Value = profit of the window's twelve months x 5 years. Service without cost: what
    is invoiced is profit.
    """

    # as of the end of June, on the 15th of July
    AS_OF = date(2026, 6, 30)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Run = cls.env["customer.ltv.run"].with_company(cls.company)
        cls.Snapshot = cls.env["customer.account.snapshot"]
        cls.Chunk = cls.env["customer.ltv.chunk"]
        cls.company.write(
            {"customer_value_method": "plain", "customer_run_interval": "none"}
        )
        cls.env["customer.tier"].search([]).active = False
        cls.a, cls.b, cls.c, cls.loss = cls.env["customer.tier"].create(
            [
                {
                    "name": f"Tier {name}",
                    "sequence": sequence,
                    "company_id": cls.company.id,
                    "rule_type": kind,
                    "threshold_amount": amount,
                }
                for sequence, (name, kind, amount) in enumerate(
                    [
                        ("A", "amount", 5000),
                        ("B", "amount", 1000),
                        ("C", "amount", 0),
                        ("Loss", "loss", 0),
                    ]
                )
            ]
        )

    @classmethod
    def _customers(cls, **yearly):
        """Create customers invoiced so much in a year, half in March, half in May."""
        partners = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in yearly]
        )
        cls._invoice_all(
            [
                cls._prepare_sale_vals(partner, amount / 2, day)
                for partner, amount in zip(partners, yearly.values(), strict=True)
                for day in ("2026-03-10", "2026-05-10")
                if amount
            ]
        )
        return dict(zip(yearly, partners, strict=True))

    @classmethod
    def _sell_to(cls, partner, amount, day="2026-03-10"):
        return cls._invoice_all([cls._prepare_sale_vals(partner, amount, day)])

    @classmethod
    def _prepare_sale_vals(cls, partner, amount, day):
        kind = "out_invoice" if amount > 0 else "out_refund"
        line = (cls.service, 1, abs(amount))
        return cls._prepare_invoice_vals(partner, day, line, move_type=kind)

    @classmethod
    def _new_run(cls, **vals):
        return cls.Run.create({"date": cls.AS_OF, **vals})

    def _compute(self, **vals):
        run = self._new_run(**vals)
        run.action_compute()
        self.Chunk._work_off()
        self.assertEqual(run.state, "computed", run.error)
        return run

    def _apply(self, run):
        run.action_apply()
        self.Chunk._work_off()
        self._flush_tracking()
        self.assertEqual(run.state, "applied", run.error)

    def _undo(self, run):
        run.action_undo()
        self.Chunk._work_off()
        self._flush_tracking()
        self.assertEqual(run.state, "computed", run.error)

    def _snapshot(self, run, partner):
        return self.Snapshot.search(
            [
                ("run_id", "=", run.id),
                ("account_id.partner_id", "=", partner.id),
                ("account_id.active", "in", (True, False)),
            ]
        )
