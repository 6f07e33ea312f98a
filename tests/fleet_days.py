"""Random fleet-days: a small fleet, what is asked of it in a day, and what goes wrong, all from one seed.

Families, lending, caps, trees, windows, elastic runs, spares, guests, deadlines, followers, co-starts, short
protection, lost nodes, workloads that fail, documents that are deleted, and runs that take shorter or longer than they
say.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

import pytest

from jobtree.base.instant import Instant, format_instant, parse_instant
from jobtree.base.progress import Silent
from jobtree.deciding import Left, left_in
from jobtree.emit.lock import LOCK_PATH, read_lock
from jobtree.load.loader import load
from jobtree.load.source import Source
from jobtree.milp.solution import Exhausted
from jobtree.model.fleet import Effort
from jobtree.plan import haggle
from jobtree.plan.effort import BUDGETS
from jobtree.plan.executor import InOrder
from jobtree.resolve.decide import decide
from jobtree.simulate.dice import between
from jobtree.simulate.faults import Faults, RunDeletion
from jobtree.simulate.invariants import Invariants
from jobtree.simulate.moment import Policy, Watcher, Watchers
from jobtree.simulate.outcome import Outcome
from jobtree.simulate.roll import Means, simulate
from jobtree.simulate.scenario import Scenario
from jobtree.simulate.thorough import Thorough
from tests.worlds import FLAVOR, document, fleet, namespace, pool

T = TypeVar("T")
SINCE = parse_instant("2026-03-02T00:00:00Z")
HOUR = 3_600
TEAMS = ("org:a", "org:b", "org:c", "org:d")
"""a and b are children of c, where they have a parent; d is a stranger who may lend."""


class Dice:
    """Choices of one seed, each named by what came before it."""

    def __init__(self, seed: int) -> None:
        self._seed, self._drawn = seed, 0

    def number(self, low: int, high: int) -> int:
        self._drawn += 1
        return between(low, high, self._seed, "fleet-day", self._drawn)

    def choose(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)]

    def chance(self, percent: int) -> bool:
        return self.number(1, 100) <= percent


@dataclass(frozen=True)
class FleetDay:
    """A scenario, and the documents that it was read from."""

    scenario: Scenario
    sources: tuple[Source, ...]


def fleet_day(seed: int, *, hours: int = 24, every: int = 3 * HOUR) -> FleetDay:
    """The day of a seed."""
    dice = Dice(seed)
    sources = _sources(_documents(dice, hours))
    read = load(sources, admissions={})
    if read.catalog is None:
        raise ValueError(
            f"fleet-day {seed} cannot be read: {[one for one in read.diagnostics if one.severity == 'error']}"
        )
    faults = Faults(
        mtbf=dice.choose((None, 15 * HOUR, 40 * HOUR)),
        mttr=dice.choose((HOUR, 5 * HOUR)),
        shortest=dice.choose((300, 700, 1_000)),
        longest=dice.choose((1_000, 1_200)),
        failing=dice.choose((0, 0, 150)),
        deletions=_deletions(dice, read.catalog.runs, hours),
    )
    scenario = Scenario(
        catalog=read.catalog, since=SINCE, until=Instant(SINCE + hours * HOUR), seed=seed, every=every, faults=faults
    )
    return FleetDay(scenario=scenario, sources=sources)


def _sources(documents: dict[str, list[dict[str, Any]]]) -> tuple[Source, ...]:
    return tuple(
        Source(path, "---\n".join(json.dumps(one) + "\n" for one in found).encode())
        for path, found in sorted(documents.items())
        if found
    )


def _documents(dice: Dice, hours: int) -> dict[str, list[dict[str, Any]]]:
    teams = TEAMS[: dice.number(2, 4)]
    owners = tuple(dict.fromkeys((*teams, "org:c")))
    planning: dict[str, Any] = {
        "activation": {"lead": "15m", "protection": dice.choose(("0s", "30m", "2h", "4h"))},
        "spareRate": dice.choose(("0.25", "0.3333", "1")),
        "horizon": dice.choose(("1d", "3d")),
        "accountingPeriod": "6h",
    }
    gpus = dice.choose((2, 4, 8))
    fabrics = ("f1", "f2") if dice.chance(60) else ("f1",)
    settings = fleet(owners, **planning)
    settings["spec"]["solver"] = {"effort": "quick"}
    files = {
        "fleet.yaml": [settings],
        "nodes.yaml": [pool(f"n{at}", dice.number(1, 3), gpus, at, region=_region(dice, at)) for at in fabrics],
    }
    size = sum(one["spec"]["count"] for one in files["nodes.yaml"]) * gpus
    for owner in owners:
        files[f"budgets/{namespace(owner)}.yaml"] = [_budget(dice, owner, owners, size, hours)]
    for owner in teams:
        files[f"runs/{namespace(owner)}.yaml"] = _runs(dice, owner, owners, gpus, size, hours)
    return files


def _region(dice: Dice, fabric: str) -> str:
    return "east" if fabric == "f2" and dice.chance(30) else "west"


def _budget(dice: Dice, owner: str, owners: Sequence[str], size: int, hours: int) -> dict[str, Any]:
    envelopes = [_envelope(dice, f"e{number}", size, hours) for number in range(dice.number(1, 2))]
    spec: dict[str, Any] = {"owner": owner, "envelopes": envelopes}
    if owner in ("org:a", "org:b") and dice.chance(60):
        spec["parents"] = ["org:c"]
    if dice.chance(30):
        scope: dict[str, Any] = {"subtree": True} if dice.chance(50) else {"envelopes": ["e0"]}
        limit = {"maxConcurrency": max(1, size * dice.choose((25, 50, 100)) // 100)} if dice.chance(70) else {}
        limit |= {"maxGPUHours": size * dice.choose((2, 6, 12))} if not limit or dice.chance(30) else {}
        spec["aggregateCaps"] = [{"name": "cap", "flavor": FLAVOR, **scope, **limit}]
    return document("Budget", "budget", spec, namespace(owner))


def _envelope(dice: Dice, name: str, size: int, hours: int) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "name": name,
        "flavor": FLAVOR,
        "selector": {"region": dice.choose(("west", "*", "*"))},
        "concurrency": max(1, size * dice.choose((25, 50, 100)) // 100),
    }
    opens = dice.choose((None, None, None, -48, 5)) if name == "e0" else dice.choose((None, 8))
    closes = dice.choose((None, None, 10, 72))
    envelope |= {} if opens is None else {"start": _hour(opens)}
    envelope |= {} if closes is None else {"end": _hour(closes)}
    if dice.chance(35):
        window = 1_000 if closes is None or opens is None else closes - opens
        envelope["maxGPUHours"] = min(size * dice.choose((1, 4, 12)), envelope["concurrency"] * window)
    if dice.chance(20):
        envelope["sharing"] = "none"
    if dice.chance(50):
        lending: dict[str, Any] = {"allow": True, "to": dice.choose(([], ["*"], ["org:a"], ["org:*"]))}
        if dice.chance(40):
            lending["maxConcurrency"] = dice.choose((1, 2, 4))
        if dice.chance(20):
            lending["maxGPUHours"] = dice.choose((2, 20))
        envelope["lending"] = lending
    if dice.chance(20):
        envelope["preActivation"] = {"allowReservations": dice.chance(50), "allowAdmission": dice.chance(50)}
    return envelope


def _hour(hour: int) -> str:
    return format_instant(Instant(SINCE + hour * HOUR))


def _runs(dice: Dice, owner: str, owners: Sequence[str], gpus: int, size: int, hours: int) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    names: list[str] = []
    minute = 0
    for number in range(dice.number(1, 6)):
        minute += dice.choose((0, 1, 20, 45, 200))
        spec = _run(dice, owner, owners, gpus, size)
        if names and dice.chance(20):
            spec[dice.choose(("after", "with"))] = [dice.choose(names)]
            if "after" in spec:
                spec |= {"onUpstreamFailure": dice.choose(("wait", "fail")), "upstreamFailureGrace": "30m"}
        name = f"r{number}"
        created = format_instant(Instant(SINCE + min(minute * 60, (hours - 2) * HOUR)))
        documents.append(document("Run", name, spec, namespace(owner), creationTimestamp=created))
        names.append(name)
    if dice.chance(30):
        documents.append(_tree(dice, owner, owners, gpus, size))
    return documents


def _tree(dice: Dice, owner: str, owners: Sequence[str], gpus: int, size: int) -> dict[str, Any]:
    def entry(name: str, **links: Any) -> dict[str, Any]:
        spec = _run(dice, owner, owners, gpus, size)
        spec.pop("owner")
        return {"name": name, **links, "spec": spec}

    quota: dict[str, Any] = {}
    if dice.chance(60):
        quota["maxGPUs"] = dice.choose((2, 4, size))
    if dice.chance(50):
        quota["maxGPUHours"] = dice.choose((2, 12, 60))
    spec: dict[str, Any] = {
        "owner": owner,
        "runs": [entry("one"), entry("two", **dice.choose(({}, {"after": ["one"]})))],
    }
    spec |= {"quota": quota} if quota else {}
    if dice.chance(50):
        spec["trees"] = [{"name": "inner", "quota": {"maxGPUs": dice.choose((1, 4))}, "runs": [entry("leaf")]}]
    return document("JobTree", "tree", spec, namespace(owner), creationTimestamp=_hour(dice.number(0, 6)))


def _run(dice: Dice, owner: str, owners: Sequence[str], gpus: int, size: int) -> dict[str, Any]:
    pod = dice.choose((1, 1, 1, 2, gpus))
    pods = dice.choose((1, 1, 2, 2, 3, 4))
    total = pod * pods
    spec: dict[str, Any] = {
        "owner": owner,
        "resources": {"gpuType": FLAVOR, "totalGPUs": total, "gpusPerPod": pod},
        "runtime": {"duration": dice.choose(("40m", "1h", "2h", "5h", "9h"))},
    }
    shape = dice.choose(("plain", "plain", "groups", "elastic", "elastic", "spare", "spare-groups", "elastic-spare"))
    if "groups" in shape and pods % 2 == 0:
        spec["locality"] = {"groupGPUs": 2 * pod, "allowCrossGroupSpread": dice.chance(70)}
    if "elastic" in shape:
        most = total + pod * dice.number(0, 3)
        least = pod * dice.number(1, pods)
        spec["malleable"] = {"minTotalGPUs": least, "maxTotalGPUs": most, "stepGPUs": pod}
        if dice.chance(40):
            spec["malleable"]["desiredTotalGPUs"] = total + pod * dice.number(0, (most - total) // pod)
    if "spare" in shape:
        spec["spares"] = dice.choose((1, 1, 1, 2))
    funding: dict[str, Any] = {}
    if dice.chance(40):
        others = [other for other in owners if other != owner]
        funding |= {"allowBorrow": True, "sponsors": others[: dice.number(1, len(others))]}
        funding |= {"maxBorrowGPUs": dice.choose((1, 2, 8))} if dice.chance(50) else {}
    if dice.chance(35):
        funding["allowOpportunistic"] = True
    spec |= {"funding": funding} if funding else {}
    if dice.chance(50):
        spec["runtime"]["checkpoint"] = dice.choose(("10m", "1h"))
    if dice.chance(10):
        spec["runtime"]["deadline"] = _hour(dice.number(4, 20))
    return spec


def _deletions(dice: Dice, runs: Sequence[Any], hours: int) -> tuple[RunDeletion, ...]:
    """Of runs that nobody names, and that are not in a tree: those have no document of their own."""
    named = {key for run in runs for key in (*run.after, *run.together)}
    free = [run.key for run in runs if run.key not in named and run.tree is None]
    if not free or not dice.chance(40):
        return ()
    at = dice.choose(free)
    return (RunDeletion(at=Instant(SINCE + dice.number(60, hours * 60) * 60 - 30), run=at),)


class Unsolved:
    """A solver that proposes nothing: what is kept was placed by the same code as every plan."""

    name, version = "none", "0"

    def solve(self, problem: Any, limits: Any) -> Exhausted:
        return Exhausted()


class Way(StrEnum):
    """How compiles decide: on values, on files with the checker, or both, which must agree."""

    VALUES = "values"
    FILES = "files"
    BOTH = "both"


def cheaply(patch: pytest.MonkeyPatch) -> None:
    """Plans without a search for prices: they prove how good a plan is, and here is asked whether it is right."""
    quick = replace(BUDGETS[Effort.QUICK], prices=1, builds=0, columns=0, nodes=1, rounds=1)
    patch.setitem(BUDGETS, Effort.QUICK, quick)
    patch.setattr(haggle, "falling", lambda _, pricing: haggle.free_of_charge(pricing))


def roll(day: FleetDay, way: Way, policy: Policy = decide, *watchers: Watcher) -> Outcome:
    """What comes of a day. Raises ``ViolatedError`` with the invariant that does not hold."""
    long = Thorough(day.sources, Unsolved())
    means = Means(solver=Unsolved(), executor=InOrder(), progress=Silent(), watcher=Watchers(Invariants(), *watchers))
    if way is Way.VALUES:
        return simulate(day.scenario, "jobtree", policy, means)
    means = replace(means, watcher=Watchers(Invariants(), long, *watchers), digest=long.digest)
    return simulate(day.scenario, "jobtree", long.decide if way is Way.FILES else long.compared(policy), means)


def morning(day: FleetDay, noon: Instant) -> tuple[Left, dict[str, bytes], dict[str, bytes]]:
    """What stands of a day at noon: read from the tree and the ledger, and these."""
    long = Thorough(day.sources, Unsolved())
    means = Means(solver=Unsolved(), executor=InOrder(), progress=Silent(), watcher=Watchers(long), digest=long.digest)
    simulate(replace(day.scenario, until=noon), "jobtree", long.decide, means)
    tree = [Source(path, data) for path, data in sorted(long.tree.items())]
    ledger = [Source(f"ledger/{name}", data) for name, data in sorted(long.ledger.items())]
    left, findings = left_in(tree, ledger, read_lock(long.tree[LOCK_PATH]))
    if findings:
        raise ValueError(f"what a compile wrote cannot be read: {findings}")
    return left, dict(long.tree), dict(long.ledger)
