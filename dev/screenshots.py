"""The pictures of the docs and of the store page, taken of the demo by a browser.

`make screenshots` runs this where Odoo's packages are. A new picture is one line of
SHOTS. It works in a copy of the demo, or of the database that DATABASE names, which
stays as it is.
"""

import dataclasses
import io
import json
import os
import sys
import time
import urllib.parse
from collections.abc import Sequence

from environment import databases, demo, odoo_command
from environment.core import MAIN_ADDON, ROOT, Problem, fail, say
from environment.devtools import Browser
from environment.servers import Server, Session
from PIL import Image, ImageChops

IMAGES = ROOT / "docs/images"
STORE_IMAGES = ROOT / MAIN_ADDON / "static/description"
# Folder of each language, below that of the images
LANGUAGES = {"en_US": "", "es_ES": "es"}
# Of the demo, and one of a company that begins; the password is the same
LOGINS = ("admin", "manager", "sales", "beginner")
FIRST_PATIENCE = 180  # seconds: Odoo compiles its scripts for the first page
MOST_COLOURS = 128
MOST_BYTES = 150_000  # of a picture: a reader may have a slow line


@dataclasses.dataclass(frozen=True)
class Shot:
    """A picture: who looks at what, on how large a screen.

    :param name: of the file
    :param path: of the page; {id} stands for the record
    :param wait: selector of what must be shown
    :param record: (model, domain) of the record in the path, the first one
    :param login: who looks
    :param width: of the screen in pixels
    :param height: of the screen in pixels
    :param hidden: selector of what is left out of the picture
    :param clicks: (selector to press, selector to wait for), one after the other
    :param store: names that the store page has it under, in English
    """

    name: str
    path: str
    wait: str
    record: tuple = ()
    login: str = "manager"
    width: int = 1280
    height: int = 800
    hidden: str = ""
    clicks: Sequence[tuple] = ()
    store: Sequence[str] = ()


def _named(model, name, field="name"):
    return (model, [[field, "=", name]])


ROW = ".o_data_row, .o_kanban_record"
CARD, FORM, CHART = ".o_kanban_record", ".o_form_sheet", ".o_graph_renderer canvas"
WHALE = ".o_customer_card[data-section=whale] canvas"
STEPS = ".o_customer_onboarding"
FIGURE = ".o_customer_card .o_customer_figure"
PENALBA = _named("customer.account", "Constructora Peñalba", "partner_id.name")
BRISAMAR = _named("customer.account", "Clínicas Brisamar", "partner_id.name")
CONTACT = _named("res.partner", "Clínicas Brisamar")
CASE = _named("customer.decision", "Constructora Peñalba", "account_id.partner_id.name")
GROUP = _named("customer.group", "Always on Call")
EXCHANGE = _named("customer.value.exchange", "Always on Call", "group_id.name")
INTENT = _named("customer.intent", "Half of the trips")
PROPOSAL = ("customer.group.proposal", [])
LAST_RUN = _named("customer.ltv.run", "computed", "state")
STATEMENT = ("button[name=action_open_statement]", ".o_customer_figure")
CONTACT_PAGE = ("a.nav-link[name=customer_value]", "div[name=customer_tier_id]")

