from contextlib import contextmanager

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .conditions import parse_conditions
from .customer_account_figures import BATCH_SIZE

MANAGER = "customer_centricity.group_manager"
# What a rule may look at, by the field that holds its conditions
RULE_MODELS = {"account_domain": "customer.account", "partner_domain": "res.partner"}
# A rule that looks at the group, or at what is wanted of the group and exchanged with
# it, would undo tomorrow what it does today
GROUP_FIELDS = {
    "customer.account": {
        "group_id",
        "group_origin",
        "group_reason",
        "intent_id",
        "intent_ids",
        "intent_kind",
        "exchange_id",
        "exchange_verdict",
    },
    "res.partner": {
        "customer_group_id",
        "customer_group_origin",
        "customer_intent_ids",
        "customer_intent_kind",
        "customer_exchange_id",
        "customer_exchange_verdict",
    },
}
# What follows from a rule, and is not for people to write: above all, who saved it
FOLLOWING = {"has_rule", "rule_user_id", "rule_error", "rule_error_company_id"}
# What a person is told of an error
MESSAGE_SIZE = 300
# Accounts of which all rules are asked at once, as each time costs something by itself
SPAN_SIZE = 10 * BATCH_SIZE
# Accounts after the first id, up to the second
EVERYBODY = (0, 2**31 - 1)


