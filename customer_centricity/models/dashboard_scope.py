"""Which records the dashboard looks at: accounts as they are, or rows of a run."""

from odoo.fields import Domain

# Where a run keeps what an account has: by the account's field. What is not named has
# the same name in both.
IN_RUN = {
    "tier_id": "new_tier_id",
    "user_id": "account_id.user_id",
    "group_id": "account_id.group_id",
    "intent_id": "account_id.intent_id",
}
ACCOUNT_ACTION = "customer_centricity.customer_account_action"
SNAPSHOT_ACTION = "customer_centricity.customer_account_snapshot_action_history"


class Scope:
    """The accounts that somebody looks at, now or as of a run.

    Conditions are written in fields of accounts. Whoever is account manager, and which
    group an account is in, is told as of now in both: a run does not keep it.
    """

    def __init__(self, env, filters, run=None):
        """Take filters that have been checked.

        :param filters: dict of ids by field of accounts; None: of no matter
        :param run: a run, for its rows in the place of accounts
        """
        self.env = env
        self.company = env.company
        self.filters = {name: ids for name, ids in filters.items() if ids is not None}
        self.run = run
        if run:
            self.records = env["customer.account.snapshot"]
            start = Domain("run_id", "=", run.id)
        else:
            self.records = env["customer.account"]
            start = Domain("company_id", "=", self.company.id)
        self.domain = start & self.where(
            *((name, "in", ids) for name, ids in self.filters.items())
        )

    @property
    def action(self):
        """The action that shows the records."""
        return SNAPSHOT_ACTION if self.run else ACCOUNT_ACTION

    def of_run(self, run):
        """Return the same accounts as of a run; as of now without one."""
        return Scope(self.env, self.filters, run)

    def of_all(self):
        """Return all accounts of the company, as of the same time."""
        return Scope(self.env, {}, self.run)

    def name(self, name):
        """Return where a field of accounts is found in the records."""
        return IN_RUN.get(name, name) if self.run else name

    def where(self, *conditions):
        """Return conditions on fields of accounts as a domain of the records.

        Rows of a run whose account was deleted, or is not to be known, have none of
        what is told as of now.
        """
        domains = []
        for name, operator, value in conditions:
            domain = Domain(self.name(name), operator, value)
            if "." in self.name(name) and operator == "=" and not value:
                domain |= Domain("account_id", "=", False)
            domains.append(domain)
        return Domain.AND(domains)

    def through(self, path):
        """Return the domain of records that refer to the accounts as they are now.

        :param path: field that refers to the account
        """
        return Domain.AND(
            [
                Domain("company_id", "=", self.company.id),
                *(
                    Domain(f"{path}.{name}", "in", ids)
                    for name, ids in self.filters.items()
                ),
            ]
        )

    def sums(self, groupby, measures, domain=Domain.TRUE):
        """Return rows of the field's value, how many there are, and sums.

        :param groupby: field of accounts
        :param measures: fields to be summed up
        """
        return self.records._read_group(
            self.domain & domain,
            [self.name(groupby)],
            ["__count", *(f"{name}:sum" for name in measures)],
        )

    def total(self, measures, domain=Domain.TRUE):
        """Return how many records there are, and the sums, as one row."""
        [row] = self.records._read_group(
            self.domain & domain,
            [],
            ["__count", *(f"{name}:sum" for name in measures)],
        )
        return row
