"""Where Odoo 19 comes from. In this order:

1. ODOO_HOME, a checkout or an installed tree
2. an `odoo` of version 19 that python3 can import
3. the distribution's package (Debian has it in unstable), unpacked, not installed: its
   dependencies are for another Python, ours come from requirements.lock
4. a shallow checkout of branch 19.0

The result is the folder that holds the Python package `odoo`.
"""

import os
import re
import shutil
from pathlib import Path

from .core import (
    LOGS,
    ODOO_SERIES,
    STORE,
    Problem,
    is_root,
    output_of,
    read,
    remove,
    run,
    say,
    write,
)
from .python_packages import HOME as VENV

REPOSITORY = "https://github.com/odoo/odoo"
BRANCH = "19.0"
PACKAGE = "odoo-19"
# Odoo's package only links to the files of these.
LINKED_PACKAGES = (
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
FOLDER = STORE / "odoo"
STAMP = STORE / "odoo.stamp"  # two lines: the folder, what it is
DOWNLOADED = STORE / "odoo/downloaded"  # likewise, of what lies in FOLDER


def ensure():
    """Find or fetch Odoo and make the virtual environment see it."""
    home = os.environ.get("ODOO_HOME")
    if home:
        _use(_checked_home(Path(home)), f"ODOO_HOME {home}")
    elif not _known():
        _use(*(_importable() or _downloaded() or _from_package() or _from_repository()))
    _link_into_environment()


def root():
    """The folder that holds the Python package `odoo`."""
    return Path(read(STAMP).splitlines()[0])


def description():
    """What Odoo this is; part of the key of the prepared databases."""
    return "\n".join(read(STAMP).splitlines())


def addons_folder():
    """The folder of core's addons beside the package, which checkouts have."""
    return root() / "addons" if (root() / "odoo-bin").exists() else None


def _use(folder, what):
    text = f"{folder}\n{what}\n"
    if read(STAMP) != text.strip():
        say(f"Odoo: {what}")
        write(STAMP, text)


def _known():
    """What was found before, unless it was an ODOO_HOME that is no longer set."""
    lines = read(STAMP).splitlines()
    return (
        len(lines) == 2
        and not lines[1].startswith("ODOO_HOME")
        and _series(Path(lines[0])) == ODOO_SERIES
    )


def _series(folder):
    """The major version of the Odoo in a folder, read without running it."""
    release = folder / "odoo/release.py"
    if not release.exists():
        return None
    found = re.search(r"^version_info\s*=\s*\((\d+)", release.read_text(), re.M)
    return found and found[1]


def _checked_home(home):
    home = home.expanduser().resolve()
    # An installed tree may be named by the package's own folder.
    for folder in (home, home.parent if home.name == "odoo" else home):
        if _series(folder) == ODOO_SERIES:
            return folder
    found = _series(home)
    raise Problem(
        f"ODOO_HOME={home} is not Odoo {ODOO_SERIES}: "
        + (f"it is version {found}." if found else "it has no odoo/release.py.")
        + "\nName the folder that holds the folder `odoo`, or unset ODOO_HOME."
    )


def _importable():
    probe = "import odoo.release as r; print(r.version_info[0], r.__file__)"
    answer = output_of(["python3", "-c", probe], cwd="/") or ""
    version, _, path = answer.partition(" ")
    if version != ODOO_SERIES:
        return None
    return Path(path).parent.parent, f"installed for python3 ({path})"


def _downloaded():
    """What was downloaded before, while another Odoo was named."""
    lines = read(DOWNLOADED).splitlines()
    if len(lines) == 2 and _series(Path(lines[0])) == ODOO_SERIES:
        return Path(lines[0]), lines[1]
    return None


def _keep(fresh, inside, what):
    """Put a complete download in its place."""
    remove(FOLDER)
    fresh.rename(FOLDER)
    write(DOWNLOADED, f"{FOLDER / inside}\n{what}\n")
    return FOLDER / inside, what


def _from_package():
    """Unpack the distribution's package; None when it cannot be had."""
    source = _debian_source()
    if not source:
        return None
    apt = STORE / "apt"
    try:
        say("downloading Odoo, the distribution's package (120 MB)")
        options = _private_apt(apt, source)
        failed = "The distribution's package of Odoo could not be downloaded."
        run(["apt-get", *options, "update"], "odoo", failed)
        (apt / "packages").mkdir(exist_ok=True)
        run(
            ["apt-get", *options, "download", PACKAGE, *LINKED_PACKAGES],
            "odoo",
            failed,
            cwd=apt / "packages",
        )
        return _unpack(apt / "packages")
    except Problem as problem:
        say(str(problem).splitlines()[0] + f" See {LOGS / 'odoo.log'}.")
        return None
    finally:
        remove(apt)


def _debian_source():
    """One line for unstable at the mirror this machine uses already, or None."""
    os_release = read(Path("/etc/os-release"))
    codename = re.search(r"^VERSION_CODENAME=(\w+)", os_release, re.M)
    if not re.search(r"^ID=debian$", os_release, re.M) or not shutil.which("apt-get"):
        return None
    suites = {"sid", "unstable", "testing", "stable"}
    suites.add(codename[1] if codename else "sid")
    for uri, suite, components in _apt_sources():
        if suite in suites and "main" in components:
            return f"deb {_keyring()}{uri} sid main\n"
    return None


def _keyring():
    path = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    return f"[signed-by={path}] " if path.exists() else ""


def _apt_sources():
    """(address, suite, components) of the machine's own sources, both formats."""
    folder = Path("/etc/apt")
    for path in [folder / "sources.list", *folder.glob("sources.list.d/*.list")]:
        for line in read(path).splitlines():
            words = re.sub(r"\[[^]]*\]|#.*", " ", line).split()
            if len(words) >= 4 and words[0] == "deb":
                yield words[1], words[2], words[3:]
    for path in folder.glob("sources.list.d/*.sources"):
        for paragraph in re.split(r"\n\s*\n", read(path)):
            fields = dict(re.findall(r"^(\S+):[ \t]*(.*)$", paragraph, re.M))
            enabled = fields.get("Enabled", "yes").lower() != "no"
            if enabled and "deb" in fields.get("Types", "").split():
                for uri in fields.get("URIs", "").split():
                    for suite in fields.get("Suites", "").split():
                        yield uri, suite, fields.get("Components", "").split()


def _private_apt(folder, source):
    """Options that keep apt's lists, state and cache in a folder of ours."""
    remove(folder)
    for name in ("lists/partial", "cache/archives/partial", "state"):
        (folder / name).mkdir(parents=True)
    write(folder / "sources.list", source)
    write(folder / "status", "")
    settings = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State": folder / "state",
        "Dir::State::Lists": folder / "lists",
        "Dir::State::Status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "APT::Update::Error-Mode": "any",
    }
    if is_root():  # apt's own user may not be able to reach the project's folder
        settings["APT::Sandbox::User"] = "root"
    return [word for item in settings.items() for word in ("-o", "{}={}".format(*item))]


