"""The reader: places in code points, no exception on any bytes, bounded work on bombs."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.load import compose
from jobtree.load.document import Document
from jobtree.load.limits import Limits
from jobtree.load.scalar import read_plain
from jobtree.load.source import Source
from jobtree.load.yaml_reader import read_documents

TRICKY = [
    ":", "{", "}", "[", "]", "- ", "? ", "&a ", "*a", "!!int ", "|\n", ">\n", "'", '"', "#", "%", "\t", "\n", "\r",
    "\0", "\ufeff", "\ue000", "é", "😀", "<<", "0", "1e3", "---\n", "...\n", "a", " ", ",",
]  # fmt: skip


def read(text: str) -> Document:
    documents, findings = read_documents(Source("f.yaml", text.encode()))
    assert findings == ()
    return documents[0]


def codes(data: bytes) -> list[str]:
    documents, findings = read_documents(Source("f.yaml", data))
    return [finding.code for document in documents for finding in document.findings] + [f.code for f in findings]


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    codes(data)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(TRICKY), max_size=40))
def test_any_yaml_soup_is_read_or_refused(parts: list[str]) -> None:
    codes("".join(parts).encode())


plain_data = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(codec="ascii"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=8), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from("abcd"), plain_data))
def test_json_is_read_as_json(data: dict[str, object]) -> None:
    documents, findings = read_documents(Source("f.json", json.dumps(data).encode()))
    refused = {code for document in documents for code in codes(json.dumps(data).encode())}
    if not findings and not refused:
        assert documents[0].data == data


def test_colons_within_plain_scalars_are_text_even_in_brackets() -> None:
    document = read("a: {owner: org:ai:rai, at: [org:a, http://x/y], end: 2026-03-01T00:00:00Z, 'q':1, \"r\":[2]}\n")
    assert document.data == {
        "a": {"owner": "org:ai:rai", "at": ["org:a", "http://x/y"], "end": "2026-03-01T00:00:00Z", "q": 1, "r": [2]}
    }
    assert document.findings == ()


def test_colons_survive_in_quotes_blocks_and_keys() -> None:
    document = read("x:y: 'a:b'\nblock: |\n  c:d e: f\n\"k:l\": 1\n")
    assert document.data == {"x:y": "a:b", "block": "c:d e: f\n", "k:l": 1}


def test_a_private_use_character_of_the_users_own_survives() -> None:
    assert read("a: \ue000:\ue000\n").data == {"a": "\ue000:\ue000"}


def test_places_count_code_points_from_one() -> None:
    document = read("é😀: {b: [1,\n  x]}\n")
    assert str(document.at("é😀", "b", 1)) == "f.yaml:2:3"
    assert str(document.key("é😀", "b")) == "f.yaml:1:6"
    assert str(document.at("é😀", "nothing", "here")) == "f.yaml:1:5"


@pytest.mark.parametrize(
    "text", ["8Gi", "H100-80GB", "v1", "a-01", "1.2.3", "-", "nvidia.com/gpu", "96h", "00:x", "info"]
)
def test_text_that_nobody_misreads_is_text(text: str) -> None:
    assert (read_plain(text).value, read_plain(text).code) == (text, None)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-7", -7), ("true", True), ("null", None), ("0.25", 0.25)])
def test_one_spelling_each(text: str, value: object) -> None:
    assert (read_plain(text).value, read_plain(text).code) == (value, None)


def test_a_bomb_of_aliases_is_not_followed() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    documents, _ = read_documents(Source("f.yaml", "\n".join(lines).encode()))
    composed = documents[0].data["a19"]
    assert composed == [None] * 9
    assert len(documents[0].findings) <= compose.MOST_FINDINGS


def test_brackets_stop_at_the_depth_limit() -> None:
    assert codes(b"[" * 1_000_000) == ["JT108"]
    assert codes(b"a: " + b"{x: " * 100_000) == ["JT108"]


def test_values_stop_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0
    original = compose.Composer._count

    def counting(self: compose.Composer, spot: compose.Spot) -> int:
        nonlocal counted
        counted += 1
        return original(self, spot)

    few = Limits(mebibytes=1, values=1_000, documents=10)
    monkeypatch.setattr(compose.Composer, "_count", counting)
    _, findings = read_documents(Source("f.yaml", b"a: [" + b"1," * 100_000 + b"1]"), few)
    assert [finding.code for finding in findings] == ["JT107"]
    assert counted == 1_001


def test_documents_before_a_syntax_error_are_kept() -> None:
    documents, findings = read_documents(Source("f.yaml", b"a: 1\n---\nb: [\n"))
    assert [document.data for document in documents] == [{"a": 1}]
    assert [finding.code for finding in findings] == ["JT101"]
