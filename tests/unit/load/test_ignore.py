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
    ],
)
def test_patterns(text: str, path: str, is_folder: bool, ignored: bool) -> None:
    assert parse_ignore(text).ignores(path, is_folder=is_folder) is ignored