SHOTS = (
    Shot(
        *("first_steps", "customer-dashboard", STEPS),
        login="beginner",
        height=420,
        store=("first_steps",),
    ),
    Shot("what_changed", "customer-account-turns", ROW, height=480),
    Shot(
        *("dashboard", "customer-dashboard", WHALE),
        height=1000,
        hidden=STEPS,
        store=("dashboard", "main_screenshot"),
    ),
    Shot(
        *("dashboard_phone", "customer-dashboard", WHALE),
        width=390,
        height=844,
        hidden=STEPS,
    ),
    Shot("dashboard_sales", "customer-dashboard", FIGURE, login="sales", height=1000),
    Shot("accounts_kanban", "customer-accounts", CARD, store=("accounts_kanban",)),
    Shot("account_form", "customer-accounts/{id}", FORM, BRISAMAR),
    Shot("account_sales", "customer-accounts/{id}", FORM, BRISAMAR, "sales", 390, 844),
    Shot(
        *("profit_and_loss", "customer-accounts/{id}", FORM, PENALBA),
        height=560,
        clicks=[STATEMENT],
        store=("profit_and_loss",),
    ),
    Shot(
        *("scorecard", f"/report/html/{MAIN_ADDON}.customer_account_scorecard/{{id}}"),
        *("svg", BRISAMAR),
        width=860,
        height=900,
        store=("scorecard",),
    ),
    Shot("accounts_by_group", "customer-accounts-by-group", CARD),
    Shot("group_form", "customer-groups/{id}", FORM, GROUP),
    Shot("group_proposal", "customer-group-proposals/{id}", FORM, PROPOSAL),
    Shot("value_exchange", "customer-value-exchange/{id}", FORM, EXCHANGE),
    Shot("intent_form", "customer-intents/{id}", FORM, INTENT),
    Shot("decisions", "customer-decisions", CARD),
    Shot(
        *("decision_case", "customer-decisions/{id}", FORM, CASE),
        height=1100,
        store=("decision_case",),
    ),
    Shot(
        *("profit_and_voice", "customer-profit-and-voice", CARD),
        store=("profit_and_voice",),
    ),
    Shot(
        *("what_leads_to_what", "customer-behaviour-transitions", "table tbody td"),
        height=640,
    ),
    Shot("lookalikes", "lookalikes", ROW, login="admin", store=("lookalikes",)),
    Shot("ltv_run", "customer-ltv-runs/{id}", FORM, LAST_RUN, "admin", height=1000),
    Shot(
        *("contact_form", "contacts/{id}", FORM, CONTACT),
        login="sales",
        clicks=[CONTACT_PAGE],
    ),
    Shot("profit_by_month", "customer-profit-by-month", CHART),
    Shot("data_quality", "customer-data-quality", CARD),
)


def main():
    """Take all pictures, or those that are named; the exit code."""
    shots = _choose(sys.argv[1:])
    # its own copy: another one may be at work, or the demo be served
    database = f"{os.environ.get('DATABASE') or demo.DATABASE}_screenshots"
    say(f"{len(shots)} screens in {len(LANGUAGES)} languages")
    databases.duplicate(database.removesuffix("_screenshots"), database)
    try:
        _prepare(database)
        failed = _take_all(database, shots)
    finally:
        databases.drop(database)
    if failed:
        told = "\n".join(f"    {name}: {why}" for name, why in failed)
        raise Problem(f"These pictures could not be taken:\n{told}")
    if not sys.argv[1:]:
        _remove_others()
    say("all pictures taken")
    return 0


def _choose(names):
    unknown = set(names).difference(shot.name for shot in SHOTS)
    if unknown:
        raise Problem(f"There is no picture {', '.join(sorted(unknown))}.")
    return [shot for shot in SHOTS if not names or shot.name in names]


def _prepare(database):
    """Have the languages, and what the demo leaves for people to find."""
    odoo_command.shell(
        database,
        f"""
from datetime import timedelta
from odoo import fields
languages = env["res.lang"].with_context(active_test=False).search(
    [("code", "in", {list(LANGUAGES)})]
)
env["base.language.install"].create({{"lang_ids": languages.ids}}).lang_install()
proposal = env["customer.group.proposal"].with_user(env.ref("base.user_admin"))
proposal.create({{"company_id": env.ref("base.main_company").id}}).action_propose()
# nothing is set up where somebody begins; who looks at the demo does not see it
company = env["res.company"].create({{"name": "Estudio Norte"}})
group = env.ref("{MAIN_ADDON}.group_administrator")
beginner = env["res.users"].with_context(no_reset_password=True).create(
    {{
        "name": "Administrator",
        "login": "beginner",
        "password": "beginner",
        "company_id": company.id,
        "company_ids": company.ids,
        "group_ids": [(4, group.id), (4, env.ref("base.group_user").id)],
    }}
)
env["hr.employee"].create(
    {{"name": beginner.name, "user_id": beginner.id, "company_id": company.id}}
)
# no scheduled action runs here: none is to be late, nor waited for
env["ir.cron.trigger"].search([]).unlink()
later = fields.Datetime.now() + timedelta(days=9)
env["ir.cron"].with_context(active_test=False).search([]).nextcall = later
env.cr.commit()
""",
    )


