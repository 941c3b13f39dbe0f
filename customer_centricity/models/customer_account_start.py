from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

# A play is not started again before so many days are over: two people who both read
# what is next would call the customer twice.
AGAIN_DAYS = 7


class CustomerAccount(models.Model):
    """Starting the play that brings an account's next best behaviour about."""

    _inherit = "customer.account"

    behaviour_start_ids = fields.One2many(
        comodel_name="customer.behaviour.start",
        inverse_name="account_id",
        string="Plays Started",
    )

    def action_start_next_behaviour(self):
        """Start the play of the next best behaviour: activities, tasks, a draft."""
        self.ensure_one()
        self.check_access("read")
        # what has not been refreshed since the customer opted out is no advice
        if not self.next_behaviour or self.profiling_opt_out:
            raise UserError(
                self.env._(
                    "%s: there is no next best behaviour to start.", self.display_name
                )
            )
        self._check_not_started()
        play = self.env["customer.play"]._get_play_for(
            self.next_behaviour, self.company_id
        )
        play._start_with(self)
        self._note_start(self.next_behaviour, play)
        self._message_log(
            body=self.env._(
                "%(user)s started the play “%(play)s”: %(reason)s",
                user=self.env.user.name,
                play=play.name,
                reason=self.next_behaviour_reason or "",
            )
        )
        return self._get_start_action(play)

    def _check_not_started(self):
        """Refuse to start what somebody started a few days ago."""
        self._lock_starts()
        today = fields.Date.context_today(self)
        started = self.behaviour_start_ids.filtered(
            lambda start: (
                start.behaviour == self.next_behaviour
                and start.date > fields.Date.subtract(today, days=AGAIN_DAYS)
            )
        )[:1]
        if started:
            raise UserError(
                self.env._(
                    "%(account)s: %(user)s started this on %(date)s. See its "
                    "activities, and start it again when a week is over.",
                    account=self.display_name,
                    user=started.user_id.name or "-",
                    date=format_date(self.env, started.date),
                )
            )

    def _lock_starts(self):
        """Have those who start something with the accounts at once wait for each other.

        The later one's row has been written meanwhile: the database has it tried again,
        and then it sees what the first one did.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE customer_account SET write_date = write_date "
                "WHERE id = ANY(%s)",
                self.ids,
            )
        )

    def _note_start(self, behaviour, play=None):
        """Note that the user has set about bringing a behaviour about.

        Here alone: who was asked for a referral is not asked again for a year, wherever
        that was done.
        """
        self.ensure_one()
        # sudo: whoever may read the account may start, and that is noted; the notes are
        # not writable by people
        return (
            self.env["customer.behaviour.start"]
            .sudo()
            .create(
                {
                    "account_id": self.id,
                    "behaviour": behaviour,
                    "play_id": play and play.id,
                    "user_id": self.env.uid,
                    "date": fields.Date.context_today(self),
                }
            )
        )

    def _get_start_action(self, play):
        """Return the mail of the play as a draft, or word that it has been started."""
        if play.mail_template_id:
            return self._get_play_mail(play)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "“%s” has been started: its activities are on the account.",
                    play.name,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _get_play_mail(self, play):
        """Return the composer with a mail to the customer, in the customer's language.

        Those are written to who have answered that they would recommend you.
        """
        # sudo: which mail a play has is no secret, whoever may start it may write it
        template = play.sudo().mail_template_id.sudo(False)
        partners = self.partner_id
        if play.behaviour == "referral":
            partners = self._get_promoters()
        return self._open_draft(template, play.name, partners)

    def _fold_into(self, target):
        # sudo: what was started moves along, whoever started it
        self.sudo().behaviour_start_ids.account_id = target
        return super()._fold_into(target)
