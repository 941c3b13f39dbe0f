from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from .dashboard_scope import Scope

MANAGER = "customer_centricity.group_manager"
NOW = "now"
FILTERS = ("user_id", "team_id", "group_id", "date")
# Ids are integers of the database
HIGHEST_ID = 2**31 - 1


class CustomerDashboard(models.AbstractModel):
    """What the portfolio of a company comes to, at a glance.

    Nothing is stored. The screen asks for each section by itself, for the accounts of
    an account manager, a team or a group, as they are now or as of a run that was
    applied. A section is a method ``_section_<name>``; beside its numbers it names
    targets, which the screen hands back to open exactly the records that were counted:
    lists of a kind and what it needs, each kind being a method ``_target_<kind>``.

    Who is asked what is checked first; after that everything is read with the user's
    own rights. No query depends on how many accounts there are.
    """

    _name = "customer.dashboard"
    _description = "Customer Dashboard"

    # ------------------------------------------------------------------
    # What the screen asks
    # ------------------------------------------------------------------

    @api.readonly
    @api.model
    def get_filters(self):
        """Return what one may look at, in the current company.

        :return: dict of ``managers``, ``teams``, ``groups``, pairs of id and name;
            ``dates``, dicts of ``key`` and ``label``; ``company``, its name; ``role``,
            ``manager`` or ``user``; ``user_id``, the user's own
        """
        self._check_user()
        is_manager = self._is_manager()
        dates = [{"key": NOW, "label": self.env._("Now")}]
        if is_manager:
            dates += [
                {
                    "key": run.id,
                    "label": self.env._(
                        "As of %s",
                        self._format_day(run.date),
                    ),
                }
                for run in self._get_runs()
            ]
        return {
            "managers": self._get_managers(),
            "teams": self._get_teams(),
            "groups": [
                [group.id, group.name]
                for group in self.env["customer.group"].search([])
            ],
            "dates": dates,
            "company": self.env.company.name,
            "role": "manager" if is_manager else "user",
            "user_id": self.env.uid,
        }

    @api.readonly
    @api.model
    def get_section(self, name, filters=None):
        """Return the numbers of a section, and the targets that open them.

        :param name: see ``_get_sections``
        :param filters: dict of ``user_id``, ``team_id``, ``group_id``, each an id or
            False, and ``date``, ``now`` or the id of a run that was applied
        """
        self._check_user()
        sections = self._get_sections()
        if not isinstance(name, str) or name not in sections:
            raise UserError(
                self.env._("The dashboard has no section “%s”: reload the page.", name)
            )
        if sections[name]:
            self._check_manager()
        return getattr(self, f"_section_{name}")(self._get_scope(filters))

    @api.readonly
    @api.model
    def get_action(self, target, filters=None):
        """Return the action that opens what a number counts.

        :param target: as a section has named it
        :param filters: those of the section
        """
        self._check_user()
        kind, *args = target if isinstance(target, list) and target else [None]
        targets = self._get_targets()
        if not isinstance(kind, str) or kind not in targets:
            self._refuse()
        count, is_for_managers = targets[kind]
        if is_for_managers:
            self._check_manager()
        if len(args) != count:
            self._refuse()
        return getattr(self, f"_target_{kind}")(self._get_scope(filters), *args)

    # ------------------------------------------------------------------
    # What there is; meant to be extended
    # ------------------------------------------------------------------

    @api.model
    def _get_sections(self):
        """Return the names of the sections, and which are for account managers only."""
        return {}

    @api.model
    def _get_targets(self):
        """Return the kinds of targets: (how many arguments, for managers only)."""
        return {"all": (0, False)}

    @api.model
    def _get_teams(self):
        """Return pairs of id and name of the teams one may look at."""
        return []

    @api.model
    def _get_team_user_ids(self, team_id):
        """Return who is in a team."""
        raise UserError(
            self.env._("There are no sales teams here. Remove the filter on teams.")
        )

    # ------------------------------------------------------------------
    # Who may ask
    # ------------------------------------------------------------------

    @api.model
    def _check_user(self):
        self.env["customer.account"].check_access("read")

    @api.model
    def _is_manager(self):
        return self.env.user.has_group(MANAGER)

    @api.model
    def _check_manager(self):
        if not self._is_manager():
            raise AccessError(
                self.env._("What accounts earn and cost is for account managers.")
            )

    # ------------------------------------------------------------------
    # What is looked at
    # ------------------------------------------------------------------

    @api.model
    def _get_managers(self):
        """Return who manages accounts of the company, by name."""
        users = [
            user
            for [user] in self.env["customer.account"]._read_group(
                [("company_id", "=", self.env.company.id), ("user_id", "!=", False)],
                ["user_id"],
            )
        ]
        # sudo: whoever may read an account may read who manages it
        return sorted(
            ([user.id, user.sudo().name] for user in users), key=lambda pair: pair[1]
        )

    @api.model
    def _get_runs(self):
        """Return the runs that were applied in the company, the latest first."""
        return self.env["customer.ltv.run"].search(
            [("company_id", "=", self.env.company.id), ("state", "=", "applied")]
        )

    @api.model
    def _get_scope(self, filters):
        """Return what is looked at, by filters of the screen that are checked here."""
        filters = {} if filters in (None, False) else filters
        if not isinstance(filters, dict):
            raise UserError(self.env._("The filters of the dashboard cannot be read."))
        if unknown := [name for name in filters if name not in FILTERS]:
            raise UserError(
                self.env._("The dashboard has no filter “%s”: remove it.", unknown[0])
            )
        return Scope(
            self.env,
            {
                "user_id": self._get_user_ids(
                    filters.get("user_id"), filters.get("team_id")
                ),
                "group_id": self._get_group_ids(filters.get("group_id")),
            },
            self._get_run(filters.get("date", NOW)),
        )

    @api.model
    def _get_user_ids(self, user_id, team_id):
        """Return the ids of whose accounts are looked at; None: of everybody's."""
        user_ids = None
        if user_id not in (False, None):
            self._check_id(user_id)
            if not self.env["res.users"].browse(user_id).exists():
                raise UserError(
                    self.env._(
                        "This account manager does not exist any more. Choose another."
                    )
                )
            user_ids = [user_id]
        if team_id not in (False, None):
            self._check_id(team_id)
            members = self._get_team_user_ids(team_id)
            user_ids = (
                members
                if user_ids is None
                else [one for one in user_ids if one in members]
            )
        return user_ids

    @api.model
    def _get_group_ids(self, group_id):
        """Return the ids of a group and its parts, itself first; None: of no matter."""
        if group_id in (False, None):
            return None
        group = self._find("customer.group", group_id)
        return [group.id, *(group._get_parts()[group] - group).ids]

    @api.model
    def _get_run(self, key):
        """Return the run whose figures are asked for; None: those of now."""
        if key in (NOW, False, None):
            return None
        self._check_manager()
        self._check_id(key)
        run = self._get_runs().filtered(lambda one: one.id == key)
        if not run:
            raise UserError(
                self.env._(
                    "This run is not there any more, or is not applied. Choose "
                    "another date."
                )
            )
        return run

    @api.model
    def _check_id(self, value):
        # True is an integer to Python
        if type(value) is not int or not 0 < value <= HIGHEST_ID:
            raise UserError(
                self.env._("“%s” is nothing that the dashboard can look up.", value)
            )

    @api.model
    def _refuse(self):
        raise UserError(
            self.env._("What you look for is not there any more: reload the dashboard.")
        )

    @api.model
    def _check_choice(self, value, choices):
        """Refuse what is none of the choices; ``in`` alone takes True for 1."""
        if not any(type(one) is type(value) and one == value for one in choices):
            self._refuse()

    @api.model
    def _get_labels(self, name):
        """Return {key: label} of a field of accounts, and of its being empty."""
        nothing = {
            "value_band": self.env._("Not valued"),
            "next_behaviour": self.env._("Nothing suggested"),
        }
        return {
            False: nothing.get(name) or self.env._("None"),
            **self._get_selection("customer.account", name),
        }

    @api.model
    def _get_selection(self, model, name):
        """Return {key: label} of a field of a model."""
        return dict(self.env[model]._fields[name]._description_selection(self.env))

    @api.model
    def _get_label(self, name, key):
        labels = self._get_labels(name)
        self._check_choice(key, labels)
        return labels[key]

    @api.model
    def _get_title(self, name, key):
        """Return what is opened of a field: a label alone says too little."""
        field = self.env["customer.account"]._fields[name]
        return self.env._(
            "%(field)s: %(label)s",
            field=field._description_string(self.env),
            label=self._get_label(name, key),
        )

    @api.model
    def _find(self, model, record_id):
        """Return a record that the user may read, archived ones included."""
        self._check_id(record_id)
        found = (
            self.env[model]
            .with_context(active_test=False)
            .search([("id", "=", record_id)])
        )
        if not found:
            self._refuse()
        return found.with_context(active_test=True)

    @api.model
    def _format_day(self, day):
        """Return a day as everybody reads it, whichever number comes first to them."""
        return format_date(self.env, day, date_format="d MMM y")

    # ------------------------------------------------------------------
    # What opens it
    # ------------------------------------------------------------------

    @api.model
    def _target_all(self, scope):
        return self._open(scope, self.env._("Accounts"))

    @api.model
    def _open(self, scope, name, *conditions):
        """Return the action that opens records of the scope.

        :param conditions: on fields of accounts, see ``Scope.where``
        """
        if scope.run:
            name = self.env._(
                "%(name)s, as of %(date)s",
                name=name,
                date=self._format_day(scope.run.date),
            )
        return self._open_records(
            scope.action, name, scope.domain & scope.where(*conditions)
        )

    @api.model
    def _open_records(self, xmlid, name, domain):
        """Return an existing action, narrowed down to some records, as a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        views = action["views"]
        # a number is looked at as the list of what it counts
        views.sort(key=lambda view: view[1] != "list")
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": list(Domain(domain)),
            # no filter of the action's own, which would leave some of them out
            "context": {},
            "views": views,
            "view_mode": ",".join(mode for _view, mode in views),
            # no address of its own, which would lose the domain
            "path": False,
        }
