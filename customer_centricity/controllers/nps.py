from odoo import http
from odoo.http import request
from odoo.tools.image import image_data_uri

# Of what a page receives: a comment at its longest in any alphabet, and its form
BODY_BYTES = 64 * 1024
# The page is self-contained, is in no search engine and no cache, and tells no other
# server where its reader comes from: its address is the key to the answer.
HEADERS = [
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex, nofollow, noarchive"),
]
GONE = 410
NOT_FOUND = 404
NOT_VALID = 400


class CustomerNps(http.Controller):
    """The page on which a contact answers, reached by a link in an e-mail.

    Mail scanners follow links: opening one changes nothing, and what the link says is
    sent by the page itself. Nothing is told but the company's name and logo.
    """

    @http.route(
        "/customer/nps/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        sitemap=False,
        max_content_length=BODY_BYTES,
    )
    def answer(self, token, score="", **_others):
        """Ask, and record the one answer that an invitation stands for."""
        # sudo: the signed link is the right to answer, and to nothing else
        invitation = request.env["customer.nps.invitation"].sudo()._find(token)
        if not invitation:
            return self._render_unknown()
        company = invitation.company_id
        self._speak_to(invitation.partner_id, company)
        chosen = self._read_score(score)
        posted = request.httprequest.method == "POST"
        if posted and chosen is not None:
            response = invitation._answer(chosen)
            if response:
                return request.redirect(
                    f"/customer/nps/thanks/{response._get_comment_token()}", 303
                )
        if invitation.state == "answered":
            return self._render(company, "answered", GONE)
        status = NOT_VALID if posted else 200
        return self._render(company, "ask", status, score=chosen, posted=posted)

    @http.route(
        "/customer/nps/thanks/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        sitemap=False,
        max_content_length=BODY_BYTES,
    )
    def thank(self, token, comment="", topic="", **_others):
        """Thank for the answer; what else there is to say may be added for a while."""
        # sudo: as above, the link being that to what was answered just now
        response = request.env["customer.nps.response"].sudo()._find_to_comment(token)
        if not response:
            return self._render_unknown()
        company = response.company_id
        self._speak_to(response.partner_id, company)
        if request.httprequest.method == "POST":
            response._add_comment(comment, topic)
        # nothing is told to have been received where nothing was written
        if response._is_commented():
            return self._render(company, "noted")
        # sudo: the names of topics are told to customers
        topics = request.env["customer.nps.topic"].sudo().search([])
        return self._render(
            company,
            "thank",
            score=response.score,
            kind=response.kind,
            topics=topics,
        )

    @http.route(
        "/customer/nps/stop/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        # mail programs send it for their users, and know no form (RFC 8058); the
        # signed link is proof enough
        csrf=False,
        sitemap=False,
        max_content_length=BODY_BYTES,
    )
    def stop(self, token, **_others):
        """Write no more letters to whoever wants none; opening it changes nothing."""
        # sudo: as above
        invitation = request.env["customer.nps.invitation"].sudo()._find_to_stop(token)
        if not invitation:
            return self._render_unknown()
        self._speak_to(invitation.partner_id, invitation.company_id)
        if request.httprequest.method == "POST":
            invitation._stop()
            return self._render(invitation.company_id, "stopped")
        return self._render(invitation.company_id, "stop")

    @staticmethod
    def _read_score(text):
        """Return the score that was sent, or None if there is none."""
        if not (text.isascii() and text.isdecimal() and len(text) <= 2):
            return None
        return int(text) if int(text) <= 10 else None

    def _speak_to(self, partner, company):
        """Go on in the language of who reads the page, if it is still spoken here."""
        # sudo: which languages there are
        languages = request.env["res.lang"].sudo()
        for lang in (partner.lang, company.partner_id.lang):
            if lang and languages._get_data(code=lang):
                request.update_context(lang=lang)
                return

    def _render(self, company, step, status=200, **values):
        values = {
            "company": company,
            "logo": self._get_logo(company),
            "step": step,
            "language": (request.env.lang or "en").replace("_", "-"),
            "csrf_token": request.csrf_token,
            **values,
        }
        # sudo: a page of ours, whose source the public cannot read
        views = request.env["ir.ui.view"].sudo()
        html = views._render_template("customer_centricity.nps_page", values)
        return request.make_response(html, HEADERS, status=status)

    def _render_unknown(self):
        """Return the page for links that are forged, incomplete or out of date."""
        # sudo: the company's name and logo, which the login page shows, too
        return self._render(request.env.company.sudo(), "unknown", NOT_FOUND)

    @staticmethod
    def _get_logo(company):
        """Return the logo as part of the page, or nothing if the company has none."""
        if company.uses_default_logo or not company.logo_web:
            return ""
        return image_data_uri(company.logo_web)
