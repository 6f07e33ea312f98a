"""Small fleets for the plan's tests: terse, explicit, no magic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.identity import Domain, EnvelopeKey, Key, Owner
from jobtree.base.instant import Instant, Window
from jobtree.cover.cover import cover
from jobtree.ledger.books import open_books
from jobtree.milp.problem import Problem
from jobtree.milp.solution import Failed, Outcome
from jobtree.milp.solver import Limits
from jobtree.model.budget import Budget, Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import Fleet, OwnerEntry, Planning
from jobtree.model.history import History
from jobtree.model.plan import Plan
from jobtree.model.run import Run
from jobtree.model.selector import Selector
from jobtree.model.topology import Node
from jobtree.plan.planner import make_plan
from jobtree.plan.solve import Means
from jobtree.plan.standing import Standing

NOW = Instant(1_772_442_000)
HOUR = 3_600
FLAVOR = "H100"


@dataclass(frozen=True)
class NoSolver:
    """A solver that is not there: only the constructive plan remains."""

    name: str = "none"
    version: str = "0"

    def solve(self, problem: Problem[object], limits: Limits) -> Outcome:
        return Failed(reason="there is no solver")


def nodes(count: int, *, gpus: int = 8, fabric: str = "A", cluster: str = "c", flavor: str = FLAVOR) -> list[Node]:
    labels = (("cluster", cluster), ("fabric.domain", fabric), ("gpu.flavor", flavor), ("region", "r"))
    domain = Domain("r", cluster, fabric)
    return [
        Node(name=f"{cluster}-{fabric}-{index:02d}", domain=domain, flavor=flavor, gpus=gpus, labels=labels)
        for index in range(count)
    ]


def envelope(team: str, gpus: int, **changes: object) -> Envelope:
    settings: dict[str, object] = {
        "key": EnvelopeKey(team, "budget", "env"),
        "owner": Owner(f"org:{team}"),
        "flavor": FLAVOR,
        "selector": Selector((("region", "r"),)),
        "concurrency": gpus,
        "window": Window(None, None),
    }
    return Envelope(**(settings | changes))  # type: ignore[arg-type]


def budget(team: str, gpus: int, **changes: object) -> Budget:
    one = envelope(team, gpus, **changes)
    return Budget(key=Key(team, "budget"), owner=one.owner, envelopes=(one,))


def run(name: str, gpus: int, hours: int = 1, *, team: str = "t", **changes: object) -> Run:
    settings: dict[str, object] = {
        "key": Key(team, name),
        "owner": Owner(f"org:{team}"),
        "flavor": FLAVOR,
        "total_gpus": gpus,
        "gpus_per_pod": min(gpus, 8),
        "duration": hours * HOUR,
    }
    return Run(**(settings | changes))  # type: ignore[arg-type]


def catalog(
    machines: Sequence[Node], budgets: Sequence[Budget], runs: Sequence[Run], *, planning: Planning | None = None
) -> Catalog:
    teams = sorted({run.key.namespace for run in runs} | {budget.key.namespace for budget in budgets})
    owners = tuple(OwnerEntry(name=Owner(f"org:{team}"), namespaces=(team,)) for team in teams)
    return Catalog(
        fleet=Fleet(name="f", owners=owners, planning=planning or Planning(horizon=7 * 24 * HOUR)),
        nodes=tuple(sorted(machines, key=lambda node: (node.domain, node.name))),
        budgets=tuple(sorted(budgets, key=lambda budget: budget.key)),
        runs=tuple(sorted(runs, key=lambda run: run.key)),
    )


def plan(fleet: Catalog, history: History | None = None, *, as_of: Instant = NOW, solver: object = None) -> Plan:
    past = history or History()
    return make_plan(
        fleet,
        past,
        as_of=as_of,
        standing=Standing(books=open_books(fleet, past, as_of=as_of)),
        coverages={one.key: cover(one, fleet, as_of=as_of) for one in fleet.runs},
        means=Means(solver=solver or NoSolver()),  # type: ignore[arg-type]
    )


def decisions(made: Plan) -> Mapping[str, tuple[str, int | None, int | None]]:
    """Run name to (decision, hours of waiting, width)."""
    found: dict[str, tuple[str, int | None, int | None]] = {}
    for entry in made.runs:
        where = getattr(entry.decision, "placement", None)
        name = type(entry.decision).__name__.lower()
        hours = None if where is None else (where.interval.start - made.as_of) // HOUR
        found[entry.run.name] = (name, hours, None if where is None else where.width)
    return found
