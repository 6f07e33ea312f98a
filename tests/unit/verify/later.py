"""A plan with a past, made by hand: a claim whose time has come, and everything that a plan may do to others.

One island in the west, all of whose nodes are in use but a-13. x/big-claim needs five nodes: z/idle is reclaimed,
y/spared loses its spare, y/elastic shrinks to its minimum, and a lottery takes one of y/solid and z/solid, and z/half,
which is of no use. Besides, y/grow grows, y/swap loses a node, z/guest sits on a spare, y/over ends, y/renewing has
another payer, y/gone is deleted, and x/next is promised what y/keeper holds.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from jobtree.verify.contention import read_lottery
from jobtree.verify.counting import Tally
from jobtree.verify.draw import Dice, digest_of, give_back, hold, seed_of
from jobtree.verify.field import Field
from tests.unit.verify.chain import closed
from tests.unit.verify.publish import leases, reservations
from tests.unit.verify.world import (
    World,
    at,
    decision,
    document,
    envelope,
    group,
    node,
    plan_of,
    pod,
    pool,
    refusal,
    run,
)

Json = dict[str, Any]
X, Y, Z = "x/x/all", "y/y/all", "z/z/all"
CLAIM = "x/big-claim"
DIGEST = "sha256:" + "0" * 64
Closing = tuple[str, Callable[[Json], bool], str, str]
"""Run, which of its leases, when they ended, why."""


def fleet() -> Json:
    owners = [{"name": f"org:{name}", "namespaces": [name]} for name in "xyz"]
    return document("Fleet", "acme", {"owners": owners, "planning": {"horizon": "7d", "spareRate": "0.25"}})


def budgets() -> Iterator[Json]:
    for name in "xyz":
        own = [envelope("all", 256)] + ([envelope("early", 8, end=at(-1))] if name == "y" else [])
        yield document("Budget", name, {"owner": f"org:{name}", "envelopes": own}, name)


def runs() -> Iterator[Json]:
    def bare(total: int, hours: float, **more: Any) -> Json:
        return {key: value for key, value in run("", total, hours, **more).items() if key != "owner"}

    pods = {"resources": {"gpusPerPod": 8}}
    big = {
        "owner": "org:x",
        "runs": [{"name": "claim", "spec": bare(40, 2, **pods)}, {"name": "own", "spec": bare(4, 24)}],
    }
    yield document("JobTree", "big", big, "x")
    yield document("Run", "next", run("org:x", 8), "x")
    elastic = {"malleable": {"minTotalGPUs": 8, "maxTotalGPUs": 32, "stepGPUs": 8}, "resources": {"gpusPerPod": 8}}
    yield document("Run", "elastic", run("org:y", 24, 24, **elastic), "y")
    yield document("Run", "grow", run("org:y", 8, 24, **elastic), "y")
    yield document("Run", "spared", run("org:y", 8, 24, spares=1, **pods), "y")
    yield document("Run", "keeper", run("org:y", 8, 24, spares=1, **pods), "y")
    yield document("Run", "swap", run("org:y", 16, 24, spares=1, locality={"groupGPUs": 16}, **pods), "y")
    yield document("Run", "solid", run("org:y", 8, 24), "y")
    yield document("Run", "over", run("org:y", 8, 9), "y")
    yield document("Run", "renewing", run("org:y", 8, 24), "y")
    yield document("Run", "solid", run("org:z", 8, 24), "z")
    yield document("Run", "half", run("org:z", 4, 24), "z")
    for name in ("idle", "guest"):
        yield document("Run", name, run("org:z", 8, 24, funding={"allowOpportunistic": True}), "z")
    yield document("Run", "filler", run("org:z", 8, 1), "z")


def running(name: str, *groups: Json, hours: float = 24, since: float = -10) -> Json:
    owner = "org:" + name[0]
    for one in (one for item in groups for one in item["pods"]):
        one.setdefault("start", at(since))
        one.setdefault("reason", "Start")
    return decision(name, owner, "running", since, hours, *groups)


def before() -> list[Json]:
    """What was decided before, by run."""
    spared = group(0, pod(0, "a-07#0-7", Y), pod(0, "a-08#0-7", Y, "Spare"))
    keeper = group(0, pod(0, "a-15#0-7", Y), pod(0, "a-16#0-7", Y, "Spare"))
    swap = group(0, pod(0, "a-12#0-7", Y), pod(1, "a-dead#0-7", Y), pod(0, "a-14#0-7", Y, "Spare"))
    claim = decision(CLAIM, "org:x", "reserve", 0, 2, *claimed("a-04"))
    claim["forecast"] |= {"confidence": "contended", "lottery": commitment(candidates()), "conflictSet": ["y/solid"]}
    return [
        claim,
        running("x/big-own", group(0, pod(0, "a-09#4-7", X))),
        running("y/elastic", *(group(index, pod(0, f"a-0{index + 1}#0-7", Y)) for index in range(3))),
        running("y/gone", group(0, pod(0, "a-18#0-7", Y))),
        running("y/grow", group(0, pod(0, "a-10#0-7", Y))),
        running("y/keeper", keeper),
        running("y/over", group(0, pod(0, "a-11#0-7", Y)), hours=9),
        running("y/renewing", group(0, pod(0, "a-17#0-7", "y/y/early", renewals=((at(-1), Y),)))),
        running("y/solid", group(0, pod(0, "a-05#0-7", Y))),
        running("y/spared", spared),
        running("y/swap", swap),
        running("z/half", group(0, pod(0, "a-09#0-3", Z))),
        running("z/idle", group(0, pod(0, "a-06#0-7", None)), since=-1),
        running("z/solid", group(0, pod(0, "a-04#0-7", Z))),
    ]


def claimed(drawn: str) -> list[Json]:
    """The claim's group, on the node that the lottery freed among others."""
    nodes = sorted(["a-02", "a-03", "a-06", "a-08", drawn])
    return [group(0, *(pod(rank, f"{node}#0-7", X) for rank, node in enumerate(nodes)))]


