"""Writes tests/data/lottery-vectors.json: ``python -m tests.unit.resolve.vectors``. A change of it is a new rule."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

from jobtree.resolve.commitment import digest_of, seed_of
from jobtree.resolve.cuts import CutOutcome, cut
from jobtree.resolve.dice import SeededDice, words
from tests.unit.resolve.contests import CASES, need_json, unit, unit_json
from tests.unit.resolve.replay import Stream

PATH = Path(__file__).parents[2] / "data" / "lottery-vectors.json"
RESERVATION, INPUTS = "team-a/train-5f0c2a", "sha256:" + "ab" * 32
ENTROPY = ("8f14e45fceea167a5a36dedd4bea2543e6c1f0a1", "4242:" + "0f" * 32, "00ff")
QUESTIONS = ([2, 3, 1, 10, 7], [2**63 + 1] * 6, [3 * 2**62] * 4 + [2**64, 5])


def vectors() -> dict[str, Any]:
    seeds = [_seed(RESERVATION, units, entropy) for entropy in ENTROPY for units in _lists()[:1]]
    names = [row["seed"] for row in seeds]
    return {
        "rule": "jobtree/lottery/v1",
        "digests": [{"units": [unit_json(one) for one in units], "digest": digest_of(units)} for units in _lists()],
        "seeds": seeds,
        "words": [_words(seed, kind) for seed in names[:2] for kind in ("ReclaimUnfunded", "Lottery")],
        "uniform": [_uniform(names[0], sides) for sides in QUESTIONS],
        "cuts": [_cut(name, seed) for name in CASES for seed in names],
    }


def _lists() -> list[Any]:
    hard_to_sort = (unit("b/x+b/y", {"n10": 1, "n1": 2, "n1-a": 3}), unit("a/x", {}, after=["z/2", "z/1"]))
    return [*(units for _, units in CASES.values()), hard_to_sort, ()]


def _seed(reservation: str, units: Any, entropy: str) -> dict[str, str]:
    digest = digest_of(units)
    seed = seed_of(reservation, digest, INPUTS, entropy)
    return {
        "reservation": reservation,
        "candidateDigest": digest,
        "inputDigest": INPUTS,
        "entropy": entropy,
        "seed": seed,
    }


def _words(seed: str, kind: str) -> dict[str, Any]:
    first = islice(words(bytes.fromhex(seed), kind), 8)
    return {"seed": seed, "kind": kind, "words": [str(word) for word in first]}


def _uniform(seed: str, questions: list[int]) -> dict[str, Any]:
    dice, stream = SeededDice(seed, "Lottery"), Stream(seed)
    for sides in questions:
        stream("Lottery", sides)
    return {
        "seed": seed,
        "kind": "Lottery",
        "sides": [str(sides) for sides in questions],
        "results": [str(dice.uniform(sides)) for sides in questions],
        "wordsUsed": stream.used["Lottery"],
    }


def _cut(name: str, seed: str) -> dict[str, Any]:
    needs, units = CASES[name]
    outcome = cut(needs, units, lambda kind: SeededDice(seed, kind.value))
    return {
        "name": name,
        "needs": [need_json(one) for one in needs],
        "units": [unit_json(one) for one in units],
        "seed": seed,
        "outcome": None if outcome is None else outcome_json(outcome),
    }


def outcome_json(outcome: CutOutcome) -> dict[str, Any]:
    return {
        "kept": [[kept.unit.name, kept.draw] for kept in outcome.kept],
        "lotteries": [
            {
                "kind": held.kind.value,
                "needs": [need_json(one) for one in held.needs],
                "drawn": list(held.drawn),
                "returned": list(held.returned),
            }
            for held in outcome.lotteries
        ],
    }


def text() -> str:
    return json.dumps(vectors(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8")
