"""Which groups a run can go on with (semantics.md 3 and 10)."""

from collections.abc import Mapping, Sequence

from jobtree.model.run import Run


def kept_groups(run: Run, widths: Mapping[int, int], expected: Sequence[int]) -> tuple[int, ...] | None:
    """Indices of the groups that the run goes on with, of those that are whole; None if it cannot go on.

    ``widths``: whole groups to their active GPUs. A fixed run needs all ``expected`` groups. A malleable one sheds its
    highest groups until width = minimum + k x step, k >= 0.
    """
    kept = sorted(widths)
    if run.elastic is None:
        return tuple(kept) if kept == list(expected) else None
    width = sum(widths.values())
    while width >= run.elastic.minimum and (width - run.elastic.minimum) % run.elastic.step:
        width -= widths[kept.pop()]
    return tuple(kept) if width >= run.elastic.minimum else None