def after(drawn: str) -> list[Json]:
    """What is decided now, by run; ``drawn`` is cut by the lottery."""
    swap = group(0, pod(0, "a-12#0-7", Y), pod(1, "a-14#0-7", Y) | {"start": at(), "reason": "Swap"})
    grown = group(2, pod(0, "a-11#0-7", Y) | {"start": at(), "reason": "Grow"})
    renewed = pod(0, "a-17#0-7", Y) | {"start": at(-1), "reason": "Renew"}
    after_next = decision("x/next", "org:x", "reserve", 2, 1, group(0, pod(0, "a-15#0-7", X)))
    odds = {"p": "1", "method": "exact", "error": None}
    after_next["forecast"] |= {
        "deficit": [{"domain": after_next["groups"][0]["domain"], "gpus": 8}],
        "remedies": [{"kind": "Lottery", "run": "y/keeper", "gpus": 8}],
        "conflictSet": ["y/keeper"],
        "cutProbability": {"y/keeper": odds},
        "confidence": "contended",
        "lottery": commitment([unit("y/keeper", "Lottery", 8, {"a-15": 8})]),
    }
    kept = {entry["run"]: entry for entry in before()}
    free = "z" if drawn == "y/solid" else "y"
    found = [
        decision(CLAIM, "org:x", "start", 0, 2, *claimed(PLACES[drawn])),
        after_next,
        running("y/elastic", group(0, pod(0, "a-01#0-7", Y))),
        running("y/grow", group(0, pod(0, "a-10#0-7", Y)), grown),
        decision("y/over", "org:y", "finished", -10, 9),
        running("y/renewing", group(0, renewed)),
        running("y/spared", group(0, pod(0, "a-07#0-7", Y))),
        running("y/swap", swap),
        decision("z/filler", "org:z", "start", 0, 1, group(0, pod(0, "a-18#0-7", Z))),
        decision("z/guest", "org:z", "start", 0, 24, group(0, pod(0, "a-16#0-7", None, "Opportunistic"))),
        refusal("z/idle", "org:z", "JT501"),
        refusal(drawn, "org:" + drawn[0], "JT501"),
        *(kept[name] for name in ("x/big-own", "y/keeper", "z/half", f"{free}/solid")),
    ]
    return sorted(found, key=lambda entry: entry["run"].split("/"))


PLACES = {"y/solid": "a-05", "z/solid": "a-04"}


def unit(name: str, kind: str, gpus: int, frees: dict[str, int]) -> Json:
    owner = "org:" + name[0]
    return {"owner": owner, "unit": name, "kind": kind, "runs": [name], "gpus": gpus, "frees": frees, "after": []}


def candidates() -> list[Json]:
    """Units of both lotteries, in canonical order."""
    return [
        unit("z/idle", "ReclaimUnfunded", 8, {"a-06": 8}),
        unit("y/solid", "Lottery", 8, {"a-05": 8}),
        unit("z/half", "Lottery", 4, {"a-09": 4}),
        unit("z/solid", "Lottery", 8, {"a-04": 8}),
    ]


def commitment(units: list[Json]) -> Json:
    digest = digest_of(read_lottery(Field(raw([], "Lottery") | {"candidates": units}, "lottery")).units)
    return {
        "rule": "jobtree/lottery/v1",
        "candidates": units,
        "digest": digest,
        "inputDigest": DIGEST,
        "published": at(-1),
    }


