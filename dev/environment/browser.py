"""Chromium, for browser tests (without one Odoo would skip them) and screenshots."""

import shutil

from .core import Problem, apt_install

# The names that Odoo looks for.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def ensure():
    if not path():
        apt_install("chromium")
    if not path():
        raise Problem(
            "The browser tests need Chromium or Google Chrome, and neither is on the "
            "PATH.\nInstall one (on Debian: apt-get install chromium)."
        )


def path():
    """The browser's program, None without one."""
    return next(filter(None, map(shutil.which, NAMES)), None)
