"""The browser of the browser tests: the system's Chromium, else Playwright's own, else installed on the spot."""

import os
import shutil
import subprocess
import sys
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
KOREAN_FONT = "fonts-noto-cjk"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]


def _playwright_chromium() -> str | None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None  # noqa: PTH110


@cache
def chromium() -> str | None:
    """The path of a Chromium, or None where there is none yet."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or _playwright_chromium()


def require_chromium() -> str:
    """The path of a Chromium; installs one where there is none: with apt as root, else through Playwright."""
    if chromium() is None:
        print("Installing Chromium for the browser tests (once)...", flush=True)
        if os.geteuid() == 0 and shutil.which("apt-get"):
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            for command in (["update", "-qq"], ["install", "-y", "-qq", "chromium", KOREAN_FONT]):
                subprocess.run(["apt-get", *command], check=True, env=environment, stdout=subprocess.DEVNULL)
        else:
            subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
        chromium.cache_clear()
    path = chromium()
    if path is None:
        sys.exit("The browser tests need Chromium, and none could be installed. Install it and run again.")
    return path
