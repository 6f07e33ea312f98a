"""The certificate of a plan: what plan.json says to prove the bound of its wait level (docs/certificate.md)."""

from dataclasses import dataclass
from itertools import pairwise

from jobtree.verify.contention import read_key
from jobtree.verify.field import Field
from jobtree.verify.runs import Key

Steps = tuple[tuple[int, int], ...]
"""(seconds from the plan's instant, price of a GPU-second from then on), ascending."""

HIGHEST = 1 << 60
"""No price is higher: what it buys would outweigh any wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePrice:
    """What a GPU-second costs on these nodes."""

    nodes: tuple[str, ...]
    steps: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPrice:
    """What an account costs: for each second and GPU that it carries, and for each GPU-second that it is charged."""

    account: str
    steps: Steps
    charged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """Runs whose least wait together was found by a solver."""

    runs: tuple[Key, ...]
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Prices, what was searched instead, and runs whose places are given."""

    nodes: tuple[NodePrice, ...]
    accounts: tuple[AccountPrice, ...]
    searched: tuple[Searched, ...]
    given: tuple[Key, ...]


def read_certificate(entry: Field) -> Certificate:
    """Reads ``proof.certificate``; a FormatError says what does not fit."""
    return Certificate(
        nodes=tuple(NodePrice(nodes=row["nodes"].texts(), steps=_steps(row["steps"])) for row in entry["nodes"]),
        accounts=tuple(
            AccountPrice(account=row["account"].text(), steps=_steps(row["steps"]), charged=_price(row["charged"]))
            for row in entry["accounts"]
        ),
        searched=tuple(Searched(runs=_keys(one["runs"]), bound=one["bound"].integer()) for one in entry["searched"]),
        given=_keys(entry["given"]),
    )


def _keys(entry: Field) -> tuple[Key, ...]:
    return tuple(read_key(item) for item in entry)


def _steps(entry: Field) -> Steps:
    found = []
    for step in entry:
        pair = list(step)
        if len(pair) != 2:
            raise step.wrong("an instant and a price")
        found.append((pair[0].integer(), _price(pair[1])))
    if any(one[0] >= other[0] for one, other in pairwise(found)):
        raise entry.wrong("steps that ascend in time")
    if found and found[-1][1]:
        raise entry.wrong("steps that end with a price of 0")
    return tuple(found)


def _price(entry: Field) -> int:
    price = entry.integer()
    if price > HIGHEST:
        raise entry.wrong(f"a price of at most {HIGHEST}")
    return price
