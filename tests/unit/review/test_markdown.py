"""A comment shows names as they are written, and does nothing that they say."""

import re

import pytest
from markdown_it import MarkdownIt

from jobtree.base.markup import escaped
from jobtree.review.markdown import marker

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=y>",
    "[click](https://evil.example)",
    "![pixel](https://evil.example/p.png)",
    "@everyone",
    "team/repo#12",
    "https://evil.example/x",
    "www.evil.example",
    "a | b | c",
    "**bold** _it_ `code` ~~no~~",
    "</details>",
    "<!-- jobtree plan -->",
    "\x1b[31mred",
    "line\nbreak",
    "a\u202eb",
    "$x^2$",
    "&lt;b&gt;",
    "\\",
    "# heading",
    "- item",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    html = READER.render(f"| a |\n| --- |\n| {escaped(text)} |\n")
    cells = re.findall(r"<td>(.*?)</td>", html, re.DOTALL)
    assert len(cells) == 1
    assert "<" not in cells[0]
    assert not re.search(r"@\w|\w#\d|://|www\.", cells[0])


def test_plain_names_are_left_alone() -> None:
    assert escaped("team-a/train-7b") == "team-a/train-7b"
    assert escaped("org:ai:mm") == "org:ai:mm"


def test_a_marker_is_one_comment_whatever_the_folder_is_called() -> None:
    assert marker(".") == "<!-- jobtree plan of . -->"
    assert marker("fleets/west") != marker("fleets/east")
    assert marker("--> @x <!--") == "<!-- jobtree plan of -%2D%3E%20%40x%20%3C%21-%2D -->"
    assert marker("f\u00e9") != marker("f\u00e8")
