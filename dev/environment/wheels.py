"""The addons as wheels: built, installed with pip, and found by Odoo."""

import zipfile

from . import databases, odoo_command, odoo_source, postgres
from .core import MAIN_ADDON, ROOT, STORE, every_addon, remove, run, say, write
from .odoo_log import Result
from .python_packages import PYTHON

DATABASE = f"{MAIN_ADDON}_test_wheel"
HOME = STORE / "wheels"
SITE = HOME / "site"  # as site-packages of an Odoo that has them
CONFIG = HOME / "odoo.conf"
# Where Odoo took each addon from, and that a figure can be computed with it
_ASK = f"""
import inspect
from odoo.modules import get_module_path
from odoo.addons.{MAIN_ADDON}.engine.lifetime_value import plain_value
names = env['ir.module.module'].search([
    ('name', '=like', '{MAIN_ADDON}%'), ('state', '=', 'installed')]).mapped('name')
assert '{MAIN_ADDON}' in names, names
for name in names:
    assert get_module_path(name).startswith({str(SITE)!r}), get_module_path(name)
assert inspect.getfile(plain_value).startswith({str(SITE)!r})
assert plain_value([300], [24], 5)[0] == 36000
"""


def wheels():
    """Build and install the wheels of all addons, and the main one in a database."""
    say("wheels: building and installing")
    result = Result("wheel")
    remove(HOME)
    built = _build()
    for name in every_addon():
        found = [one for one in built if one.name.startswith(f"odoo_addon_{name}-")]
        result.add(f"the wheel of {name} is complete", _look_into(name, found))
    _pip("install", "--no-deps", "--target", SITE, *built)
    databases.duplicate(databases.template("plain"), DATABASE)
    # no folder of ours: Odoo is to find them by itself
    write(
        CONFIG,
        "[options]\n"
        f"addons_path = {odoo_source.addons_folder() or ''}\n"
        f"data_dir = {postgres.data_dir()}\n",
    )
    variables = {"ODOO_RC": str(CONFIG), "PYTHONPATH": str(SITE)}
    words = ["-d", DATABASE, "-i", MAIN_ADDON, "--stop-after-init", "--no-http"]
    odoo_command.check(words, "wheel", "Odoo did not install the wheel.", variables)
    odoo_command.shell(DATABASE, _ASK, variables=variables)
    result.add("Odoo installs the wheel, and finds it where pip has put it")
    databases.drop(DATABASE)
    return [result]


def _build():
    _pip(
        *["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", HOME],
        *[ROOT / name for name in every_addon()],
    )
    return sorted(HOME.glob("*.whl"))


def _pip(command, *words):
    run(
        [PYTHON, "-m", "pip", command, "--no-input", *words],
        "wheel-pip",
        f"pip {command} failed.",
    )


def _look_into(name, found):
    """Return what is missing in the wheel of an addon."""
    if len(found) != 1:
        return f"{len(found)} wheels"
    with zipfile.ZipFile(found[0]) as wheel:
        names = set(wheel.namelist())
        [metadata] = [one for one in names if one.endswith(".dist-info/METADATA")]
        told = wheel.read(metadata).decode()
    wanted = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / name).rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        # only says how the wheel is made
        and path.name != "pyproject.toml"
    ]
    missing = [one for one in wanted if f"odoo/addons/{one}" not in names]
    packages = ("numpy", "pandas", "scipy") if name == MAIN_ADDON else ()
    missing += [one for one in packages if f"Requires-Dist: {one}" not in told]
    if "Requires-Dist: odoo==19.0.*" not in told:
        missing.append("the version of Odoo")
    return "\n".join(f"missing: {one}" for one in missing)
