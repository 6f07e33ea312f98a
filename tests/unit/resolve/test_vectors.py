"""The published vectors, by the package and by a second implementation that shares nothing with it."""

import json
from typing import Any

import pytest

from jobtree.resolve.commitment import RULE, digest_of, seed_of
from jobtree.resolve.cuts import cut
from jobtree.resolve.dice import SeededDice, words
from tests.unit.resolve import replay, vectors
from tests.unit.resolve.contests import need_of, unit_of

VECTORS: dict[str, Any] = json.loads(vectors.PATH.read_text("utf-8"))


def test_the_file_is_what_the_package_computes() -> None:
    assert vectors.text() == vectors.PATH.read_text("utf-8")
    assert VECTORS["rule"] == RULE


@pytest.mark.parametrize("row", VECTORS["digests"])
def test_digests(row: dict[str, Any]) -> None:
    units = [unit_of(one) for one in row["units"]]
    assert row["digest"] == digest_of(units) == replay.digest(units)


@pytest.mark.parametrize("row", VECTORS["seeds"])
def test_seeds(row: dict[str, Any]) -> None:
    texts = [row[name] for name in ("reservation", "candidateDigest", "inputDigest", "entropy")]
    assert row["seed"] == seed_of(*texts) == replay.seed(*texts)


@pytest.mark.parametrize("row", VECTORS["words"])
def test_words(row: dict[str, Any]) -> None:
    stream = words(bytes.fromhex(row["seed"]), row["kind"])
    for number, text in enumerate(row["words"]):
        assert int(text) == next(stream) == replay.word(row["seed"], row["kind"], number)


@pytest.mark.parametrize("row", VECTORS["uniform"])
def test_uniform(row: dict[str, Any]) -> None:
    dice, stream = SeededDice(row["seed"], row["kind"]), replay.Stream(row["seed"])
    for sides, result in zip(row["sides"], row["results"], strict=True):
        assert int(result) == dice.uniform(int(sides)) == stream(row["kind"], int(sides))
    assert stream.used[row["kind"]] == row["wordsUsed"]


def test_some_vector_passes_over_a_word() -> None:
    asked = [(row["wordsUsed"], sum(sides != "1" for sides in row["sides"])) for row in VECTORS["uniform"]]
    assert any(used > questions for used, questions in asked)


@pytest.mark.parametrize("row", VECTORS["cuts"])
def test_cuts(row: dict[str, Any]) -> None:
    needs, units = [need_of(one) for one in row["needs"]], [unit_of(one) for one in row["units"]]
    outcome = cut(needs, units, lambda kind: SeededDice(row["seed"], kind.value))
    replayed = replay.whole_cut(needs, units, replay.Stream(row["seed"]))
    if outcome is None or replayed is None:
        assert outcome is replayed is row["outcome"] is None
        return
    assert vectors.outcome_json(outcome) == row["outcome"]
    order, returned = replayed
    assert [name for name, _ in row["outcome"]["kept"]] == [one.name for one in order if one not in returned]
    for held in row["outcome"]["lotteries"]:
        assert held["drawn"] == [one.name for one in order if one.kind == held["kind"]]
        assert held["returned"] == [one.name for one in returned if one.kind == held["kind"]]


@pytest.mark.parametrize("row", [row for row in VECTORS["cuts"] if row["outcome"]])
def test_each_lottery_is_drawn_again_from_its_own_record(row: dict[str, Any]) -> None:
    """From the needs as it began and the units of its kind alone, as docs/lottery.md says of replaying."""
    for held in row["outcome"]["lotteries"]:
        needs, mine = [need_of(one) for one in held["needs"]], []
        units = [unit_of(one) for one in row["units"] if one["kind"] == held["kind"]]
        replay.lottery(needs, units, mine, held["kind"], replay.Stream(row["seed"]))
        assert [one.name for one in mine] == held["drawn"]
