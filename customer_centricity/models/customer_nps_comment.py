from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import hash_sign

SCOPE = "customer_nps_comment"
# How long who has answered may say why
COMMENT_HOURS = 1
# Of a comment on the page; more is cut off
COMMENT_LENGTH = 2000


class CustomerNpsResponse(models.Model):
    """What a contact adds to the answer on the page, once and soon after it."""

    _inherit = "customer.nps.response"

    def _get_comment_token(self):
        """Return the signed key to comment on the answer just given."""
        self.ensure_one()
        return hash_sign(
            self.sudo().env, SCOPE, [self.id], expiration_hours=COMMENT_HOURS
        )

    @api.model
    def _find_to_comment(self, token):
        number = self.env["customer.nps.invitation"]._read_token(SCOPE, token)
        return self.browse(number).exists()

    def _is_commented(self):
        self.ensure_one()
        return bool(self.comment or self.topic_id)

    def _add_comment(self, comment, topic):
        """Keep what was said, in whatever characters, unless something was before."""
        self.ensure_one()
        self.env.execute_query(
            SQL(
                "SELECT id FROM customer_nps_response WHERE id = %s FOR UPDATE", self.id
            )
        )
        self.invalidate_recordset()
        if self._is_commented():
            return
        # the database takes no NUL
        comment = comment.replace("\0", "").strip()[:COMMENT_LENGTH]
        self.write({"comment": comment, "topic_id": self._find_topic(topic).id})

    @api.model
    def _find_topic(self, text):
        """Return the topic that was chosen, none if there is no such one."""
        # as many digits as the database's numbers have for certain
        known = text.isascii() and text.isdecimal() and len(text) <= 9
        topics = self.env["customer.nps.topic"]
        return topics.search([("id", "=", int(text))]) if known else topics
