import hashlib
import re
from dataclasses import replace

import pytest

from jobtree.base.identity import Owner
from jobtree.base.instant import Instant
from jobtree.load.wire import fields
from jobtree.model.contention import CutUnit
from jobtree.resolve.commitment import canonical, commit, digest_of, seed_of
from tests.unit.resolve.contests import CASES, LOTTERY, RECLAIM, SHRINK, SPARE, gpus, unit

UNIT = unit("a/x", {"n0": 8, "n1": 4}, after=["a/x#2", "a/x#1"])
LINE = "Lottery\torg:a\ta/x\t12\tn0=8,n1=4\ta/x#2,a/x#1\n"


def test_a_line_is_what_the_page_says() -> None:
    assert digest_of([UNIT]) == hashlib.sha256(LINE.encode()).hexdigest()
    assert digest_of([]) == hashlib.sha256(b"").hexdigest()


def test_a_seed_is_what_the_page_says() -> None:
    text = "jobtree/lottery/v1\nteam-a/train-1\nabc\nsha256:1\n00ff\n"
    assert seed_of("team-a/train-1", "abc", "sha256:1", "00ff") == hashlib.sha256(text.encode()).hexdigest()


def test_canonical_order() -> None:
    names = ["c/x", "b/x", "a/y", "a/x"]
    units = [unit(name, {"n0": 1}, kind) for kind in (LOTTERY, SHRINK, SPARE, RECLAIM) for name in names]
    ordered = canonical(units)
    assert [one.kind for one in ordered] == [RECLAIM] * 4 + [SPARE] * 4 + [SHRINK] * 4 + [LOTTERY] * 4
    assert [one.name for one in ordered[:4]] == ["a/x", "a/y", "b/x", "c/x"]
    assert [one.name for one in ordered[4:8]] == names
    assert canonical(ordered) == ordered


def test_owners_come_before_names() -> None:
    units = [unit("a/x", {}, owner="org:z"), unit("b/x", {}, owner="org:y")]
    assert [one.owner for one in canonical(units)] == ["org:y", "org:z"]


@pytest.mark.parametrize(
    "other",
    [
        replace(UNIT, owner=Owner("org:b")),
        replace(UNIT, name="a/y"),
        replace(UNIT, kind=RECLAIM),
        replace(UNIT, gpus=13),
        replace(UNIT, frees=gpus({"n0": 8, "n2": 4})),
        replace(UNIT, after=("a/x#1", "a/x#2")),
        replace(UNIT, after=()),
    ],
)
def test_every_field_that_decides_is_in_the_digest(other: CutUnit) -> None:
    assert digest_of([other]) != digest_of([UNIT])


def test_frees_are_sorted_by_node() -> None:
    assert digest_of([replace(UNIT, frees=UNIT.frees[::-1])]) == digest_of([UNIT])


def test_only_what_can_be_drawn_is_committed() -> None:
    _, units = CASES["both lotteries, and what lies between"]
    committed = commit(units, "sha256:1", Instant(7))
    assert {one.kind for one in committed.units} == {RECLAIM, LOTTERY}
    assert committed.units == tuple(one for one in canonical(units) if one.kind in (RECLAIM, LOTTERY))
    assert committed.digest == digest_of(committed.units)
    assert (committed.rule, committed.input_digest, committed.published) == ("jobtree/lottery/v1", "sha256:1", 7)


@pytest.mark.parametrize("pattern", [fields.OWNER_TEXT, fields.DNS_LABEL, fields.DNS_SUBDOMAIN])
@pytest.mark.parametrize("mark", "\t,=\n+#")
def test_what_separates_fields_is_in_no_owner_or_name(pattern: str, mark: str) -> None:
    for text in (f"a{mark}b", f"{mark}b", f"a{mark}"):
        assert not re.compile(pattern, re.ASCII).fullmatch(text)