def _unpack(packages):
    say("unpacking Odoo")
    fresh = FOLDER.with_name("odoo.new")
    remove(fresh)
    for package in sorted(packages.glob("*.deb")):
        run(
            ["dpkg-deb", "-x", package, fresh],
            "odoo",
            f"{package.name} could not be unpacked.",
        )
    _complete(fresh / "usr/lib/python3/dist-packages/odoo/addons")
    version = sorted(packages.glob(f"{PACKAGE}_*.deb"))[0].name.split("_")[1]
    inside = "usr/lib/python3/dist-packages"
    if _series(fresh / inside) != ODOO_SERIES:
        raise Problem(f"The package {PACKAGE} {version} holds no Odoo {ODOO_SERIES}.")
    return _keep(fresh, inside, f"Debian's package {version}")


def _complete(addons):
    """Mend what the package lacks, as far as the web client needs it."""
    # Missing because it is built from code that Debian cannot ship. It blurs the
    # background in video calls; without the file the browser logs an error, and every
    # browser test fails.
    script = addons / "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    if not script.exists():
        write(script, "")
    icons = addons / "web/static/src/libs/fontawesome/fonts"
    for path in addons.glob("*/static/**/*"):
        if path.is_symlink() and not path.exists():
            # A newer version of the font does not have these files any more; Odoo
            # ships the ones that browsers use.
            path.unlink()
            copy = icons / path.name
            if path.parent != icons and copy.is_file():
                path.symlink_to(os.path.relpath(copy, path.parent))


def _from_repository():
    if not shutil.which("git"):
        raise Problem(_NOT_FOUND.format(why="git is not installed"))
    say(f"downloading Odoo, branch {BRANCH} (several hundred MB)")
    fresh = FOLDER.with_name("odoo.new")
    remove(fresh)
    try:
        run(
            [
                "git",
                "clone",
                "-q",
                "--depth=1",
                f"--branch={BRANCH}",
                REPOSITORY,
                fresh,
            ],
            "odoo",
            f"{REPOSITORY} could not be cloned.",
        )
    except Problem as problem:
        raise Problem(_NOT_FOUND.format(why=problem)) from None
    commit = output_of(["git", "-C", fresh, "rev-parse", "--short", "HEAD"])
    return _keep(fresh, ".", f"checkout {commit}")


_NOT_FOUND = (
    "Odoo 19 could not be had: ODOO_HOME is not set, python3 cannot import it, the "
    "distribution's package is not available here, and: {why}\n"
    "Get Odoo 19 in any way you like and name its folder: make ... ODOO_HOME=/path"
)


def _link_into_environment():
    """Let the virtual environment import odoo, after its own packages."""
    for site in VENV.glob("lib/python3*/site-packages"):
        if read(site / "odoo.pth") != str(root()):
            write(site / "odoo.pth", f"{root()}\n")
