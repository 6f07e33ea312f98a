"""A real Chromium, and pages served over loopback with the page's own policy as a header.

The browser is the program that ``JOBTREE_TEST_BROWSER`` names, or ``chromium`` on the path; without one these tests are
skipped. ``.ci/run`` installs Debian's.
"""

import copy
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from jobtree.adapters.page_file import page_assets
from jobtree.report.document import document
from jobtree.report.facts import Facts
from jobtree.report.page_data import page_data
from jobtree.report.series import Series, read_series
from tests.unit.report.pages import EXAMPLES, facts_of
from tests.unit.report.test_series import SERIES

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """For these tests alone: while it lasts there is an event loop, in which nobody else can begin one."""
    program = os.environ.get("JOBTREE_TEST_BROWSER") or shutil.which("chromium")
    if program is None:
        pytest.skip("no browser: set JOBTREE_TEST_BROWSER, or put chromium on the path")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@dataclass
class Site:
    """Pages by path, and what was asked for."""

    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def add(self, facts: Facts) -> str:
        """The address of a page."""
        path = f"/{len(self.pages)}.html"
        self.pages[path] = document(page_data(facts), page_assets())
        return self.address + path


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            page = site.pages.get(self.path, b"")
            policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page.decode())
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy[1].replace("&#x27;", "'"))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        site.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    """Opens a page; at the end nothing may have been said on its console, and nothing else been asked for."""
    contexts, noise, requests = [], [], []

    def opened(facts: Facts | None = None, *, address: str = "", width: int = 1440, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda fault: noise.append(str(fault)))
        page.on("dialog", lambda dialog: (noise.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(address or site.add(facts or facts_of(EXAMPLES / "two-domains")))
        page.wait_for_selector("footer")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert noise == []
    assert len(requests) == len(contexts), requests
    assert set(site.asked) <= set(site.pages)


@pytest.fixture(scope="session")
def plan() -> Any:
    return json.loads((EXAMPLES / "two-domains" / "rendered" / "plan.json").read_text())


@pytest.fixture
def edited(plan: Any) -> Any:
    """A plan to edit by hand."""
    return copy.deepcopy(plan)


@pytest.fixture(scope="session")
def series() -> Series:
    found = read_series(json.dumps(SERIES).encode(), "series.json")
    assert isinstance(found, Series)
    return found
