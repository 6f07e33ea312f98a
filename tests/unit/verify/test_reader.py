"""The checker's own reader: nothing is guessed."""

import pytest

from jobtree.verify.field import Field
from jobtree.verify.fleet import glob_matches
from jobtree.verify.parse import read_json, read_yaml
from jobtree.verify.units import cost, duration, instant, rate, show
from jobtree.verify.violation import FormatError

OURS = b"apiVersion: rq.davidlangworthy.io/v1\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("17", 17),
        ("-3", -3),
        ("017", "017"),
        ("1e3", "1e3"),
        ("12:30", "12:30"),
        ("0x10", "0x10"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("True", "True"),
        ("~", None),
        ("'17'", "17"),
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("[1, a]", [1, "a"]),
    ],
)
def test_plain_scalars_are_what_they_look_like_and_no_more(text: str, value: object) -> None:
    assert read_yaml(f"a: {text}\n".encode()) == ({"a": value},)


@pytest.mark.parametrize(
    "text",
    [
        b"a: &x 1\n",
        b"a: !!str 1\n",
        b"a: 1\na: 2\n",
        b"a: {<<: {b: 1}}\n",
        b"a: [1\n",
        b"a: " + b"[" * 40 + b"]" * 40,
        b"a: \xff\n",
        b"a: *x\n",
    ],
)
def test_yaml_that_is_refused(text: bytes) -> None:
    with pytest.raises(FormatError):
        read_yaml(OURS + text)


def test_documents_of_others_may_use_any_yaml() -> None:
    assert read_yaml(b"kind: Deployment\na: &x 1\nb: 2\n---\n" + OURS)[1] == {"apiVersion": "rq.davidlangworthy.io/v1"}


@pytest.mark.parametrize("text", [b"{", b'{"a": 1, "a": 2}', b"NaN", b'"\\ud800"', b"\xff", b"[" * 100_000, b"9" * 40])
def test_json_that_is_refused(text: bytes) -> None:
    with pytest.raises(FormatError):
        read_json(text)


def test_fields_say_where_they_are_wrong() -> None:
    with pytest.raises(FormatError, match=r"plan.runs\[1\].width must be an integer of at least 0, found '8'"):
        [entry["width"].integer() for entry in Field({"runs": [{"width": 8}, {"width": "8"}]}, "plan")["runs"]]


@pytest.mark.parametrize("text", ["2026-02-30T00:00:00Z", "2026-03-02", "2026-03-02T09:00:00", "9999-12-31T23:59:60Z"])
def test_instants_that_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        instant(text)


def test_units() -> None:
    assert show(instant("2026-03-02T10:00:00+01:00")) == "2026-03-02T09:00:00Z"
    assert duration("1h30m") == 5_400
    assert cost(1, 7, rate("0.25")) == 2
    for read, text in ((duration, "1w"), (rate, "1.5"), (rate, "0.12345")):
        with pytest.raises(FormatError):
            read(text)


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("runs/**", "runs/a/b.yaml", True),
        ("runs/*", "runs/a/b.yaml", False),
        ("**/b.yaml", "b.yaml", True),
        ("r?ns/*.yaml", "runs/a.yaml", True),
        ("runs.yaml", "runsXyaml", False),
    ],
)
def test_globs(glob: str, path: str, *, matches: bool) -> None:
    assert glob_matches(glob, path) is matches
