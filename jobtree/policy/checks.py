"""What each typed rule asks of runs and budgets: objects that break it, with the arithmetic."""

from collections.abc import Iterator
from typing import assert_never

from jobtree.base.instant import Window, format_instant
from jobtree.base.quantity import format_duration
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.judgement import Breach
from jobtree.model.policy import (
    CheckpointRequired,
    DocumentDemand,
    MaxBorrowShare,
    MaxDuration,
    MaxWindow,
    SparesRequired,
)
from jobtree.model.run import Run


def breaches(demand: DocumentDemand, catalog: Catalog) -> Iterator[Breach]:
    """All objects of the catalog that break the rule, by key. Costs O(runs) or O(envelopes)."""
    match demand:
        case MaxWindow():
            for _, envelope in sorted(catalog.envelopes.items()):
                yield from _window(demand, envelope)
        case MaxBorrowShare():
            for run in catalog.runs:
                yield from _borrow_share(demand, run)
        case CheckpointRequired():
            for run in catalog.runs:
                yield from _checkpoint(demand, run)
        case SparesRequired():
            for run in catalog.runs:
                yield from _spares(demand, run)
        case MaxDuration():
            for run in catalog.runs:
                yield from _duration(demand, run)
        case _:
            assert_never(demand)


def _borrow_share(demand: MaxBorrowShare, run: Run) -> Iterator[Breach]:
    """At most share x totalGPUs are borrowed, for runs that can borrow at all; no limit is a share of 1."""
    if not (run.funding.allow_borrow and run.funding.sponsors):
        return
    limit = run.funding.max_borrow_gpus
    most = run.total_gpus if limit is None else min(limit, run.total_gpus)
    if most > demand.share * run.total_gpus:
        allowed = int(demand.share * run.total_gpus)
        yield Breach(
            object=str(run.key),
            message="may borrow too large a share of its GPUs",
            note=f"may borrow {most} of {run.total_gpus} GPUs; the rule allows {allowed}",
            help=f"set funding.maxBorrowGPUs to {allowed} or less",
        )


def _checkpoint(demand: CheckpointRequired, run: Run) -> Iterator[Breach]:
    if run.total_gpus >= demand.from_gpus and run.checkpoint is None:
        yield Breach(
            object=str(run.key),
            message="has no checkpoint",
            note=f"{run.total_gpus} GPUs; the rule asks for one from {demand.from_gpus} GPUs on",
            help="set runtime.checkpoint",
        )


def _spares(demand: SparesRequired, run: Run) -> Iterator[Breach]:
    if run.total_gpus >= demand.from_gpus and run.spares < demand.at_least:
        yield Breach(
            object=str(run.key),
            message="has too few spares",
            note=f"{run.spares} in each group; the rule asks for {demand.at_least} from {demand.from_gpus} GPUs on",
            help=f"set spares to {demand.at_least}",
        )


def _duration(demand: MaxDuration, run: Run) -> Iterator[Breach]:
    if run.duration > demand.seconds:
        yield Breach(
            object=str(run.key),
            message="lasts too long",
            note=f"{format_duration(run.duration)}; the rule allows {format_duration(demand.seconds)}",
            help="set a shorter runtime.duration, with checkpoints",
        )


def _window(demand: MaxWindow, envelope: Envelope) -> Iterator[Breach]:
    length = _length(envelope.window)
    if length is None or length > demand.seconds:
        key, name = envelope.key, envelope.key.envelope
        shown = "without bounds on both sides" if length is None else format_duration(length)
        yield Breach(
            object=f"{key.namespace}/{key.budget}",
            message=f"has an envelope {name} with too long a window",
            note=f"{_shown(envelope.window)}: {shown}; the rule allows {format_duration(demand.seconds)}",
            help="set start and end closer together",
        )


def _length(window: Window) -> int | None:
    return None if window.start is None or window.end is None else window.end - window.start


def _shown(window: Window) -> str:
    bounds = ("open" if bound is None else format_instant(bound) for bound in (window.start, window.end))
    return " to ".join(bounds)
