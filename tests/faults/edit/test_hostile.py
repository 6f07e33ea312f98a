"""Files that mean no good: an edit of them is refused with the place, or right; none hangs, none goes astray."""

from pathlib import Path

import pytest

from jobtree.base.identity import Key, Owner
from jobtree.cli.runs.backend import Applied, Refused
from jobtree.edit.apply import apply_edit
from jobtree.edit.edits import AddSponsors, Edit, Shrink, Submit
from jobtree.edit.outcome import Declined, Edited
from jobtree.load.limits import INPUT
from jobtree.load.source import Source
from tests.unit.cli_runs.repositories import backend, snapshot

KEY = Key("team-a", "train")
RUN = b"""apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {name: train, namespace: team-a}
spec:
  owner: org:a
  resources: {gpuType: H100, totalGPUs: 96}
  malleable: {minTotalGPUs: 96, maxTotalGPUs: 160, stepGPUs: 32}
"""
BY_32 = Shrink(run=KEY, by=32)
BOMB = b"a: &a [x, x]\n" + b"".join(
    b"%c: &%c [*%c, *%c]\n" % (code, code, code - 1, code - 1) for code in range(ord("b"), ord("z"))
)
HOSTILE = {
    "JT102": RUN + b"# \xff\n",
    "JT103": b"\xef\xbb\xbf" + RUN,
    "JT104": RUN + b"# \x00\n",
    "JT105": RUN.replace(b"  owner", b"\towner"),
    "JT106": RUN + b"#" * INPUT.size,
    "JT107": RUN + b"---\n" * (INPUT.documents + 1),
    "JT108": RUN + b"  template: " + b"[" * 40 + b"]" * 40 + b"\n",
    "JT109": RUN + b"  owner: org:b\n",
    "JT110": RUN + b"  template: &t {}\n",
    "JT111": RUN + b"  <<: {spares: 1}\n",
    "JT112": RUN.replace(b"stepGPUs: 32", b"stepGPUs: !!int 32"),
    "JT113": RUN.replace(b"stepGPUs: 32", b"stepGPUs: 0x20"),
    "JT116": RUN.replace(b"stepGPUs: 32", b"stepGPUs: 32, {a: b}: c"),
    "JT117": b"%YAML 1.2\n---\n" + RUN,
}


@pytest.mark.parametrize(("code", "data"), HOSTILE.items(), ids=list(HOSTILE))
@pytest.mark.parametrize("edit", [BY_32, AddSponsors(run=KEY, sponsors=(Owner("org:b"),))])
def test_an_edit_of_a_hostile_file(code: str, data: bytes, edit: Edit) -> None:
    """Where the whole file cannot be read, the run is not there for the edit, and it says so."""
    outcome = apply_edit(edit, [Source("a.yaml", data)])
    assert isinstance(outcome, Declined)
    found = [finding.code for finding in outcome.diagnostics]
    if found == ["JT788"]:
        assert outcome.diagnostics[0].notes == ("files that cannot be read: 1",)
    else:
        assert code in found
        assert all(finding.location and finding.location.path == "a.yaml" for finding in outcome.diagnostics)


@pytest.mark.parametrize(("code", "data"), HOSTILE.items(), ids=list(HOSTILE))
@pytest.mark.parametrize("into", [None, "snapshot.yaml"])
def test_a_hostile_file_is_not_submitted(code: str, data: bytes, into: str | None) -> None:
    outcome = apply_edit(Submit(source=Source("a.yaml", data)), [], into=into)
    assert isinstance(outcome, Declined)
    assert code in [finding.code for finding in outcome.diagnostics]
    assert outcome.files == {"a.yaml": data}


@pytest.mark.parametrize("code", [code for code in HOSTILE if code < "JT108"])
def test_nothing_is_added_to_a_hostile_snapshot(code: str) -> None:
    if code in ("JT106", "JT107"):  # a snapshot may be larger
        return
    outcome = apply_edit(Submit(source=Source("a.yaml", RUN)), [Source("s.yaml", HOSTILE[code])], into="s.yaml")
    assert isinstance(outcome, Declined)
    assert code in [finding.code for finding in outcome.diagnostics]


def test_a_bomb_beside_the_run_is_never_expanded() -> None:
    outcome = apply_edit(BY_32, [Source("a.yaml", BOMB + b"---\n" + RUN)])
    assert isinstance(outcome, Edited)
    assert outcome.files["a.yaml"] == BOMB + b"---\n" + RUN.replace(b"s: 32}", b"s: 32, desiredTotalGPUs: 128}")


def test_a_line_as_long_as_a_file_may_be() -> None:
    long = RUN.replace(b"stepGPUs: 32", b"stepGPUs: 32" + b" " * (INPUT.size // 2))
    assert isinstance(apply_edit(BY_32, [Source("a.yaml", long)]), Edited)


def test_an_edit_that_would_make_a_file_too_large_is_refused() -> None:
    full = RUN + b"#" * (INPUT.size - len(RUN))
    outcome = apply_edit(BY_32, [Source("a.yaml", full)])
    assert isinstance(outcome, Declined)
    assert [finding.code for finding in outcome.diagnostics] == ["JT791"]


@pytest.mark.parametrize("name", ["../../etc/x", "a/b", ".", "..", "-x", "a\\u0000b", "x\\ny", "con\\u202e", "A" * 64])
@pytest.mark.parametrize("field", ["name", "namespace"])
def test_names_are_no_paths(tmp_path: Path, field: str, name: str) -> None:
    (tmp_path / "fleet").mkdir()
    before = snapshot(tmp_path)
    old = b"train" if field == "name" else b"team-a"
    source = Source("new.yaml", RUN.replace(b": " + old, b': "' + name.encode() + b'"'))
    outcome = backend(tmp_path / "fleet").apply(Submit(source=source))
    assert isinstance(outcome, Refused)
    assert {"JT208", "JT230"} & {finding.code for finding in outcome.diagnostics}
    assert snapshot(tmp_path) == before


def test_a_namespace_of_the_command_line_is_no_path_either(tmp_path: Path) -> None:
    source = Source("new.yaml", RUN.replace(b", namespace: team-a", b""))
    for space in ("../..", "a\nb: c", 'x", y: "z', "", "{}"):
        outcome = apply_edit(Submit(source=source, namespace=space), [])
        assert isinstance(outcome, Declined), (space, outcome)


@pytest.mark.parametrize("owner", ["org:b\n    allowBorrow: false", "x: y", "# no", "*all", "&a", "]", "'", '"', ""])
def test_sponsors_that_are_none_break_no_text(owner: str) -> None:
    """They are written as text, whatever they hold; the check of the fleet then says what is wrong with them."""
    outcome = apply_edit(AddSponsors(run=KEY, sponsors=(Owner(owner),)), [Source("a.yaml", RUN)])
    assert isinstance(outcome, Edited)
    again = apply_edit(BY_32, [Source("a.yaml", outcome.files["a.yaml"])])
    assert isinstance(again, Declined)
    assert {finding.code for finding in again.diagnostics} == {"JT209"}


def test_a_repository_refuses_a_sponsor_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(RUN)
    outcome = backend(tmp_path).apply(AddSponsors(run=KEY, sponsors=(Owner("x: y"),)))
    assert isinstance(outcome, Refused)
    assert "JT209" in [finding.code for finding in outcome.diagnostics]
    assert (tmp_path / "a.yaml").read_bytes() == RUN
    assert isinstance(backend(tmp_path).apply(BY_32), Applied)