class CustomerGroup(models.Model):
    """Groups that say by rule which accounts belong to them.

    A rule is a list of conditions on the account, on its customer, or on both. It is
    read as text, never executed, and sees what the person who saved it may read, in the
    company of the account alone: so it tells nobody what is not for them.

    The refresh goes through the rules in the order of rank, and the first that fits
    takes the account. Accounts that a person has placed stay; so do members of groups
    without a rule, or whose rule has stopped, unless another rule fits.
    """

    _inherit = "customer.group"

    account_domain = fields.Char(
        string="Accounts That Fit",
        groups=MANAGER,
        copy=False,
        help="Conditions on the account; empty: every account.",
    )
    partner_domain = fields.Char(
        string="Customers That Fit",
        groups=MANAGER,
        copy=False,
        help="Conditions on the customer of the account; empty: every customer.",
    )
    has_rule = fields.Boolean(
        string="By Rule",
        compute="_compute_has_rule",
        store=True,
        help="Accounts enter and leave by rule at every refresh.",
    )
    rule_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Rule Saved by",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The rule sees what this person may read.",
    )
    rule_error = fields.Char(
        readonly=True,
        copy=False,
        groups=MANAGER,  # it may quote what the rule looks for
        help="Why the rule could not be followed lately.",
    )
    rule_error_company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, copy=False, ondelete="set null"
    )
    rule_warning = fields.Char(compute="_compute_rule_warning", groups=MANAGER)

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("account_domain", "partner_domain")
    def _compute_has_rule(self):
        for group in self:
            group.has_rule = any(
                (group[name] or "").strip() not in ("", "[]") for name in RULE_MODELS
            )

    @api.depends("account_domain", "partner_domain", "active", "rule_user_id")
    @api.depends_context("company", "uid")
    def _compute_rule_warning(self):
        for group in self:
            group.rule_warning = group.has_rule and group._get_rule_warning()

    def _get_rule_warning(self):
        """Return what is odd about the rule: it takes nobody, or everybody."""
        if not self.active:
            return self.env._("The group is archived: its rule has stopped.")
        company = self.env.company
        try:
            fitting = self._count_fitting(company)
        except psycopg2.OperationalError:
            raise
        except Exception:  # told when the rule is saved
            return False
        if not fitting:
            return self.env._("No account fits this rule.")
        # sudo: a number, as the rule counts
        everybody = (
            self.env["customer.account"]
            .sudo()
            .search_count([("company_id", "=", company.id)])
        )
        if fitting == everybody:
            return self.env._(
                "Every account fits this rule: groups of a lower rank get none by rule."
            )
        return False

    @api.constrains("account_domain", "partner_domain")
    def _check_rule(self):
        for group in self.filtered("has_rule"):
            for name in RULE_MODELS:
                group._check_conditions(name)

    def _check_conditions(self, name):
        """Refuse conditions that cannot be followed as whoever saves them."""
        user = self.env.user
        company = self.company_id or self.env.company
        if company not in user.company_ids:
            company = user.company_id
        try:
            self._check_no_circle(name)
            with self._savepoint():
                query = self._get_records(name, company, user)
                query.limit = 1
                self._execute(query.select())
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            raise ValidationError(
                self.env._(
                    "Group “%(group)s”, %(field)s: the conditions cannot be used. "
                    "%(error)s\nChoose them anew in the editor.",
                    group=self.name,
                    field=self._fields[name]._description_string(self.env),
                    error=self._describe_error(error, user),
                )
            ) from error

    def _check_no_circle(self, name):
        model = self.env[RULE_MODELS[name]]
        for model_name, field_name in self._walk(model, self._parse_conditions(name)):
            if field_name in GROUP_FIELDS.get(model_name, ()):
                raise ValidationError(
                    self.env._(
                        "They look at “%s”, which depends on the rules themselves.",
                        self.env[model_name]
                        ._fields[field_name]
                        ._description_string(self.env),
                    )
                )

    @api.model
    def _walk(self, model, domain):
        """Yield every field that a domain looks at, as names of model and field."""
        for condition in domain.iter_conditions():
            current = model
            for name in condition.field_expr.split("."):
                field = current._fields.get(name) if current is not None else None
                if field is None:
                    break  # a part of a date, or unknown: for the search to tell
                yield current._name, name
                current = self.env[field.comodel_name] if field.relational else None
            if current is not None and isinstance(condition.value, (list, Domain)):
                if condition.operator in ("any", "not any"):
                    yield from self._walk(current, Domain(condition.value))

    @api.model
    def _describe_error(self, error, user):
        """Return in words why a rule that a user has saved cannot be followed."""
        if isinstance(error, AccessError):
            return self.env._("They look at something that %s may not read.", user.name)
        if isinstance(error, psycopg2.Error) and error.diag.message_primary:
            # without the statement, which may quote what others look for
            error = error.diag.message_primary
        return " ".join(str(error).split())[:MESSAGE_SIZE]

    @api.model
    def _get_decided_names(self):
        return FOLLOWING

    @api.model
    def _explain_decided(self, names):
        return self.env._(
            "Who saved a rule, and whether it can be followed, cannot be written. Save "
            "the conditions of the rule instead."
        )

    @api.model
    def _prepare_rule_vals(self, vals, defaults=()):
        """Note who saves a rule: it sees what this person may read.

        :param defaults: names of fields that are written beside the values
        """
        if not RULE_MODELS.keys().isdisjoint((*vals, *defaults)):
            return {
                **vals,
                "rule_user_id": self.env.uid,
                "rule_error": False,
                "rule_error_company_id": False,
            }
        return vals

    @api.model_create_multi
    def create(self, vals_list):
        self._check_created(vals_list)
        defaults = self._get_given_defaults()
        return super().create(
            [self._prepare_rule_vals(vals, defaults) for vals in vals_list]
        )

    def write(self, vals):
        self._check_human_values(vals)
        return super().write(self._prepare_rule_vals(vals))

    # ------------------------------------------------------------------
    # From conditions to accounts
    # ------------------------------------------------------------------

    def _parse_conditions(self, name):
        return parse_conditions(self.env, self[name])

    def _get_records(self, name, company, user, also=Domain.TRUE):
        """Return the query of what fits one field's conditions, as a person sees it."""
        # nothing of whoever happens to start the refresh
        context = {
            "active_test": False,
            "allowed_company_ids": company.ids,
            "lang": user.lang,
            "tz": user.tz,
        }
        model = self.env(user=user, su=False, context=context)[RULE_MODELS[name]]
        return model._search(self._parse_conditions(name) & also)

    def _get_fitting(self, company, user, span=EVERYBODY):
        """Return the query of the accounts of a company that fit the rule."""
        self.ensure_one()
        accounts = Domain("company_id", "=", company.id) & Domain("active", "=", True)
        accounts &= self.env["customer.account"]._get_profiled_domain()
        if span != EVERYBODY:
            accounts &= Domain("id", ">", span[0]) & Domain("id", "<=", span[1])
        partners = self._get_records("partner_domain", company, user)
        if not self._parse_conditions("partner_domain").is_true():
            accounts &= Domain("partner_id", "in", partners.subselect())
        return self._get_records("account_domain", company, user, accounts)

    def _count_fitting(self, company):
        """Return how many accounts the rule takes: with the eyes of who saved it.

        What somebody is typing is seen with their own: it must not tell what others
        may read.
        """
        is_edited = any(self[name] != self._origin[name] for name in RULE_MODELS)
        with self._savepoint():
            if is_edited:
                query = self._get_fitting(company, self.env.user)
            else:
                query = self._get_followed(company)
            return self._execute(query.select(SQL("COUNT(*)")))[0][0]

    @contextmanager
    def _savepoint(self):
        """Undo what fails, but do not forget what somebody is typing in a form."""
        self.env.flush_all()
        with self.env.cr.savepoint(flush=False):
            yield

    @api.model
    def _execute(self, query):
        """Return rows; an error is for whoever wrote the rule, not for the log."""
        self.env.flush_query(query)
        self.env.cr.execute(query, log_exceptions=False)
        return self.env.cr.fetchall()

    # ------------------------------------------------------------------
    # Evaluating all rules
    # ------------------------------------------------------------------

    @api.model
    def _get_groups(self, company):
        """Return the groups that accounts of a company may be in, in order of rank."""
        return self.search([("company_id", "in", [*company.parent_ids.ids, False])])

    @api.model
    def _evaluate(self, company, span=EVERYBODY):
        """Return what the rules would change in a company, and which rules fail.

        Changes are triples of ids (account, its group, its group by rule), in the order
        of accounts; failures are texts by group. One statement asks all rules at once.
        """
        queries, errors = {}, {}
        for group in self._get_groups(company).filtered("has_rule"):
            if not group._is_followed_in(company):
                continue
            try:
                with self._savepoint():
                    queries[group] = group._get_followed(company, span)
            except psycopg2.OperationalError:
                raise
            except Exception as error:
                errors[group] = self._describe_error(error, group.rule_user_id)
        try:
            with self._savepoint():
                return self._get_changes(company, queries, errors, span), errors
        except psycopg2.OperationalError:
            raise
        except psycopg2.Error:
            self._sort_out_failing(queries, errors)
        return self._get_changes(company, queries, errors, span), errors

    def _is_followed_in(self, company):
        """Return whether who saved the rule works in the company."""
        user = self.rule_user_id
        return not user or user._is_superuser() or company in user.company_ids

    def _get_followed(self, company, span=EVERYBODY):
        """Return the query of the accounts that fit, as seen by who saved the rule."""
        if not self.rule_user_id:
            raise ValidationError(
                self.env._("The person who saved the rule is gone. Save it again.")
            )
        return self._get_fitting(company, self.rule_user_id, span)

    @api.model
    def _sort_out_failing(self, queries, errors):
        """Move the rules that the database refuses from the queries to the errors."""
        for group, query in list(queries.items()):
            try:
                with self._savepoint():
                    self._execute(query.select(SQL("COUNT(*)")))
            except psycopg2.OperationalError:
                raise
            except psycopg2.Error as error:
                errors[group] = self._describe_error(error, group.rule_user_id)
                del queries[group]

    @api.model
    def _get_changes(self, company, queries, errors, span):
        """Return the changes that the rules of the given queries come to.

        Members of a group whose rule fails stay until it is mended.
        """
        if not queries:
            return []
        self.env["customer.account"].flush_model(
            ["active", "company_id", "group_id", "group_origin"]
        )
        group_ids = [group.id for group in queries]
        fitting = SQL(" UNION ALL ").join(
            SQL(
                "(%s)",
                query.select(SQL.identifier(query.table, "id"), SQL("%s", rank)),
            )
            for rank, query in enumerate(queries.values(), 1)
        )
        return self._execute(
            SQL(
                """
                SELECT account.id, account.group_id, wanted.group_id
                  FROM customer_account account
                  LEFT JOIN (
                      SELECT fitting.account_id,
                             (%(group_ids)s::int[])[MIN(fitting.rank)] AS group_id
                        FROM (%(fitting)s) fitting(account_id, rank)
                       GROUP BY fitting.account_id
                  ) wanted ON wanted.account_id = account.id
                 WHERE account.company_id = %(company)s
                   AND account.id > %(after)s
                   AND account.id <= %(last)s
                   AND account.active
                   AND account.group_origin IS DISTINCT FROM 'hand'
                   AND account.group_id IS DISTINCT FROM wanted.group_id
                   AND (
                       wanted.group_id IS NOT NULL
                       OR account.group_origin = 'rule'
                          AND account.group_id = ANY(%(group_ids)s)
                   )
                   AND (
                       account.group_id IS NULL
                       OR NOT account.group_id = ANY(%(failing)s::int[])
                   )
                 ORDER BY account.id
                """,
                group_ids=group_ids,
                fitting=fitting,
                company=company.id,
                after=span[0],
                last=span[1],
                failing=[group.id for group in errors],
            )
        )

    # ------------------------------------------------------------------
    # Following the rules
    # ------------------------------------------------------------------

    @api.model
    def _apply_rules(self, company, group=None):
        """Move accounts as the rules say, or only into and out of one group.

        Does at most a batch and returns how many; the refresh does the rest.
        """
        changes, errors = self._evaluate(company)
        self._note_errors(company, errors)
        if group:
            changes = [change for change in changes if group.id in change[1:]]
        return self._move_accounts(changes[:BATCH_SIZE])

    @api.model
    def _apply_rules_next(self, company):
        """Move the next accounts of a refresh; return how many, 0 when all are done.

        At most a batch is moved. Each account has its turn once: one that refuses to
        be moved neither keeps the others waiting nor is tried again.
        """
        after = company.customer_refresh_cursor
        accounts = self.env["customer.account"].search(
            [("company_id", "=", company.id), ("id", ">", after)],
            order="id",
            limit=SPAN_SIZE,
        )
        if not accounts:
            return 0
        last = accounts[-1].id
        changes, errors = self._evaluate(company, (after, last))
        # a rule may fail on some account only: what comes later takes nothing back
        self._note_errors(company, errors, anew=not after)
        if len(changes) > BATCH_SIZE:
            changes = changes[:BATCH_SIZE]
            last = changes[-1][0]
        self._move_accounts(changes)
        company.customer_refresh_cursor = last
        return len(changes) or 1

    @api.model
    def _move_accounts(self, changes):
        """Make changes as `_evaluate` tells them; return how many accounts moved."""
        moves = {}
        for account_id, old_id, new_id in changes:
            moves.setdefault((new_id, not old_id), []).append(account_id)
        return sum(
            self._move_by_rule(account_ids, new_id, is_first)
            for (new_id, is_first), account_ids in moves.items()
        )

    @api.model
    def _move_by_rule(self, account_ids, group_id, is_first):
        accounts = self.env["customer.account"].browse(account_ids)
        if is_first:
            # as with every first value: nobody need be told
            accounts = accounts.with_context(tracking_disable=True)
        return accounts._write_or_note(
            {
                "group_id": group_id,
                "group_origin": "rule" if group_id else False,
                "group_reason": False,
            }
        )

    @api.model
    def _note_errors(self, company, errors, anew=True):
        """Keep on each group why its rule could not be followed, and tell it once.

        What no longer fails is forgotten when rules are asked anew.
        """
        for group in self._get_groups(company):
            error = errors.get(group, False)
            if error and not group.rule_error:
                group.message_post(
                    body=self.env._(
                        "The rule of this group cannot be followed; its members stay "
                        "where they are. The form of the group tells why."
                    )
                )
            if error and error != group.rule_error:
                group.write({"rule_error": error, "rule_error_company_id": company.id})
            elif anew and not error and group.rule_error_company_id == company:
                # what fails in another company is for that one to take back
                group.write({"rule_error": False, "rule_error_company_id": False})

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_preview_rule(self):
        """Show who would enter the group by its rule, and who would leave it."""
        self.ensure_one()
        self.check_access("write")
        return self.env["customer.group.preview"]._open(self)

    @api.model
    def action_preview_rules(self):
        """Show whom all rules together would move."""
        self.check_access("write")
        return self.env["customer.group.preview"]._open(self.browse())
