"""Chromium, for the browser tests: without one Odoo would skip them."""

import shutil

from .core import Problem, apt_install

# The names that Odoo looks for.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def ensure():
    if not _found():
        apt_install("chromium")
    if not _found():
        raise Problem(
            "The browser tests need Chromium or Google Chrome, and neither is on the "
            "PATH.\nInstall one (on Debian: apt-get install chromium)."
        )


def _found():
    return any(shutil.which(name) for name in NAMES)
