"""Windows that are about to close, for budgets that asked to be told (``autoRenew``, semantics.md 3)."""

from collections.abc import Iterator

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.base.instant import Instant, format_instant
from jobtree.base.quantity import format_duration
from jobtree.model.budget import AutoRenew, Budget, Envelope
from jobtree.model.catalog import Catalog


def closing_windows(catalog: Catalog, *, as_of: Instant) -> tuple[Diagnostic, ...]:
    """JT413 for every envelope whose window closes within ``notifyBefore`` and that no other envelope takes over."""
    return tuple(
        finding
        for budget in catalog.budgets
        if budget.auto_renew is not None
        for finding in _closing(budget, budget.auto_renew, as_of)
    )


def _closing(budget: Budget, renewal: AutoRenew, as_of: Instant) -> Iterator[Diagnostic]:
    for envelope in budget.envelopes:
        end = envelope.window.end
        if end is None or not 0 < end - as_of <= renewal.notify_before or _has_successor(budget, envelope, end):
            continue
        until = format_instant(Instant(end + renewal.period))
        yield warning(
            "JT413",
            f"the window of {envelope.key} closes in {format_duration(end - as_of)}",
            notes=(f"it ends at {format_instant(end)}; autoRenew asks to be told {_ahead(renewal)} ahead",),
            help=f"add an envelope from {format_instant(end)} to {until}, or let the window close",
        )


def _has_successor(budget: Budget, envelope: Envelope, end: Instant) -> bool:
    """Whether an envelope of the same budget, flavor and selector pays on from the end without a gap."""
    return any(
        other.flavor == envelope.flavor and other.selector == envelope.selector and other.window.holds(end)
        for other in budget.envelopes
    )


def _ahead(renewal: AutoRenew) -> str:
    return format_duration(renewal.notify_before)
