import pytest

from jobtree.load.ignore import parse_ignore


@pytest.mark.parametrize(
    ("text", "path", "is_folder", "ignored"),
    [
        ("*.json", "a/b.json", False, True),
        ("*.json", "a/b.yaml", False, False),
        ("/*.json", "a/b.json", False, False),
        ("/*.json", "b.json", False, True),
        ("docs/", "docs", True, True),
        ("docs/", "x/docs", True, True),
        ("docs/", "docs", False, False),
        ("a/b", "a/b", False, True),
        ("a/b", "x/a/b", False, False),
        ("a/**/b", "a/b", False, True),
        ("a/**/b", "a/x/y/b", False, True),
        ("**/b", "x/y/b", False, True),
        ("a/**", "a/x/y", False, True),
        ("a/**", "a", True, False),
        ("x?z", "xyz", False, True),
        ("x?z", "x/z", False, False),
        ("[ab].yaml", "a.yaml", False, True),
        ("[!ab].yaml", "a.yaml", False, False),
        ("[!ab].yaml", "c.yaml", False, True),
        ("# a\n\n  \na", "a", False, True),
        ("#a", "#a", False, False),
        ("*.yaml\n!keep.yaml", "keep.yaml", False, False),
        ("!keep.yaml\n*.yaml", "keep.yaml", False, True),
        ("a.b", "axb", False, False),
        ("[", "[", False, True),
        ("[\\d]", "5", False, False),
        ("[a-c]x", "bx", False, True),
        ("[a-c]x", "dx", False, False),
        ("[!a]b", "/b", False, False),
        ("[z-a]", "m", False, False),
        ("[[:alpha:]]", "a", False, False),
        ("**/a", "xxa", False, False),
        ("a/**/**/b", "a/b", False, True),
        ("***a", "x/ya", False, True),
        ("*", "a/b", False, True),
    ],
)
def test_patterns(text: str, path: str, is_folder: bool, ignored: bool) -> None:
    assert parse_ignore(text).ignores(path, is_folder=is_folder) is ignored


@pytest.mark.parametrize("pattern", ["**a" * 30, "*a" * 60 + "b", "**/" * 40 + "b", "**/a*" * 30 + "b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    assert not parse_ignore(pattern).ignores("a/" * 200 + "a" * 200 + "c", is_folder=False)
