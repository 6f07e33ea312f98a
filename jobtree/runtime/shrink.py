"""Voluntary shrinking: a malleable run gives back what it no longer wants (semantics.md 3 and 8)."""

from collections.abc import Mapping, Sequence

from jobtree.base.instant import Instant
from jobtree.model.lease import Closure, ClosureReason, FundingClass, Lease, Role
from jobtree.model.run import Elastic, Run
from jobtree.runtime.writes import Close

OTHERS = (FundingClass.SHARED, FundingClass.BORROWED)


def voluntary_shrink(
    run: Run, leases: Sequence[Lease], classes: Mapping[Lease, FundingClass], now: Instant
) -> tuple[Close, ...]:
    """Closures (Shrink) of the groups that a run gives back because it is wider than it desires.

    ``leases`` are its open ones. The lowest groups that carry the minimum stay. Of the others go first those that
    somebody else pays for (Shared, Borrowed), then the highest, while the width stays at minimum + k x step >= desired.
    """
    if run.elastic is None:
        return ()
    groups: dict[int, list[Lease]] = {}
    for lease in sorted(leases, key=lambda lease: lease.group):
        groups.setdefault(lease.group, []).append(lease)
    widths = {index: _width(own) for index, own in groups.items()}
    given = _given(run.elastic, widths, [index for index, own in groups.items() if _paid_by_others(own, classes)])
    closure = Closure(time=now, reason=ClosureReason.SHRINK)
    return tuple(Close(lease=lease, closure=closure) for index in given for lease in groups[index])


def _given(elastic: Elastic, widths: Mapping[int, int], paid_by_others: Sequence[int]) -> tuple[int, ...]:
    surplus = _above_minimum(elastic, widths)
    surplus.sort(key=lambda index: (index not in paid_by_others, -index))
    floor = max(elastic.minimum, elastic.desired)
    width, given = sum(widths.values()), 0
    for number, index in enumerate(surplus, start=1):
        width -= widths[index]
        if width < floor:
            break
        if (width - elastic.minimum) % elastic.step == 0:
            given = number
    return tuple(surplus[:given])


def _above_minimum(elastic: Elastic, widths: Mapping[int, int]) -> list[int]:
    carried, surplus = 0, []
    for index, width in widths.items():
        if carried >= elastic.minimum:
            surplus.append(index)
        carried += width
    return surplus


def _width(leases: Sequence[Lease]) -> int:
    """Active GPUs of a group; a pod with renewals has several leases on the same slots."""
    return len({(lease.node, slot) for lease in leases if lease.role is not Role.SPARE for slot in lease.slots})


def _paid_by_others(leases: Sequence[Lease], classes: Mapping[Lease, FundingClass]) -> bool:
    return any(classes.get(lease) in OTHERS for lease in leases)