def _take_all(database, shots):
    """Take pictures in every language; return those that failed as (name, why)."""
    failed = []
    server = Server(
        *("screenshots", [database], 0),
        arguments=["--log-level", "warn"],
        script=odoo_command.SCRIPT,
    )
    with server, Browser() as page:
        admin = Session(server, database, "admin")
        sessions = [Session(server, database, login) for login in LOGINS]
        for language, folder in LANGUAGES.items():
            for session in sessions:
                session.call("res.users", "write", [session.uid], {"lang": language})
            who = None
            # who looks at several screens logs in once
            for shot in sorted(shots, key=lambda shot: LOGINS.index(shot.login)):
                started = time.monotonic()
                try:
                    if who != shot.login:
                        _log_in(page, server, database, shot.login)
                        who = shot.login
                    picture = _take(page, server, admin, shot, language)
                    _keep(shot, folder, picture)
                except Problem as problem:
                    failed.append((f"{folder}/{shot.name}".strip("/"), problem))
                    say(f"{shot.name}: {problem}")
                    continue
                took = time.monotonic() - started
                say(f"{shot.name} ({language}), {took:.1f} s")
    return failed


def _log_in(page, server, database, login):
    """Be a user of the demo."""
    page.command("Network.clearBrowserCookies")
    page.command(
        "Storage.clearDataForOrigin", origin=server.url(""), storageTypes="all"
    )
    page.go(server.url("/web/login"), "form.oe_login_form")
    request = json.dumps(
        {
            "jsonrpc": "2.0",
            "params": {"db": database, "login": login, "password": login},
        }
    )
    answer = page.evaluate(
        f"""
        fetch("/web/session/authenticate", {{
            method: "POST",
            headers: {{"Content-Type": "application/json"}},
            body: {json.dumps(request)},
        }}).then((response) => response.text())
        """
    )
    if not json.loads(answer).get("result", {}).get("uid"):
        raise Problem(f"{login} cannot log in: {answer[:300]}")
    page.go(server.url("/odoo"), ".o_main_navbar", FIRST_PATIENCE)


def _take(page, server, admin, shot, language):
    page.resize(shot.width, shot.height)
    path = shot.path.format(id=_find(admin, shot.record)) if shot.record else shot.path
    # a report is in the language that the web client asks for
    asked = urllib.parse.quote(json.dumps({"lang": language}))
    address = f"{path}?context={asked}" if path[0] == "/" else f"/odoo/{path}"
    page.go(server.url(address), shot.wait)
    if shot.hidden:
        page.hide(shot.hidden)
    for selector, wait in shot.clicks:
        page.click(selector, wait)
    return page.picture()


def _find(admin, record):
    model, domain = record
    ids = admin.call(model, "search", domain, limit=1)
    if not ids:
        raise Problem(f"The demo has no {model} with {domain}.")
    return ids[0]


def _keep(shot, folder, content):
    """Write a picture in few colours, unless the one that is there shows the same."""
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    picture = picture.quantize(MOST_COLOURS, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    picture.save(packed, "PNG", optimize=True)
    if packed.tell() > MOST_BYTES:
        raise Problem(f"The picture has {packed.tell():,} bytes.")
    places = [IMAGES / folder / f"{shot.name}.png"]
    if not folder:
        places += [STORE_IMAGES / f"{name}.png" for name in shot.store]
    for place in places:
        if not _shows_same(place, picture):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(packed.getvalue())


def _shows_same(path, picture):
    if not path.exists():
        return False
    with Image.open(path) as old:
        same_size = old.size == picture.size
        return (
            same_size
            and not ImageChops.difference(
                old.convert("RGB"), picture.convert("RGB")
            ).getbbox()
        )


def _remove_others():
    """Remove pictures that are taken no more."""
    names = {shot.name for shot in SHOTS}
    for path in [*IMAGES.glob("*.png"), *IMAGES.glob("*/*.png")]:
        if path.stem not in names:
            path.unlink()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        fail(problem)
