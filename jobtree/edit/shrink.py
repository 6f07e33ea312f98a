"""Shrink: a malleable run wants less (semantics.md 3 and 8). Codes: JT789, JT790."""

from collections.abc import Iterable, Mapping

from jobtree.base.identity import Key
from jobtree.base.words import count
from jobtree.edit.change import Change, Put, changed
from jobtree.edit.edits import Shrink
from jobtree.edit.find import Found, find_run
from jobtree.edit.outcome import Declined, Edited
from jobtree.load.limits import Limits
from jobtree.load.source import Source
from jobtree.load.wire.metadata import GROUP
from jobtree.load.wire.run import Malleable


def shrink(edit: Shrink, sources: Iterable[Source], limits: Limits) -> Edited | Declined:
    """Lowers ``desiredTotalGPUs``, and ``totalGPUs`` where it would be more; see ``Shrink`` for from where."""
    found = find_run(edit.run, sources, limits)
    if isinstance(found, Declined):
        return found
    malleable = found.spec.malleable
    if malleable is None:
        return _fixed(found)
    now = _wanted(edit, malleable)
    refusal = _off_grid(found, edit, malleable, now)
    if refusal is not None:
        return refusal
    target = now - edit.by
    changes: list[Change] = [Put(("malleable", "desiredTotalGPUs"), target)]
    if found.spec.resources.total_gpus > target:
        changes.append(Put(("resources", "totalGPUs"), target))
    data = changed(found, changes, limits)
    if isinstance(data, Declined):
        return data
    return Edited(
        files={found.piece.source.path: data},
        sentences=(f"run.{GROUP}/{edit.run.name} shrunk from {now:,} to {count(target, 'GPU')}",),
        title=f"shrink {edit.run} by {count(edit.by, 'GPU')}",
    )


def open_width(leases: Iterable[Mapping[str, object]], run: Key) -> int | None:
    """GPUs that a run holds by its open leases, given as objects, without its spares; None if it holds none."""
    named = {"namespace": run.namespace, "name": run.name}
    held: set[tuple[str, int]] = set()
    for lease in leases:
        spec, status = _inner(lease, "spec"), _inner(lease, "status")
        if lease.get("kind") != "Lease" or spec.get("runRef") != named or status.get("closed") is True:
            continue
        piece = _inner(spec, "slice")
        slots = piece.get("slots")
        if spec.get("role") != "Spare" and isinstance(slots, list):
            held |= {(str(piece.get("node")), slot) for slot in slots if isinstance(slot, int)}
    return len(held) or None


def _inner(thing: Mapping[str, object], field: str) -> Mapping[str, object]:
    found = thing.get(field)
    return found if isinstance(found, Mapping) else {}


def _wanted(edit: Shrink, malleable: Malleable) -> int:
    """What it wants now: what it holds, if that is less than what it desires."""
    desired = _desired(malleable)
    return desired if edit.width is None else min(edit.width, desired)


def _desired(malleable: Malleable) -> int:
    return malleable.desired_total_gpus or malleable.max_total_gpus


def _fixed(found: Found) -> Declined:
    total = found.spec.resources.total_gpus
    return found.declined(
        "JT789",
        f"{found.key} is a fixed run, and cannot shrink",
        "resources",
        "totalGPUs",
        notes=(f"it has no malleable block: it runs with all of its {count(total, 'GPU')}, or not at all",),
        help="add malleable with minTotalGPUs, maxTotalGPUs and stepGPUs; what runs is then planned anew",
    )


def _off_grid(found: Found, edit: Shrink, malleable: Malleable, now: int) -> Declined | None:
    low, step, target = malleable.min_total_gpus, malleable.step_gpus, now - edit.by
    if edit.by > 0 and target >= low and (target - low) % step == 0:
        return None
    allowed = list(range(low, now, step))
    desired = _desired(malleable)
    held = (f"it holds {count(now, 'GPU')}, and may grow to {desired:,}",) if now < desired else ()
    steps = f"minTotalGPUs {low:,}, stepGPUs {step:,}"
    arithmetic = f"{now:,} - {edit.by:,} = {target:,}"
    if edit.by <= 0:
        message = f"shrinking by {edit.by:,} is no shrinking"
    elif target < low:
        message, steps = f"{found.key} may not go below {count(low, 'GPU')}", f"{target:,} < minTotalGPUs {low:,}"
    else:
        message = f"{found.key} has no width of {count(target, 'GPU')}"
        steps = f"{target:,} - {low:,} = {(target - low) // step} x stepGPUs {step:,} + {(target - low) % step}"
    return found.declined(
        "JT790", message, "malleable", notes=(*held, arithmetic, steps), help=_nearest(allowed, now, target)
    )


def _nearest(allowed: list[int], now: int, target: int) -> str:
    """The one or two widths below the present one that are nearest to what was asked for."""
    below = [width for width in allowed if width <= target][-1:]
    above = [width for width in allowed if width > target][:1]
    ways = [f"--by {now - width} leaves {count(width, 'GPU')}" for width in reversed(below + above)]
    return (
        "; ".join(ways) if ways else "it is as small as it may be; desiredTotalGPUs in its file limits how far it grows"
    )
