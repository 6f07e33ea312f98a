"""The file that holds a round of a public beacon: what a lottery is drawn with (semantics.md 8, docs/lottery.md)."""

import json
import re
from typing import Any

from jobtree.base.diagnostic import Diagnostic, Location, warning
from jobtree.base.instant import parse_instant
from jobtree.load.source import Source
from jobtree.model.contention import Entropy

_KEYS = {"round", "time", "randomness"}
_HEX = re.compile(r"[0-9a-f]{32,512}", re.ASCII)
_LONGEST = 65_536


def read_beacon(source: Source) -> tuple[Entropy | None, tuple[Diagnostic, ...]]:
    """``{"round": 1234, "time": "2026-03-02T09:15:00Z", "randomness": "<hex>"}``; JT604 and no entropy otherwise.

    Other keys are allowed, so that a beacon's own answer can be kept whole.
    """
    try:
        value = json.loads(source.data.decode("utf-8")) if len(source.data) <= _LONGEST else None
        return _entropy(value), ()
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        message = f"the entropy file is no beacon round: {fault}"
        hint = 'write {"round": 1234, "time": "2026-03-02T09:15:00Z", "randomness": "<hex>"}'
        return None, (warning("JT604", message, Location(source.path), help=hint),)


def _entropy(value: Any) -> Entropy:
    if not isinstance(value, dict) or not value.keys() >= _KEYS:
        raise ValueError("it has no round, time and randomness")
    number, randomness = value["round"], value["randomness"]
    if type(number) is not int or number < 0 or not isinstance(randomness, str) or not _HEX.fullmatch(randomness):
        raise ValueError("round is a whole number, and randomness 32 to 512 lower case hex digits")
    return Entropy(text=f"{number}:{randomness}", came=parse_instant(str(value["time"])))
