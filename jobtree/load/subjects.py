"""Runs and budgets as their authors wrote them, for house rules to look at and to point at (semantics.md 3)."""

from collections.abc import Iterable, Mapping
from typing import Any

from jobtree.load.placed import Placed
from jobtree.load.wire.metadata import API_VERSION
from jobtree.model.budget import Budget
from jobtree.model.policy import Scope, Subject
from jobtree.model.run import Run


def subjects_of(runs: Iterable[Placed[Run]], budgets: Iterable[Placed[Budget]]) -> tuple[Subject, ...]:
    """All of them, by kind and name. O(size of the documents).

    A member that is null is left out: it means the same as none, and ``has`` must not tell them apart.
    """
    found = [
        Subject(scope=scope, name=str(one.value.key), where=one.named_at, data=without_null(data))
        for scope, placed in (
            (Scope.RUN, [(run, _run(run)) for run in runs]),
            (Scope.BUDGET, [(budget, budget.document.data) for budget in budgets]),
        )
        for one, data in placed
    ]
    return tuple(sorted(found, key=lambda one: (one.scope, one.name)))


def without_null(value: Any) -> Any:
    """The value without members that are null, at any depth."""
    match value:
        case dict():
            return {name: without_null(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [without_null(inner) for inner in value]
        case _:
            return value


def _run(placed: Placed[Run]) -> Mapping[str, Any]:
    """A run of a tree becomes the Run document that would say the same."""
    if placed.base == ("spec",):
        return placed.document.data
    spec: Any = placed.document.data
    for step in placed.base:
        spec = spec[step]
    key = placed.value.key
    return {
        "apiVersion": API_VERSION,
        "kind": "Run",
        "metadata": {"namespace": key.namespace, "name": key.name},
        "spec": {"owner": str(placed.value.owner), **spec},
    }
