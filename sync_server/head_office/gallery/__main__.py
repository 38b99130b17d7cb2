"""``python -m sync_server.head_office.gallery --out DIR``: pictures of every page, by language, width and theme."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from sync_server.head_office.gallery.browser import BrowserFailed, NoBrowser, chromium
from sync_server.head_office.gallery.made_up import PASSWORD
from sync_server.head_office.gallery.site import Site, open_site
from sync_server.head_office.languages import NAMES

WIDTHS = {390: 844, 1366: 768, 1920: 1080}
SCHEMES = ("light", "dark")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sync_server.head_office.gallery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", default="", help="only pictures whose name holds this text")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tillpoint-gallery-") as home, open_site(Path(home)) as site:
        try:
            count = _take_all(site, arguments.out, arguments.only)
        except (NoBrowser, BrowserFailed) as error:
            sys.stderr.write(f"{error}\n")
            return 1
    sys.stdout.write(f"{count} pictures in {arguments.out}\n")
    return 0


def _take_all(site: Site, out: Path, only: str) -> int:
    count = 0
    pages = site.pages()
    cookies = {user: site.sign_in(user, PASSWORD) for user in ("", "chen.min", "analyst")}
    with chromium() as browser:
        for name, (user, path) in pages.items():
            browser.set_cookie(f"{site.address}/head-office", "tillpoint_session", cookies[user])
            for language in NAMES:
                browser.set_cookie(f"{site.address}/head-office", "tillpoint_language", language)
                for width, height in WIDTHS.items():
                    for scheme in SCHEMES:
                        title = f"{name}-{language}-{width}-{scheme}"
                        if only not in title:
                            continue
                        browser.show_as(width, height, scheme)
                        browser.open(site.address + path)
                        whole = browser.evaluate("document.documentElement.scrollHeight")
                        browser.show_as(width, max(height, int(whole)), scheme)
                        (out / f"{title}.png").write_bytes(browser.picture())
                        count += 1
        for line in dict.fromkeys(browser.trouble):
            sys.stderr.write(f"console: {line}\n")
    return count


if __name__ == "__main__":
    sys.exit(main())
