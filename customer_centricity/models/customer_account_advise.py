from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .customer_account_figures import BATCH_SIZE
from .customer_behaviour import KINDS

# Whoever was asked to recommend somebody is not asked again before these are over.
ASKED_MONTHS = 12
# First values, by one statement and told to nobody: as many take a second or two.
FIRST_SIZE = 10_000


class CustomerAccount(models.Model):
    """What to aim for next with an account, and why (engine/behaviours.py).

    Everybody who works for the account reads it: no money, no cost.
    """

    _inherit = "customer.account"

    next_behaviour = fields.Selection(
        selection=KINDS,
        string="Next Best Behaviour",
        readonly=True,
        tracking=True,
        help="What to aim for with the account, as of the last refresh.",
    )
    # sudo: what it rests on is not for everybody to read; what this tells of it is for
    # all that may read the account
    next_behaviour_reason = fields.Char(
        string="Why This Behaviour",
        compute="_compute_next_behaviour_reason",
        compute_sudo=True,
    )

    @api.depends("next_behaviour")
    @api.depends_context("lang")
    def _compute_next_behaviour_reason(self):
        advice = self.env["customer.account.advice"].search(
            [("account_id", "in", self.ids)]
        )
        by_account = advice.grouped("account_id")
        for account in self:
            found = by_account.get(account._origin)
            account.next_behaviour_reason = (
                account.next_behaviour and found and account._get_advice_reason(found)
            )

    def _get_advice_reason(self, advice):
        """Return in words why the behaviour, and what else speaks for it."""
        parts = [self._get_reason_text(advice.reason, advice)]
        if advice.usual_count and advice.reason not in ("buys_fewer", "buys_alike"):
            parts.append(self._get_categories_text(advice))
        if advice.reason in ("buys_fewer", "buys_alike", "buys"):
            if not advice.is_asked:
                parts.append(self.env._("not asked to recommend you"))
        text = "; ".join(part for part in parts if part)
        return text[:1].upper() + text[1:] + "."

    def _get_reason_text(self, reason, advice):
        """Return a reason of the engine in words; empty if it is one of no words."""
        texts = {
            "never_ordered": self.env._("has not ordered anything yet"),
            "detractor": self.env._(
                "would not recommend you: hear what went wrong before selling more"
            ),
            "lost": self.env._("has not ordered for so long that it counts as lost"),
            "at_risk": self.env._("has not ordered for longer than is usual for it"),
            "loss": self.env._(
                "loses money: what it takes to serve it has to come down first"
            ),
            "second_order": self.env._(
                "ordered for the first time: the second order decides whether it stays"
            ),
            "never_asked": self.env._("promoter; not asked to recommend you"),
            "buys_fewer": self._get_categories_text(advice),
            "buys_alike": self._get_alike_text(advice),
            "buys": self.env._("has not been a customer for long enough to grow"),
        }
        return texts[reason]

    def _get_categories_text(self, advice):
        bought, usual = advice.bought_count, advice.usual_count
        if bought == usual:
            return self._get_alike_text(advice)
        text = self.env._(
            "buys %(bought)s of the %(usual)s product categories that its peers buy",
            bought=bought,
            usual=usual,
        )
        if advice.missing_category_id:
            text += self.env._(
                ", not yet “%s”", advice.missing_category_id.display_name
            )
        return text

    def _get_alike_text(self, advice):
        if not advice.usual_count:
            return self.env._("orders as usual: propose more of it, or a better version")
        return self.env._(
            "buys all that its peers buy: propose more of it, or a better version"
        )

    # ------------------------------------------------------------------
    # The stage of the refresh
    # ------------------------------------------------------------------

    @api.model
    def _refresh_advise(self, company):
        """Advise on the company's next accounts, then take over what changed.

        All of them in every refresh: what peers buy changes, and so do stages.
        """
        if not company.customer_refresh_cursor:
            self.env["customer.behaviour"]._find_referrals(company)
        count, first, last = self._get_next_range(company)
        if count:
            self._advise(company, first, last)
            company.customer_refresh_cursor = last
            return count
        return self._take_over_first(company) or self._take_over_changed(company)

    @api.model
    def _advise(self, company, first, last):
        from ..engine import behaviours  # numpy only when needed

        self._find_peers(company)
        names = ("ids", "stage", "result", "voice", "orders", "asked", "bought")
        names += ("usual", "missing", "excluded")
        rows = self.env.execute_query(self._get_advice_query(company, first, last))
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        reasons = behaviours.next_behaviours(columns).tolist()
        self.env["customer.account.advice"]._replace(
            {
                "account_id": columns["ids"],
                "behaviour": [behaviours.REASONS.get(reason) for reason in reasons],
                "reason": [reason or None for reason in reasons],
                "bought_count": columns["bought"],
                "usual_count": columns["usual"],
                "missing_category_id": columns["missing"],
                "is_asked": columns["asked"],
            }
        )

    @api.model
    def _find_peers(self, company):
        """Put aside which categories peers buy: ``customer_peer``, most of them first.

        Peers are the members of the same group; of too few, or in no group, the
        accounts of the same tier; of too few, too, all accounts of the company.
        """
        from ..engine import behaviours  # numpy only when needed

        self.env.flush_all()
        self.env.cr.execute("DROP TABLE IF EXISTS customer_peer")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE customer_peer ON COMMIT DROP AS
                WITH bought AS (
                    SELECT account.id AS account_id, bought.category_id,
                           account.group_id, account.tier_id
                      FROM customer_account_category bought
                      JOIN customer_account account ON account.id = bought.account_id
                     WHERE account.company_id = %(company)s AND account.active
                       AND bought.revenue > 0 AND %(profiled)s
                ),
                buying AS (
                    SELECT level.number, level.peer_id, COUNT(*) AS accounts
                      FROM (
                          SELECT DISTINCT account_id, group_id, tier_id FROM bought
                      ) account
                     CROSS JOIN LATERAL (%(levels)s) level (number, peer_id)
                     WHERE level.peer_id IS NOT NULL
                     GROUP BY level.number, level.peer_id
                    HAVING COUNT(*) >= %(least)s
                ),
                category AS (
                    SELECT level.number, level.peer_id, account.category_id,
                           COUNT(*) AS accounts
                      FROM bought account
                     CROSS JOIN LATERAL (%(levels)s) level (number, peer_id)
                     WHERE level.peer_id IS NOT NULL
                     GROUP BY level.number, level.peer_id, account.category_id
                )
                SELECT buying.number, buying.peer_id,
                       array_agg(category.category_id
                                 ORDER BY category.accounts DESC, category.category_id)
                       FILTER (WHERE category.accounts >= %(share)s * buying.accounts)
                       AS categories
                  FROM buying
                  JOIN category ON category.number = buying.number
                               AND category.peer_id = buying.peer_id
                 GROUP BY buying.number, buying.peer_id
                """,
                company=company.id,
                profiled=self._get_profiled_condition(),
                levels=self._get_peer_levels(),
                least=behaviours.LEAST_PEERS,
                share=behaviours.USUAL_SHARE,
            )
        )

    @api.model
    def _get_peer_levels(self):
        return SQL("VALUES (1, account.group_id), (2, account.tier_id), (3, 0)")

    @api.model
    def _get_advice_query(self, company, first, last):
        return SQL(
            """
            SELECT account.id, COALESCE(account.lifecycle_stage, ''),
                   COALESCE(account.result, ''), %(voice)s,
                   COALESCE(account.historic_order_count, 0),
                   %(asked)s, owned.bought, owned.usual, owned.missing,
                   NOT (account.active AND %(profiled)s)
              FROM customer_account account
              LEFT JOIN LATERAL (
                  SELECT peer.categories
                    FROM (%(levels)s) level (number, peer_id)
                    JOIN customer_peer peer ON peer.number = level.number
                                           AND peer.peer_id = level.peer_id
                   ORDER BY level.number LIMIT 1
              ) peer ON TRUE
             CROSS JOIN LATERAL (
                  SELECT COUNT(own.id)::integer AS bought, COUNT(*)::integer AS usual,
                         (array_agg(wanted.category_id ORDER BY wanted.position)
                          FILTER (WHERE own.id IS NULL))[1] AS missing
                    FROM unnest(peer.categories)
                         WITH ORDINALITY wanted (category_id, position)
                    LEFT JOIN customer_account_category own
                           ON own.account_id = account.id
                          AND own.category_id = wanted.category_id
                          AND own.revenue > 0
              ) owned
             WHERE account.company_id = %(company)s
               AND account.id BETWEEN %(first)s AND %(last)s
             ORDER BY account.id
            """,
            voice=self._get_voice_column(),
            asked=self._get_asked_condition(),
            profiled=self._get_profiled_condition(),
            levels=self._get_peer_levels(),
            company=company.id,
            first=first,
            last=last,
        )

    @api.model
    def _get_voice_column(self):
        """Return what ``account`` says of us: promoter, passive, detractor or nothing."""
        if "voice" in self._fields:
            return SQL("COALESCE(account.voice, '')")
        return SQL("''")

    @api.model
    def _get_asked_condition(self):
        """Return whether ``account`` recommended us, or was asked to not long ago."""
        since = fields.Date.context_today(self) - relativedelta(months=ASKED_MONTHS)
        return SQL(
            """
            (account.partner_id IN (
                 SELECT referrer.commercial_partner_id
                   FROM res_partner contact
                   JOIN res_partner referrer ON referrer.id = contact.referred_by_id
                  WHERE contact.referred_by_id IS NOT NULL)
             OR account.id IN (
                 SELECT account_id FROM customer_behaviour_start
                  WHERE behaviour = 'referral' AND date > %s))
            """,
            since,
        )

    @api.model
    def _take_over_first(self, company):
        """Give accounts without one their next behaviour; return how many, a batch.

        An account's first value is not a change that anybody need be told of.
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE customer_account account
                   SET next_behaviour = advice.behaviour
                  FROM customer_account_advice advice
                 WHERE advice.account_id = account.id
                   AND account.id IN (
                       SELECT account.id
                         FROM customer_account account
                         JOIN customer_account_advice advice
                           ON advice.account_id = account.id
                        WHERE account.company_id = %s
                          AND account.next_behaviour IS NULL
                          AND advice.behaviour IS NOT NULL
                        ORDER BY account.id LIMIT %s)
                RETURNING account.id
                """,
                company.id,
                FIRST_SIZE,
            )
        )
        accounts = self.browse([account_id for [account_id] in rows])
        accounts.invalidate_recordset(["next_behaviour"])
        return len(accounts)

    @api.model
    def _take_over_changed(self, company):
        """Write next behaviours that are others now; return how many, a batch."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, account.next_behaviour, advice.behaviour
                  FROM customer_account account
                  JOIN customer_account_advice advice ON advice.account_id = account.id
                 WHERE account.company_id = %s
                   AND account.next_behaviour IS DISTINCT FROM advice.behaviour
                 ORDER BY account.id LIMIT %s
                """,
                company.id,
                BATCH_SIZE,
            )
        )
        if not rows:
            return 0
        ids, old, new = map(list, zip(*rows, strict=True))
        return self.browse(ids)._write_changed(
            "next_behaviour", [value or False for value in new], old
        )
