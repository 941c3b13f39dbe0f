import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import requests

from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY
from .common_nps import NpsMixin

INVITED = "2026-07-01"


@tagged("post_install", "-at_install", "plain_stack")
class TestNpsPage(NpsMixin, HttpCase):
    """The way from the link to the answer, as the public walks it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Chairs & Lamps"})
        Partner = cls.env["res.partner"]
        cls.hotel = Partner.create({"name": "Secret Hotel", "is_company": True})
        cls.nora, cls.otto = Partner.create(
            [
                {"name": name, "parent_id": cls.hotel.id, "email": f"{name}@hotel.test"}
                for name in ("Nora", "Otto")
            ]
        )
        cls.account = cls.env["customer.account"].create(
            {"partner_id": cls.hotel.id, "company_id": cls.company.id}
        )
        cls.Response = cls.env["customer.nps.response"]

    def setUp(self):
        super().setUp()
        self.startClassPatcher(freeze_time(TODAY))
        self.invitation = self._invite(self.nora, INVITED)
        self.url = self._path(self.invitation)

    def _path(self, invitation):
        """Return the link of an invitation without the server, which is another."""
        return urlsplit(invitation.get_answer_url()).path

    def _answers(self):
        return self.Response.search([("partner_id", "in", (self.nora | self.otto).ids)])

    def _open(self, url, status=200, **kwargs):
        page = self.url_open(url, **kwargs)
        self.assertEqual(page.status_code, status)
        return page

    def _post(self, url, page, status=200, **values):
        """Send the form of a page."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        data = {"csrf_token": token.group(1), **values}
        return self._open(url, status, data=data)

    def test_one_click_from_the_mail_to_the_answer(self):
        page = self._open(f"{self.url}?score=9")
        self.assertIn("How likely are you to recommend us", page.text)
        self.assertIn("Send my answer: 9", " ".join(page.text.split()))
        self.assertIn('data-send="1"', page.text)
        self.assertFalse(self._answers(), "mail scanners follow links")
        thanks = self._post(self.url, page, score="9")
        self.assertIn("Thank you for your answer", thanks.text)
        self.assertIn("You answered: <strong>9</strong>", thanks.text)
        self.assertIn("/customer/nps/thanks/", thanks.url)
        answer = self._answers()
        self.assertEqual(
            (answer.score, answer.kind, answer.partner_id, answer.channel),
            (9, "promoter", self.nora, "page"),
        )
        self.assertEqual(answer.company_id, self.company)
        self.assertEqual(answer.account_id, self.account)
        self.assertFalse(answer.user_id)
        self.assertEqual(self.invitation.state, "answered")
        self.assertEqual(self.invitation.response_id, answer)

    def test_the_page_sends_what_the_link_says(self):
        self.browser_js(
            f"{self.url}?score=9",
            "console.log('test successful')",
            "location.pathname.startsWith('/customer/nps/thanks/')",
        )
        self.assertEqual(self._answers().score, 9)

    def test_opening_the_link_changes_nothing(self):
        for query in ("", "?score=3", "?score=10&score=1", "?score=99", "?score=x"):
            with self.subTest(query=query):
                self._open(self.url + query)
                self.opener.head(self.base_url() + self.url + query)
        self.assertFalse(self._answers())
        self.assertEqual(self.invitation.state, "sent")

    def test_what_is_no_score_is_asked_for_again(self):
        page = self._open(self.url)
        for score in ("", "11", "-1", "9.5", "nine", "٩", "009", "1e1"):
            with self.subTest(score=score):
                page = self._post(self.url, page, 400, score=score)
                self.assertIn("Please choose a number", page.text)
        self.assertFalse(self._answers())
        self._post(self.url, page, score="0")
        self.assertEqual(self._answers().score, 0)

    def test_an_invitation_is_good_for_one_answer(self):
        page = self._open(self.url)
        self._post(self.url, page, score="9")
        again = self._post(self.url, page, 410, score="2")
        self.assertIn("You have already answered", again.text)
        self.assertIn(
            "You have already answered", self._open(f"{self.url}?score=2", 410).text
        )
        self.assertEqual(self._answers().mapped("score"), [9])

    def test_of_two_answers_at_once_one_counts(self):
        page = self._open(self.url)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)
        cookies = self.opener.cookies.get_dict()
        self.env.cr.flush()
        self.env.cr.clear()

        def post(score):
            return requests.post(
                self.base_url() + self.url,
                data={"csrf_token": token, "score": score},
                cookies=cookies,
                timeout=30,
            ).status_code

        with (
            mute_logger("odoo.sql_db", "odoo.service.model"),
            self.allow_requests(all_requests=True),
            ThreadPoolExecutor(2) as pool,
        ):
            statuses = sorted(pool.map(post, ("9", "2")))
        self.assertEqual(statuses, [200, 410])
        self.assertEqual(len(self._answers()), 1)

    def test_forged_and_expired_links_look_the_same(self):
        other = self._path(self._invite(self.otto, INVITED))
        token = self.url.rpartition("/")[2]
        head, tail = token[:-8], token[-8:]
        page = self._open(self.url)
        expired = self._path(self._invite(self.nora, "2026-06-14"))
        gone = self._invite(self.otto)
        gone_path = self._path(gone)
        gone.unlink()
        texts = set()
        forged = (
            head + tail[::-1],
            head,
            token + token,
            "0",
            "x" * 300,
            "%00",
            "ñandú",
            other.rpartition("/")[2][:40] + token[40:],
            self.url.replace("/nps/", "/nps/thanks/").rpartition("/")[2][:-1],
        )
        for path in (
            *(f"/customer/nps/{one}" for one in forged),
            *(f"/customer/nps/thanks/{one}" for one in forged),
            # the key to one page is not that to the other
            f"/customer/nps/thanks/{token}",
            expired,
            gone_path,
        ):
            with self.subTest(path=path):
                texts.add(self._open(path, 404).text)
                self._post(path, page, 404, score="1", comment="Hello")
        self.assertEqual(len(texts), 1)
        self.assertIn("This link is not valid", texts.pop())
        self.assertFalse(self._answers())

    def test_the_last_day_is_a_whole_day(self):
        last = self._path(self._invite(self.otto, "2026-06-15"))
        self._open(last)

    def test_what_is_to_be_sent_cannot_be_answered(self):
        self.invitation.sent_date = False
        self._open(self.url, 404)

    def test_another_link_answers_for_another_contact(self):
        other = self._invite(self.otto)
        path = self._path(other)
        self._post(path, self._open(path), score="4")
        self.assertEqual(self._answers().partner_id, self.otto)
        self.assertEqual(self.invitation.state, "sent")

    def test_who_wants_no_letters_receives_none(self):
        url = urlsplit(self.invitation.get_stop_url()).path
        page = self._open(url)
        self.assertIn("Do not write to me again", page.text)
        blacklist = self.env["mail.blacklist"]
        mine = [("email", "=", "nora@hotel.test")]
        self.assertFalse(blacklist.search(mine), "mail scanners follow links")
        # as mail programs send it
        stopped = self._open(url, data={"List-Unsubscribe": "One-Click"})
        self.assertIn("We will not ask you again", stopped.text)
        self.assertTrue(blacklist.search(mine))
        answer = self.url.rpartition("/")[2]
        self._open(f"/customer/nps/stop/{answer}", 404)
        self._open(f"/customer/nps/{url.rpartition('/')[2]}", 404)

    def test_a_form_of_another_site_is_refused(self):
        self._open(self.url)
        with mute_logger("odoo.http"):
            self._open(self.url, 400, data={"score": "1"})
            self._open(self.url, 400, data={"score": "1", "csrf_token": "x"})
        self.assertFalse(self._answers())

    def test_the_page_tells_nothing_but_the_company(self):
        page = self._open(f"{self.url}?score=9")
        thanks = self._post(self.url, page, score="9")
        again = self._open(self.url, 410)
        for shown in (page, thanks, again):
            self.assertIn("Chairs &amp; Lamps", shown.text)
            for secret in ("Secret", "Nora", "hotel", "Otto", "Odoo"):
                self.assertNotIn(secret, shown.text)
            self.assertNotIn("http", shown.text, "it refers to no other server")
            self.assertEqual(shown.headers["Referrer-Policy"], "no-referrer")
            self.assertEqual(shown.headers["Cache-Control"], "no-store")
            self.assertIn("noindex", shown.headers["X-Robots-Tag"])
            self.assertIn(
                "default-src 'none'", shown.headers["Content-Security-Policy"]
            )
        for name in ("answer.css", "answer.js"):
            self._open(f"/customer_centricity/static/answer/{name}")

    def test_why_is_told_once_and_shown_as_it_was_written(self):
        thanks = self._post(self.url, self._open(self.url), score="3")
        self.assertIn("What should we change?", thanks.text)
        topic = self.env.ref("customer_centricity.nps_topic_delivery")
        text = "<script>alert(1)</script> & late\0 " + "x" * 3000
        noted = self._post(thanks.url, thanks, comment=text, topic=str(topic.id))
        self.assertIn("We have received what you wrote", noted.text)
        answer = self._answers()
        self.assertEqual(answer.topic_id, topic)
        self.assertTrue(answer.comment.startswith("<script>alert(1)</script> & late x"))
        self.assertEqual(len(answer.comment), 2000)
        note = answer.call_back_id.note
        self.assertIn("Delivery", note)
        self.assertNotIn("alert(1)", note, "the answer alone tells it")
        self._post(thanks.url, thanks, comment="Again")
        self.assertEqual(len(answer.comment), 2000)
        self.assertIn("We have received", self._open(thanks.url).text)

    def test_a_comment_has_its_time_and_size(self):
        thanks = self._post(self.url, self._open(self.url), score="8")
        self.assertIn("What would make us better", thanks.text)
        self._post(thanks.url, thanks, 413, comment="x" * 100_000)
        empty = self._post(thanks.url, thanks, comment=" ", topic="9" * 30)
        self.assertIn("What would make us better", empty.text)
        self.assertNotIn("We have received", empty.text, "nothing was written")
        self._post(thanks.url, thanks, comment=" ", topic="no-topic")
        answer = self._answers()
        self.assertFalse(answer.comment or answer.topic_id)
        with freeze_time("2026-07-15 01:00:01"):
            self._open(thanks.url, 404)
            self._post(thanks.url, thanks, 404, comment="Late")
        self.assertFalse(answer.comment)

    def test_in_the_language_of_the_contact(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.nora.lang = "es_ES"
        topic = self.env.ref("customer_centricity.nps_topic_delivery")
        topic.with_context(lang="es_ES").name = "Entrega"
        page = self._open(self.url)
        self.assertIn('lang="es-ES"', page.text)
        thanks = self._post(self.url, page, score="10")
        self.assertIn("Entrega", thanks.text)

    def test_a_language_that_is_spoken_no_more(self):
        language = self.env["res.lang"]._activate_lang("es_ES")
        self.nora.lang = "es_ES"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_lang SET active = FALSE WHERE id = %s", [language.id]
        )
        self.env.registry.clear_cache("stable")
        self.assertIn('lang="en-US"', self._open(self.url).text)

    def test_the_logo_is_part_of_the_page(self):
        self.company.logo = self.env.ref("base.partner_admin").avatar_1920
        page = self._open(self.url)
        self.assertIn('src="data:image/', page.text)
        self.assertIn('alt="Chairs &amp; Lamps"', page.text)
