import re
from datetime import datetime
from pathlib import Path

from odoo.tests import freeze_time, tagged

from .common import TODAY
from .common_profit import ProfitCommon

DOCS = Path(__file__).parents[2] / "docs"


def read_table(name, first_column):
    """Return the rows below the head of a table of the docs, as lists of texts."""
    [table] = re.findall(
        rf"^\| {first_column} \|.*\n\|[- |]+\n((?:\|.*\n)+)",
        (DOCS / f"{name}.md").read_text("utf-8"),
        re.MULTILINE,
    )
    return [
        [cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()
    ]


def read_date(text):
    return datetime.strptime(text, "%d %B %Y").date()


def read_number(text):
    return float(text.replace(",", "") or 0)


@tagged("post_install", "-at_install", "plain_stack")
@freeze_time(TODAY)
class TestDocumented(ProfitCommon):
    """The worked examples of the docs that documents and accounts are needed for."""

    def _create_partners(self, names):
        partners = self.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in names]
        )
        return dict(zip(names, partners, strict=True))

    def test_behaviours(self):
        rows = read_table("behaviours", "customer")
        partners = self._create_partners(dict.fromkeys(row[0] for row in rows))
        categories = self.env["product.category"].create(
            [{"name": name} for name in ("Seats", "Lights")]
        )
        products = {
            category.name: self.env["product.product"].create(
                {"name": category.name, "type": "service", "categ_id": category.id}
            )
            for category in categories
        }
        partners["Ash"].referred_by_id = partners["Elm"]
        project = self._create_project(partners["Hazel"])
        self.assertEqual(self.employee.hourly_cost, 40)
        for customer, on, category, quantity, price, hours in rows:
            self._invoice(
                partners[customer],
                read_date(on),
                (products[category], read_number(quantity), read_number(price)),
            )
            if hours:
                self.assertEqual(customer, "Hazel")
                self._timesheet(read_date(on), read_number(hours), project)
        self._refresh()
        found = {
            (
                behaviour.partner_id.name,
                behaviour.kind,
                behaviour.date,
                behaviour.amount,
            )
            for behaviour in self.env["customer.behaviour"].search(
                [("partner_id", "in", [one.id for one in partners.values()])]
            )
        }
        told = {
            (
                customer,
                re.sub(r"\W", "_", kind),
                read_date(on),
                read_number(amount),
            )
            for customer, kind, on, amount in read_table("behaviours", "of")
        }
        self.assertEqual(found, told)
        # an example of each
        self.assertEqual(
            {kind for _customer, kind, _on, _amount in told},
            set(dict(self.env["customer.behaviour"]._fields["kind"].selection)),
        )

    def test_recommendations(self):
        rows = read_table("voice", "account")
        partners = self._create_partners([row[0] for row in rows])
        accounts = self.env["customer.account"].create(
            [
                {
                    "partner_id": partners[name].id,
                    "company_id": self.company.id,
                    "lifetime_value": read_number(value),
                }
                for name, value, *_told in rows
            ]
        )
        for name, _value, by, *_told in rows:
            partners[name].referred_by_id = partners.get(by, False)
        accounts._refresh_referrals(self.company)
        for account, (_name, _value, _by, count, value) in zip(
            accounts, rows, strict=True
        ):
            self.assertEqual(account.referral_count, int(count), account.display_name)
            self.assertEqual(account.referral_value, read_number(value))
        [total] = re.findall(
            r"the four are worth ([\d,]+) together",
            (DOCS / "voice.md").read_text("utf-8").replace("\n", " "),
        )
        self.assertEqual(sum(accounts.mapped("lifetime_value")), read_number(total))
