"""When runs wait and run, drawn in characters: one line before and one after."""

from collections.abc import Iterator, Sequence

from jobtree.base.instant import Instant
from jobtree.review.changes import RunChange
from jobtree.review.side import RunState

CELLS = 48
_WAITS, _RUNS, _AFTER = "·", "█", " "


def lines(changes: Sequence[RunChange], as_of: Instant) -> Iterator[tuple[str, str, str]]:
    """(run, ``before`` or ``after``, bar) of each run that goes on on one side; all bars on one scale."""
    placed = [change for change in changes if _ends(change, as_of)]
    last = max((end for change in placed for end in _ends(change, as_of)), default=as_of)
    for change in placed:
        for word, state in (("before", change.before), ("after", change.after)):
            yield (str(change.run), word, _bar(state, as_of, last))


def scale(changes: Sequence[RunChange], as_of: Instant) -> int:
    """Seconds from the first to the last character of the bars."""
    return max((end for change in changes for end in _ends(change, as_of)), default=as_of) - as_of


def _ends(change: RunChange, as_of: Instant) -> list[int]:
    ends = [state.end for state in (change.before, change.after) if state is not None]
    return [end for end in ends if end is not None and end > as_of]


def _bar(state: RunState | None, as_of: Instant, last: int) -> str:
    """A cell is filled if the run has any part of it."""
    if state is None or state.start is None or state.end is None:
        return "not placed" if state is not None else "not asked for"
    if state.end <= as_of:
        return "over"
    span = max(1, last - as_of)
    first = min(CELLS - 1, max(0, state.start - as_of) * CELLS // span)
    end = max(first + 1, -(-(state.end - as_of) * CELLS // span))
    return _WAITS * first + _RUNS * (end - first) + _AFTER * (CELLS - end)