def lotteries(entropy: str) -> tuple[Json, Json]:
    """Both lotteries of the claim, as they are held with this entropy."""
    claim = next(entry for entry in before() if entry["run"] == CLAIM)
    name = "x/" + reservations(claim)[0]["metadata"]["name"]
    common = {"reservation": name, "entropy": entropy, "committedDigest": claim["forecast"]["lottery"]["digest"]}
    first = held(raw([], "ReclaimUnfunded") | common)
    return first, held(raw(["a-02", "a-03", "a-06", "a-08"], "Lottery") | common)


def held(lottery: Json) -> Json:
    """The same with its seed, its draws and what it returned."""
    seed = seed_of(read_lottery(Field(lottery, "lottery")))
    read = read_lottery(Field(lottery | {"seed": seed}, "lottery"))
    tally = Tally(read.needs)
    drawn = hold([one for one in read.units if one.kind == read.kind], tally, Dice(seed, read.kind))
    returned = list(give_back(drawn, tally)) if tally.met else []
    return lottery | {"seed": seed, "draws": [one.name for one in drawn], "returned": returned}


def raw(cut: list[str], kind: str) -> Json:
    """A lottery that is not held yet; ``cut`` are nodes freed before."""
    free = {f"a-{number:02}": 8 if f"a-{number:02}" in cut else 0 for number in (2, 3, 4, 5, 6, 8, 9)}
    where = {"region": "west", "cluster": "gpu-w", "fabric": "A"}
    return {
        "for": CLAIM,
        "reservation": CLAIM,
        "kind": kind,
        "needs": [{"domain": where, "pods": 5, "perPod": 8, "free": free}],
        "candidates": candidates(),
        "committedDigest": "0" * 64,
        "inputDigest": DIGEST,
        "entropy": "-",
        "seed": "0" * 64,
        "draws": [],
        "returned": [],
    }


@cache
def entropy_that_returns() -> str:
    """The first number that makes the lottery draw z/half before another."""
    return next(str(number) for number in range(1000) if lotteries(str(number))[1]["returned"] == ["z/half"])


def later() -> World:
    """A fleet with a past, whose plan breaks no invariant."""
    first, second = lotteries(entropy_that_returns())
    drawn = next(name for name in second["draws"] if name != "z/half")
    plan = plan_of(after(drawn))
    plan["lottery"] = [first, second]
    plan["cuts"] = [
        cut("z/idle", "ReclaimUnfunded", 8, 0),
        cut("y/spared#0/s0", "DropSpare", 8, None),
        cut("y/elastic#2", "Shrink", 8, None),
        cut("y/elastic#1", "Shrink", 8, None),
        cut(drawn, "Lottery", 8, second["draws"].index(drawn)),
    ]
    dead = node("a-dead")
    dead["spec"] = {"taints": [{"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}]}
    documents = {
        "fleet.yaml": [fleet()],
        "topology.yaml": [pool("a", 18, "west", "gpu-w"), dead],
        "budgets.yaml": list(budgets()),
        "runs.yaml": list(runs()),
    }
    grown = running("y/grow", group(1, pod(0, "a-11#0-7", Y) | {"start": at(-9)}))
    grown["groups"][0]["pods"][0]["reason"] = "Grow"
    past = [closed(lease, at(-8), "Shrink") for lease in leases(grown)]
    return World(documents, plan, past, list(closings(drawn, first["seed"])), before())


def cut(name: str, kind: str, gpus: int, draw: int | None) -> Json:
    return {"unit": name, "runs": [name.split("#")[0]], "kind": kind, "gpus": gpus, "for": CLAIM, "draw": draw}


def closings(drawn: str, seed: str) -> Iterator[Json]:
    """Leases that are over with this plan."""
    rules: list[Closing] = [
        ("y/over", lambda _: True, at(-1), "Completed"),
        ("y/renewing", lambda spec: spec["reason"] == "Start", at(-1), "Renew"),
        ("z/idle", lambda _: True, at(), f"ReclaimUnfunded({seed})"),
        ("y/spared", lambda spec: spec["role"] == "Spare", at(), "DropSpare"),
        ("y/elastic", lambda spec: spec["group"] > 0, at(), "Shrink"),
        (drawn, lambda _: True, at(), f"RandomPreempt({seed})"),
        ("y/swap", lambda spec: spec["slice"]["node"] == "a-dead", at(), "NodeFailure"),
        ("y/swap", lambda spec: spec["role"] == "Spare", at(), "Swap"),
        ("y/gone", lambda _: True, at(), "RunDeleted"),
    ]
    entries = {entry["run"]: entry for entry in before()}
    for name, is_over, ended, reason in rules:
        for lease in leases(entries[name]):
            if is_over(lease["spec"]):
                yield closed(lease, ended, reason)
