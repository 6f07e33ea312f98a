import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from jobtree.emit.yaml_writer import write_documents

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    [
        "017",
        "1e3",
        "12:30",
        "0x1f",
        "1_000",
        "yes",
        "No",
        "ON",
        "~",
        "null",
        "",
        "<<",
        "=",
        ".inf",
        "2026-03-02",
        "-",
        "a: b",
    ]
)
NUMBERS = st.integers(-(10**18), 10**18) | st.integers(-(10**6), 10**6).map(lambda number: number / 64)
SCALARS = TEXT | NUMBERS | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)
DOCUMENTS = st.lists(st.dictionaries(TEXT, VALUES, min_size=1, max_size=4), min_size=1, max_size=3)


@settings(max_examples=120)
@given(DOCUMENTS)
def test_every_reader_gets_back_what_was_written(documents: list[dict[str, object]]) -> None:
    data = write_documents(documents)
    assert list(yaml.safe_load_all(data)) == documents
    for version in ("1.1", "1.2"):
        reader = YAML(typ="safe", pure=True)
        reader.version = version
        assert list(reader.load_all(data)) == documents


@pytest.mark.parametrize(
    "text",
    ["017", "1e3", "12:30", "yes", "Off", "null", "~", "2026-03-02T09:00:00Z", "<<", "0o7", "1_000", "NaN", "*a", ""],
)
def test_strings_that_look_like_something_else_are_quoted(text: str) -> None:
    assert write_documents([{"key": text}]) == f'key: "{text}"\n'.encode()


@pytest.mark.parametrize("number", [1e300, 1e-9, float("inf"), float("nan")])
def test_numbers_that_readers_disagree_about_are_none_of_ours(number: float) -> None:
    with pytest.raises(TypeError):
        write_documents([{"key": number}])


def test_the_style_is_one() -> None:
    document = {"a": {"b": [1, 2], "c": ["x"]}, "d": [{"e": "x", "f": {"g": None}}, "H100-80GB"], "h": {}}
    assert write_documents([document, {"i": True}]).decode() == (
        "a:\n  b: [1, 2]\n  c:\n  - x\nd:\n- e: x\n  f:\n    g: null\n- H100-80GB\nh: {}\n---\ni: true\n"
    )


def test_a_lone_surrogate_is_a_bug_of_ours_and_not_written() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        write_documents([{"a": "\ud800"}])
