import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.plain import plain


@given(st.text())
def test_nothing_invisible_survives(text: str) -> None:
    assert all(char.isprintable() for char in plain(text))
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\r", "a\\x0ab\\x09c\\x0d"),
        ("safe\u202eelif", "safe\\u202eelif"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("[bold]é 日本 [/]", "[bold]é 日本 [/]"),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert plain(text) == shown
