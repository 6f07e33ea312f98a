"""Floor 6: what one compile decides on, and what it leaves to the next, as values (semantics.md 7, 8 and 10).

The pipeline reads these values from files and writes them back; the simulator hands them from one compile to the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.cover.offer import Coverage
from jobtree.emit.lock import Lock
from jobtree.emit.manifests import reservation_name
from jobtree.emit.recorded import domains_of, recorded, unusable_in
from jobtree.ledger.settle import settle
from jobtree.load.history import read_history
from jobtree.load.ledger import read_ledger
from jobtree.load.overlay import overlay
from jobtree.load.source import Source
from jobtree.load.state import StateRead
from jobtree.milp.solver import Solver
from jobtree.model.catalog import Catalog
from jobtree.model.contention import Entropy
from jobtree.model.history import History, NodeStatus
from jobtree.model.lease import ClosedLease
from jobtree.model.plan import Plan, Reserve, RunPlan
from jobtree.model.reservation import Promise
from jobtree.plan.carry import open_leases
from jobtree.plan.executor import Executor
from jobtree.plan.standing import Kept
from jobtree.resolve.ground import Ground
from jobtree.runtime.react import react


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be decided as of an instant, on what stands and on what was observed since.

    ``catalog`` has its nodes as usable as they were observed. ``entropy`` that is predictable anyway becomes the digest
    of the inputs. The rest is as in ``resolve.ground.Ground``.
    """

    catalog: Catalog
    history: History
    state: StateRead = StateRead()
    as_of: Instant
    coverages: Mapping[Key, Coverage]
    solver: Solver
    executor: Executor
    input_digest: str
    entropy: Entropy | None = None
    published: tuple[RunPlan, ...] = ()
    changes: tuple[str, ...] = ()
    kept: Kept = Kept()


def ground_of(question: Question) -> tuple[Ground, tuple[Diagnostic, ...]]:
    """What is over ends, and what has failed is replaced; the rest is to be decided. With what the state disputes."""
    catalog, as_of = question.catalog, question.as_of
    seen, findings = overlay(question.history, question.state, as_of=as_of)
    ground = Ground(
        catalog=catalog,
        history=react(catalog, settle(catalog, seen, as_of=as_of), as_of=as_of),
        as_of=as_of,
        coverages=question.coverages,
        solver=question.solver,
        executor=question.executor,
        kept=question.kept,
        input_digest=question.input_digest,
        entropy=_entropy(question),
        published=question.published,
        changes=question.changes,
    )
    return ground, findings


def _entropy(question: Question) -> Entropy | None:
    given = question.entropy
    return replace(given, text=question.input_digest) if given is not None and given.predictable else given


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a plan leaves to the next compile: what its tree, its lock and its ledger would say when they are read."""

    history: History = History()
    published: tuple[RunPlan, ...] = ()
    unusable: tuple[NodeStatus, ...] = ()


def left_in(tree: Sequence[Source], ledger: Sequence[Source], lock: Lock) -> tuple[Left, tuple[Diagnostic, ...]]:
    """What an output tree and its ledger leave to the next compile, and what is wrong with them."""
    history, odd = read_history(tree)
    past, broken = read_ledger(ledger)
    earlier = recorded(lock)
    stands = replace(history, past=past.closed, domains=earlier.domains)
    return Left(history=stands, published=earlier.reservations, unusable=earlier.unusable), (*odd, *broken)


def left_by(plan: Plan, past: tuple[ClosedLease, ...]) -> Left:
    """``past`` is the ledger before the plan. O(plan + closed leases)."""
    published = tuple(one for one in plan.runs if isinstance(one.decision, Reserve))
    history = History(
        leases=open_leases(plan),
        promises=tuple(_promise(one, one.decision) for one in published if isinstance(one.decision, Reserve)),
        domains=domains_of(plan),
        past=(*past, *plan.closures),
    )
    return Left(history=history, published=published, unusable=unusable_in(plan))


def _promise(run: RunPlan, reserve: Reserve) -> Promise:
    where, forecast = reserve.placement, reserve.forecast
    return Promise(
        run=run.run,
        earliest_start=where.interval.start,
        width=where.width,
        nodes=tuple(sorted({pod.node for group in where.groups for pod in group.pods})),
        name=reservation_name(run, reserve),
        natural_start=forecast.natural_start,
        contention=forecast.contention,
    )
