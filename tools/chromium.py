"""A Chromium that the machine has, for printing the course and for looking at its pages.

playwright drives it and downloads nothing: where no Chromium is installed, `unavailable` says so in
one sentence.
"""

import importlib.util
import os
import shutil
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome")
# No name of another machine is known to it: what a page asks for elsewhere fails at once.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # fmt: skip


def executable():
    named = os.environ.get("NBHELPERS_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def unavailable(packages=("playwright", "pypdf")):
    """Why there is no browser to work with; empty when there is one."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            return f"no browser: the package {package} is missing (extra `browser`)"
    if executable() is None:
        return f"no browser: none of {', '.join(NAMES)} found; NBHELPERS_CHROMIUM names one"
    return ""


@contextmanager
def launched():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
