"""Databases: prepared templates, copies of them, marks that say what they are."""

import json
import subprocess
from pathlib import Path

from . import odoo_command, odoo_source, postgres
from .core import MAIN_ADDON, ROOT, Problem, addons, digest, locked, remove, say
from .python_packages import LOCK, PYTHON

# Stack of a company that sells goods and services: more than the addon asks for.
WIDE = (
    "account",
    "base_automation",
    "contacts",
    "crm",
    "hr_timesheet",
    "project",
    "purchase",
    "sale_management",
    "sale_margin",
    "sale_timesheet",
    "stock_account",
)

_CLIENT = """
import json, sys, psycopg2
connection = psycopg2.connect(dbname=sys.argv[1])
connection.autocommit = True
cursor = connection.cursor()
cursor.execute(sys.argv[2])
print(json.dumps(cursor.fetchall() if cursor.description else [], default=str))
"""
# Style sheets and scripts take Odoo a minute to compile: most of them are the same with
# our addons.
_COMPILE = """
env['ir.qweb']._pregenerate_assets_bundles()
env.cr.commit()
"""
# Companies with their books, archived: to load a chart of accounts takes seconds, and
# nearly every class of tests takes a company of its own (tests/common.py knows the
# names).
_COMPANIES = """
template = env['account.chart.template']
for name in ('company_1_data', 'company_2'):
    company = env['res.company'].create({'name': name})
    template.try_loading(None, company=company, install_demo=False)
    if not company.account_fiscal_country_id:
        company.account_fiscal_country_id = env.ref('base.us')
    company.active = False
env.cr.commit()
"""


def sql(statement, database="postgres"):
    """Rows of a statement, as lists."""
    done = subprocess.run(
        [PYTHON, "-c", _CLIENT, database, statement],
        env=odoo_command.environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Problem(f"PostgreSQL refused: {statement}\n{done.stderr.strip()}")
    return json.loads(done.stdout)


def exists(name):
    return bool(sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def mark(name):
    """What the database was marked with; a mark is never copied along."""
    rows = sql(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        f"WHERE datname = '{name}'"
    )
    return (rows and rows[0][0]) or ""


def set_mark(name, text):
    sql(f"COMMENT ON DATABASE \"{name}\" IS '{text}'")


def drop(name):
    """Drop a database with its files, also one that is in use or absent."""
    sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    remove(postgres.data_dir() / "filestore" / name)


def duplicate(source, target):
    """Copy a database with its files."""
    drop(target)
    odoo_command.check(
        ["db", "duplicate", source, target],
        f"duplicate-{target}",
        f"The database {source} could not be copied.",
    )


def manifest(addon):
    return eval((ROOT / addon / "__manifest__.py").read_text(), {})  # noqa: S307


def template(kind):
    """The name of a database with everything but our addons, made when missing.

    plain: what the main addon depends on, without demo data, and companies for tests
    demo:  that and the Contacts app, without demo data of other addons
    wide:  a larger stack and what any addon depends on, with demo data and companies
           for tests
    """
    own = addons()
    if kind in ("plain", "demo"):
        modules = set(manifest(MAIN_ADDON)["depends"])
        modules.update(["contacts"] * (kind == "demo"))
    else:
        modules = set(WIDE).union(*(manifest(name)["depends"] for name in own))
    modules = sorted(modules.difference(own))
    # This file, too: it says how a template is made.
    key = digest(odoo_source.description(), *modules, LOCK, Path(__file__))
    prefix = f"{MAIN_ADDON}_template_{kind}_"
    name = prefix + key
    with locked(f"template-{kind}"):
        if mark(name) != "ready":
            _drop_older(prefix)
            _build(name, modules, kind)
    return name


def _drop_older(prefix):
    for (name,) in sql(f"SELECT datname FROM pg_database WHERE datname ~ '^{prefix}'"):
        drop(name)


def _build(name, modules, kind):
    demo = kind == "wide"
    say(f"preparing a database with {', '.join(modules)}{' and demo data' * demo}")
    odoo_command.check(
        [
            *["-d", name, "-i", ",".join(modules), "--stop-after-init", "--no-http"],
            *["--max-cron-threads", "0", *["--with-demo"] * demo],
        ],
        name,
        f"The database {name} could not be prepared.",
    )
    installed = sql("SELECT name FROM ir_module_module WHERE state='installed'", name)
    missing = set(modules) - {row[0] for row in installed}
    if missing:
        raise Problem(f"This Odoo has no module {', '.join(sorted(missing))}.")
    # Tests run without what is prepared, too, only longer: one may fail, not the other.
    for script in (_COMPILE,) if kind == "demo" else (_COMPANIES, _COMPILE):
        _prepare(name, script)
    set_mark(name, "ready")


def _prepare(name, script):
    done = subprocess.run(
        [PYTHON, odoo_command.SCRIPT, "shell", "-d", name, "--no-http"],
        input=script,
        env=odoo_command.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or "Traceback" in done.stderr:
        say(f"some of what tests need often could not be prepared in {name}")
