"""Which inputs changed since the last plan: what a promise that slips is blamed on (semantics.md 7, level 1)."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from jobtree.base.identity import Domain, Key
from jobtree.cover.offer import Coverage
from jobtree.ledger.account import CapAccount
from jobtree.model.catalog import Catalog
from jobtree.model.history import Observed
from jobtree.model.run import Run

if TYPE_CHECKING:
    from jobtree.model.topology import Node

FLEET = "Fleet"
_DIGITS = 16


def world_digests(catalog: Catalog) -> Mapping[str, str]:
    """A short digest of every object that a plan depends on, by name: fleet, budgets, runs, and nodes by domain."""
    domains: dict[Domain, list[Node]] = {}
    for node in catalog.nodes:
        domains.setdefault(node.domain, []).append(node)
    return {
        FLEET: _digest(catalog.fleet.planning),
        **{f"Budget {budget.key}": _digest(budget) for budget in catalog.budgets},
        **{f"Run {run.key}": _digest(run) for run in catalog.runs},
        **{f"nodes of {domain}": _digest(nodes) for domain, nodes in sorted(domains.items())},
    }


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Names of objects that are new, gone or different, sorted; nothing where the earlier digests are not known."""
    return tuple(sorted(name for name in {**before, **after} if before.get(name) != after.get(name))) if before else ()


def changes_for(run: Run, changes: Sequence[str], coverage: Coverage, observed: Observed) -> tuple[str, ...]:
    """Those changes that can make a promise to the run impossible: never that another run was asked for."""
    return (*(name for name in changes if _matters(name, run, coverage)), *_observed(observed))


def _matters(name: str, run: Run, coverage: Coverage) -> bool:
    budgets = {f"Budget {key}" for key in _budgets(coverage)}
    upstreams = {f"Run {key}" for key in (run.key, *run.after, *run.together)}
    return name == FLEET or name.startswith("nodes of ") or name in budgets or name in upstreams


def _budgets(coverage: Coverage) -> Iterator[Key]:
    for offer in coverage.offers:
        yield Key(offer.payer.envelope.namespace, offer.payer.envelope.budget)
        yield from (charge.label.budget for charge in offer.charges if isinstance(charge.label, CapAccount))
    for denial in coverage.denials:
        yield Key(denial.envelope.namespace, denial.envelope.budget)


def _observed(observed: Observed) -> Iterator[str]:
    for status in observed.nodes:
        if status.lost or not status.usable:
            yield f"node {status.node}, which is {'lost' if status.lost else 'not usable'}"


def _digest(value: object) -> str:
    return sha256(repr(value).encode()).hexdigest()[:_DIGITS]
