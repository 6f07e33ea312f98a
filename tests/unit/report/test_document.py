"""The HTML: what a repository says stays inert, and only the page's own script and style may act."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from jobtree.adapters.page_file import page_assets
from jobtree.report.document import Assets, document, inert_json, policy_of
from jobtree.report.page_data import PageData

HOSTILE = (
    "</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<!-- <script>", "]]>",
    "\u202eevil\u2028\u2029", "\x1b[31mred\x1b[0m", "=CMD()", "__proto__", "&lt;b&gt;", "\ud800",
)  # fmt: skip


def data(*texts: str) -> PageData:
    head = {"fleet": texts[0] if texts else "fleet"}
    return PageData(head=head, tables={}, slots=[], diff=None, series=None, texts=list(texts))


class Elements(HTMLParser):
    """Elements with their attributes and text, as a browser would find them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.found[-1][0] if self.found else "", []).append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_element(text: str) -> None:
    tame = Elements(document(data("tame"), page_assets()).decode())
    wild = Elements(document(data(text), page_assets()).decode())
    assert wild.found == tame.found


@pytest.mark.parametrize("text", HOSTILE)
def test_json_is_ascii_without_an_end_of_its_element(text: str) -> None:
    written = inert_json({"a": [text]})
    assert written.isascii()
    assert not set(written) & set("<>&")
    assert json.loads(written) == {"a": [text]}


def test_the_policy_names_the_very_bytes_of_script_and_style() -> None:
    page = document(data(), page_assets()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    told = policy[1].replace("&#x27;", "'")
    for element in (r"<style>(.*?)</style>", r'<script type="module">(.*?)</script>'):
        body = re.search(element, page, re.DOTALL)
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"'sha256-{digest}'" in told
    assert told.startswith("default-src 'none'; ")
    assert "unsafe" not in told


def test_another_script_has_another_hash() -> None:
    assert policy_of("a", "s") != policy_of("b", "s")
    assert policy_of("a", "s") != policy_of("a", "t")


def test_markup_has_no_handlers_no_styles_and_no_addresses() -> None:
    for _, attributes in Elements(document(data(), page_assets()).decode()).found:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src")]
        assert attributes.get("href", "data:,") == "data:,"


def test_equal_data_gives_equal_bytes() -> None:
    assert document(data("a", "b"), page_assets()) == document(data("a", "b"), page_assets())


def test_braces_of_style_and_script_are_kept() -> None:
    page = document(data(), Assets(style="a{b:c}", scripts={"main.js": "const a = {};\n"})).decode()
    assert "<style>a{b:c}</style>" in page
    assert "const a = {};" in page
