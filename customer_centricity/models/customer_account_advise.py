from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from .account_rows import replace_differing
from .customer_behaviour import KINDS
from .customer_decision import OPEN

# Whoever was asked to recommend somebody is not asked again before these are over.
ASKED_MONTHS = 12
# What was proposed to an account is not advised again before these are over.
PROPOSED_MONTHS = 3
# What is advised on is little of each account: so many are done in some seconds.
ADVISED_AT_ONCE = 200_000
# What is kept of the advice on an account, besides whose it is
ADVICE = (
    "behaviour",
    "reason",
    "bought_count",
    "usual_count",
    "missing_category_id",
    "is_asked",
)
# Names of whom an ``account`` is compared with, the nearest first
PEER_LEVELS = (
    SQL("'group ' || account.group_id"),
    SQL("'tier ' || account.tier_id"),
    SQL("'all'"),
)
# Accounts that take over their advice by one statement: as many take a second or two.
TAKEN_AT_ONCE = 10_000


class CustomerAccount(models.Model):
    """What to aim for next with an account, and why (engine/behaviours.py).

    Everybody who works for the account reads it: no money, no cost.
    """

    _inherit = "customer.account"

    next_behaviour = fields.Selection(
        selection=KINDS,
        string="Next Best Behaviour",
        readonly=True,
        help="What to aim for with the account, as of the last refresh.",
    )
    # sudo: what it rests on is not for everybody to read; what this tells of it is for
    # all that may read the account
    next_behaviour_reason = fields.Char(
        string="Why This Behaviour",
        compute="_compute_next_behaviour_reason",
        compute_sudo=True,
    )

    @api.depends("lifecycle_stage", "next_behaviour", "voice")
    @api.depends_context("lang")
    def _compute_next_behaviour_reason(self):
        advice = self.env["customer.account.advice"].search(
            [("account_id", "in", self.ids)]
        )
        by_account = advice.grouped("account_id")
        for account in self:
            found = by_account.get(account._origin)
            # advice comes first, accounts take it over batch by batch: meanwhile it may
            # be on another behaviour, or on none
            is_taken_over = (
                found and found.reason and found.behaviour == account.next_behaviour
            )
            account.next_behaviour_reason = (
                is_taken_over and account._get_advice_reason(found)
            )

    def _get_advice_reason(self, advice):
        """Return in words why the behaviour, and what else speaks for it."""
        parts = [self._get_reason_text(advice.reason, advice)]
        if advice.usual_count and advice.reason in ("never_asked", "second_order"):
            parts.append(self._get_categories_text(advice))
        if (
            advice.reason in ("buys_alike", "buys")
            and advice.bought_count < advice.usual_count
        ):
            parts.append(
                self.env._("another product category was proposed not long ago")
            )
        if self.voice == "promoter" and advice.reason != "never_asked":
            parts.append(self.env._("promoter"))
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
            "buys": self.env._("new: the next orders decide whether it stays")
            if self.lifecycle_stage == "new"
            else self.env._("nothing else stands out: keep in touch"),
        }
        return texts.get(reason, "")

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
        if not advice.usual_count or advice.bought_count < advice.usual_count:
            return self.env._(
                "orders as usual: propose more of it, or a better version"
            )
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
        count, first, last = self._get_next_range(company, ADVISED_AT_ONCE)
        if count:
            self._advise(company, first, last)
            company.customer_refresh_cursor = last
            return count
        return self._take_over(company)

    @api.model
    def _advise(self, company, first, last):
        """Keep what to aim for with the accounts of a range, and why."""
        self.env.flush_all()
        # compiling these statements takes longer than it saves
        self.env.cr.execute("SET LOCAL jit = off")
        self._find_peers(company)
        replace_differing(
            self.env["customer.account.advice"],
            ADVICE,
            self._get_advice_query(company, first, last),
        )

    @api.model
    def _find_peers(self, company):
        """Put aside which categories peers buy: ``customer_peer``, with their position.

        Peers are the members of the same group; of too few, or in no group, the
        accounts of the same tier; of too few, too, all accounts of the company.
        Categories that most of them buy come first.
        """
        from ..engine import behaviours  # numpy only when needed

        self.env.cr.execute("DROP TABLE IF EXISTS customer_peer")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE customer_peer ON COMMIT DROP AS
                WITH bought AS (
                    -- once a customer and category; the rest is about few rows
                    SELECT account.group_id, account.tier_id, bought.category_id,
                           COUNT(*) AS accounts
                      FROM customer_account_category bought
                      JOIN customer_account account ON account.id = bought.account_id
                     WHERE bought.revenue > 0 AND %(peers)s
                       AND bought.category_id <> ALL(%(no_offers)s)
                     GROUP BY 1, 2, 3
                ),
                buying AS (
                    SELECT account.group_id, account.tier_id, COUNT(*) AS accounts
                      FROM customer_account account
                     WHERE %(peers)s
                       AND account.id IN (
                           SELECT account_id FROM customer_account_category
                            WHERE revenue > 0)
                     GROUP BY 1, 2
                ),
                level AS (
                    SELECT level.peer, SUM(account.accounts) AS accounts
                      FROM buying account CROSS JOIN LATERAL (%(levels)s) level (peer)
                     WHERE level.peer IS NOT NULL
                     GROUP BY level.peer
                    HAVING SUM(account.accounts) >= %(least)s
                )
                SELECT level.peer, account.category_id,
                       (ROW_NUMBER() OVER (
                            PARTITION BY level.peer
                            ORDER BY SUM(account.accounts) DESC, account.category_id)
                        - 1)::integer AS position
                  FROM bought account CROSS JOIN LATERAL (%(levels)s) one (peer)
                  JOIN level ON level.peer = one.peer
                 GROUP BY level.peer, level.accounts, account.category_id
                HAVING SUM(account.accounts) >= %(share)s * level.accounts
                """,
                peers=SQL(
                    "account.company_id = %s AND account.active AND %s",
                    company.id,
                    self._get_profiled_condition(),
                ),
                levels=SQL(
                    "VALUES %s",
                    SQL(", ").join(SQL("(%s)", level) for level in PEER_LEVELS),
                ),
                no_offers=self.env["product.category"]._get_not_proposed_ids(),
                least=behaviours.LEAST_PEERS,
                share=behaviours.USUAL_SHARE,
            )
        )
        # as many as a number has bits: nobody's peers have more in common
        self.env.cr.execute(
            SQL(
                "DELETE FROM customer_peer WHERE position >= %s",
                behaviours.MOST_CATEGORIES,
            )
        )

    @api.model
    def _get_advice_query(self, company, first, last):
        """Return a query of the advice on accounts, engine/behaviours.py as SQL.

        What an account has bought is told as a number with a bit for each of the
        categories that its peers buy. A test holds this to the engine.
        """
        from ..engine import behaviours  # numpy only when needed

        known = SQL("(SELECT peer FROM customer_peer)")
        peer = SQL(
            "CASE %s END",
            SQL(" ").join(
                SQL("WHEN %s IN %s THEN %s", level, known, level)
                for level in PEER_LEVELS
            ),
        )
        return SQL(
            """
            WITH account AS (
                -- what is needed only: this is kept, and accounts have many columns
                SELECT account.id, account.lifecycle_stage, account.result,
                       account.voice, account.historic_order_count, %(peer)s AS peer,
                       account.historic_value > 0 AS is_worth, %(asked)s AS is_asked,
                       %(cross_sell)s AS is_cross_sell_started,
                       %(up_sell)s AS is_up_sell_started,
                       account.active AND %(profiled)s AND NOT %(ending)s AS is_told
                  FROM customer_account account
                 WHERE account.company_id = %(company)s
                   AND account.id BETWEEN %(first)s AND %(last)s
            ), usual AS (
                SELECT peer, COUNT(*)::integer AS usual_count,
                       array_agg(category_id ORDER BY position) AS categories
                  FROM customer_peer
                 GROUP BY peer
            ), own AS (
                SELECT account.id, COUNT(*)::integer AS bought_count,
                       bit_or(1::bigint << peer.position) AS bought
                  FROM account
                  JOIN customer_account_category own ON own.account_id = account.id
                  JOIN customer_peer peer ON peer.peer = account.peer
                                         AND peer.category_id = own.category_id
                 WHERE own.revenue > 0
                 GROUP BY account.id
            ), known AS (
                SELECT account.*, usual.categories,
                       COALESCE(own.bought, 0) AS bought,
                       COALESCE(own.bought_count, 0) AS bought_count,
                       COALESCE(usual.usual_count, 0) AS usual_count
                  FROM account
                  LEFT JOIN usual ON usual.peer = account.peer
                  LEFT JOIN own ON own.id = account.id
            ), advice AS (
                SELECT account.*, %(reason)s AS reason
                  FROM known account
                OFFSET 0 -- the rules once a row, and not where they are referred to
            )
            SELECT id, %(behaviour)s AS behaviour, reason, bought_count, usual_count,
                   %(missing)s AS missing_category_id, is_asked
              FROM advice
            """,
            peer=peer,
            asked=self._get_asked_condition(company),
            ending=self._get_ending_condition(),
            cross_sell=self._get_started_condition("cross_sell", PROPOSED_MONTHS),
            up_sell=self._get_started_condition("up_sell", PROPOSED_MONTHS),
            profiled=self._get_profiled_condition(),
            company=company.id,
            first=first,
            last=last,
            reason=self._get_reason_expression(),
            missing=self._get_missing_expression(),
            behaviour=self._choose(
                [
                    (SQL("reason = %s", reason), SQL("%s", behaviour))
                    for reason, behaviour in behaviours.REASONS.items()
                ]
            ),
        )

    @api.model
    def _choose(self, cases):
        """Return the value of the first condition that holds, as SQL."""
        return SQL(
            "CASE %s END",
            SQL(" ").join(SQL("WHEN %s THEN %s", *case) for case in cases),
        )

    @api.model
    def _get_missing_expression(self):
        """Return the first of the ``categories`` whose bit is not in ``bought``."""
        return SQL(
            """
            CASE WHEN bought_count < usual_count
                 THEN categories[strpos(reverse(bought::bit(64)::text), '0')] END
            """
        )

    @api.model
    def _get_reason_expression(self):
        """Return why which behaviour is the next best of an ``account``, as SQL."""
        from ..engine import behaviours  # numpy only when needed

        orders = SQL("COALESCE(account.historic_order_count, 0)")
        stage = SQL("account.lifecycle_stage")
        rules = {
            "never_ordered": SQL("(%s = 0 OR %s = 'prospect')", orders, stage),
            "detractor": SQL("account.voice = 'detractor'"),
            "loss": SQL("account.result = 'loss'"),
            "lost": SQL("%s = 'lost'", stage),
            "at_risk": SQL("%s = 'at_risk'", stage),
            "second_order": SQL("%s = 1", orders),
            "never_asked": SQL("account.voice = 'promoter' AND NOT account.is_asked"),
            "buys_fewer": SQL(
                "account.bought_count < account.usual_count"
                " AND NOT account.is_cross_sell_started"
            ),
            "buys_alike": SQL(
                "%s IN %s AND NOT account.is_up_sell_started",
                stage,
                behaviours.BUYING_STAGES,
            ),
            "buys": SQL("TRUE"),
        }
        return SQL(
            "CASE WHEN account.is_told AND (account.is_worth"
            " OR %s IS DISTINCT FROM 'lost') THEN %s END",
            stage,
            self._choose(
                [(rules[reason], SQL("%s", reason)) for reason in behaviours.REASONS]
            ),
        )

    @api.model
    def _get_profile_fields(self):
        return [*super()._get_profile_fields(), "next_behaviour"]

    def _forget_profile(self):
        self.env["customer.account.advice"]._forget_accounts(self)
        return super()._forget_profile()

    @api.model
    def _get_ending_condition(self):
        """Return whether an open case is to end the relation of ``account``."""
        return SQL(
            """
            (account.id IN (
                 SELECT account_id FROM customer_decision
                  WHERE kind = 'end' AND state IN %s))
            """,
            OPEN,
        )

    @api.model
    def _get_asked_condition(self, company):
        """Return whether ``account`` recommended us, or was asked to not long ago.

        What counts is whom it brought to the company: who came to another one is
        nothing that this one's people are told.
        """
        return SQL(
            """
            (account.partner_id IN (
                 SELECT referrer.commercial_partner_id
                   FROM res_partner contact
                   JOIN res_partner referrer ON referrer.id = contact.referred_by_id
                   JOIN customer_account referred
                     ON referred.partner_id = contact.id
                    AND referred.company_id = %s
                  WHERE contact.referred_by_id IS NOT NULL)
             OR %s)
            """,
            company.id,
            self._get_started_condition("referral", ASKED_MONTHS),
        )

    @api.model
    def _get_started_condition(self, behaviour, months):
        """Return whether bringing a behaviour of ``account`` about began of late."""
        return SQL(
            """
            (account.id IN (
                 SELECT account_id FROM customer_behaviour_start
                  WHERE behaviour = %s AND date > %s))
            """,
            behaviour,
            fields.Date.context_today(self) - relativedelta(months=months),
        )

    @api.model
    def _take_over(self, company):
        """Give accounts their next behaviour where it is another; return how many.

        A batch, by one statement and told to nobody: this is advice of the day, which
        may be another tomorrow, and nothing that was decided about the account. Rows
        are locked in the order of their ids, as other stages do.
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE customer_account account SET next_behaviour = other.behaviour
                  FROM (
                      SELECT account.id, advice.behaviour
                        FROM customer_account account
                        JOIN customer_account_advice advice
                          ON advice.account_id = account.id
                       WHERE account.company_id = %s
                         AND account.next_behaviour IS DISTINCT FROM advice.behaviour
                       ORDER BY account.id LIMIT %s
                         FOR NO KEY UPDATE OF account
                  ) other
                 WHERE other.id = account.id
                RETURNING account.id
                """,
                company.id,
                TAKEN_AT_ONCE,
            )
        )
        accounts = self.browse([account_id for [account_id] in rows])
        accounts.invalidate_recordset(["next_behaviour", "next_behaviour_reason"])
        return len(accounts)
