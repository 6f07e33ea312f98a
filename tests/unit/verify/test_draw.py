"""The checker's lottery, written from docs/lottery.md, agrees with the vectors of that page; records replay."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from jobtree.verify import draw, replay
from jobtree.verify.contention import CUT_ORDER, LOTTERIES, Lottery, Need, Unit
from jobtree.verify.counting import Tally
from jobtree.verify.draw import Dice, digest_of, give_back, hold, seed_of
from tests.unit.verify.chain import chained, opened
from tests.unit.verify.later import later

Json = dict[str, Any]
VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data" / "lottery-vectors.json").read_text())


def unit_of(value: Json) -> Unit:
    return Unit(
        owner=value["owner"],
        name=value["name"],
        kind=value["kind"],
        runs=tuple((run.split("/")[0], run.split("/")[1]) for run in value["runs"]),
        gpus=value["gpus"],
        frees=tuple(sorted(value["frees"].items())),
        after=tuple(value["after"]),
    )


def need_of(value: Json) -> Need:
    return Need(pods=value["pods"], per_pod=value["perPod"], free=tuple(value["free"].items()))


@pytest.mark.parametrize("case", VECTORS["digests"])
def test_digests(case: Json) -> None:
    assert digest_of(map(unit_of, case["units"])) == case["digest"]


@pytest.mark.parametrize("case", VECTORS["seeds"])
def test_seeds(case: Json) -> None:
    lottery = Lottery(
        claim=("a", "b"),
        reservation=case["reservation"],
        kind="Lottery",
        needs=(),
        units=(),
        committed_digest=case["candidateDigest"],
        input_digest=case["inputDigest"],
        entropy=case["entropy"],
        seed="",
        draws=(),
        returned=(),
    )
    assert seed_of(lottery) == case["seed"]


@pytest.mark.parametrize("case", VECTORS["words"])
def test_words(case: Json) -> None:
    stream = draw._stream(bytes.fromhex(case["seed"]) + case["kind"].encode() + b"\0")
    assert [str(word) for word in islice(stream, 8)] == case["words"]


@pytest.mark.parametrize("case", VECTORS["uniform"])
def test_uniform(case: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []
    stream = draw._stream

    def counted(start: bytes) -> Iterator[int]:
        for word in stream(start):
            used.append(word)
            yield word

    monkeypatch.setattr(draw, "_stream", counted)
    dice = Dice(case["seed"], case["kind"])
    assert [str(dice.uniform(int(sides))) for sides in case["sides"]] == case["results"]
    assert len(used) == case["wordsUsed"]


@pytest.mark.parametrize("case", VECTORS["cuts"], ids=lambda case: str(case["name"]))
def test_whole_cuts(case: Json) -> None:
    """The whole cut of the page, made of the checker's own parts."""
    units, tally = [unit_of(value) for value in case["units"]], Tally(map(need_of, case["needs"]))
    everything = Tally(map(need_of, case["needs"])).cut_all(unit.frees for unit in units)
    cut: list[Unit] = []
    lotteries: list[tuple[str, tuple[str, ...]]] = []
    for kind in CUT_ORDER if everything.met and not tally.met else ():
        of_kind = [unit for unit in units if unit.kind == kind]
        if kind in LOTTERIES and not tally.met:
            drawn = hold(of_kind, tally, Dice(case["seed"], kind))
            lotteries += [(kind, tuple(unit.name for unit in drawn))] if drawn else []
            cut += drawn
        elif kind not in LOTTERIES:
            cut += _structural(of_kind, {unit.name for unit in units} - {unit.name for unit in cut}, tally)
    if not cut or not tally.met:
        assert case["outcome"] is None or case["outcome"]["kept"] == []
        return
    returned = give_back(cut, tally)
    places = {name: place for _, names in lotteries for place, name in enumerate(names)}
    kept = [[unit.name, places.get(unit.name)] for unit in cut if unit.name not in returned]
    assert kept == case["outcome"]["kept"]
    for (kind, names), stated in zip(lotteries, case["outcome"]["lotteries"], strict=True):
        assert (kind, list(names)) == (stated["kind"], stated["drawn"])
        assert [name for name in returned if name in names] == stated["returned"]


def _structural(units: list[Unit], missing: set[str], tally: Tally) -> Iterator[Unit]:
    for unit in units:
        if not tally.met and not missing.intersection(unit.after):
            missing.discard(unit.name)
            tally.cut(unit.frees)
            yield unit


def test_lotteries_replay_from_the_ledger_alone() -> None:
    ledger = later().ledger()
    assert replay(ledger, {}) == ()
    lines = opened(ledger)
    lines[-1][1]["lottery"]["draws"].reverse()
    found = replay(chained(lines), {})
    assert [violation.invariant for violation in found] == ["draw"]
    assert "draws" in found[0].message


def test_replay_finds_a_broken_chain_and_a_damaged_plan() -> None:
    ledger = later().ledger()
    ledger["2026-02.jsonl"] = ledger["2026-02.jsonl"].replace(b"Shrink", b"shrink")
    found = replay(ledger, {"plan.json": b"{"})
    assert {violation.invariant for violation in found} == {"ledger-chain", "format"}
