"""What every owner has: GrpTRES and GrpTRESMins by flavor, within what stands above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobtree.migrate.slurm.accounts import Holder, Key
from jobtree.migrate.slurm.inventory import Inventory
from jobtree.migrate.slurm.limits import Capacity, by_flavor
from jobtree.migrate.slurm.site import Log
from jobtree.migrate.slurm.tres import HOUR, MINUTE, GpuCount

MOST_GPUS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What an owner has, by flavor: ``at_once`` and ``hours`` of its own limits, ``most`` with those above it.

    ``hours`` are what is left of ``minutes``, in whole GPU-hours.
    """

    holder: Holder
    at_once: Mapping[str, int]
    minutes: Mapping[str, int]
    hours: Mapping[str, int]
    most: Mapping[str, int]
    is_leaf: bool


Used = Mapping[tuple[Key, str], int]
"""GPU-seconds that count against an owner's limits already, by owner and flavor."""


def read_shares(holders: Sequence[Holder], inventory: Inventory, used: Used) -> tuple[Share, ...]:
    """Limits of every owner, parents first, as ``holders`` are."""
    capacity = inventory.capacity()
    parents = {holder.parent for holder in holders}
    above: dict[Key | None, Mapping[str, int]] = {None: {flavor: gpus for flavor, (gpus, _) in capacity.items()}}
    shares = []
    for holder in holders:
        at_once = by_flavor(holder.at_once, capacity, inventory.flavors, whole_nodes=True)
        minutes = by_flavor(holder.minutes, capacity, inventory.flavors, whole_nodes=False)
        highest = above[holder.parent]
        top = holder.parent is None
        most = {flavor: _least(at_once.get(flavor), highest[flavor], top=top) for flavor in capacity}
        above[holder.key] = most
        spent = {flavor: used.get((holder.key, flavor), 0) for flavor in minutes}
        share = Share(
            holder=holder, at_once=at_once, minutes=minutes, most=most, is_leaf=holder.key not in parents,
            hours={flavor: max(0, bound * MINUTE - spent[flavor]) // HOUR for flavor, bound in minutes.items()},
        )  # fmt: skip
        shares.append(share)
    return tuple(shares)


def _least(own: int | None, above: int, *, top: bool) -> int:
    """The own limit, if there is one, within those above; at the top it may be more than the fleet has."""
    if own is None:
        return min(above, MOST_GPUS)
    return min(own if top else min(own, above), MOST_GPUS)


def note_shares(shares: Sequence[Share], inventory: Inventory, used: Used, log: Log) -> None:
    """The arithmetic of every limit."""
    capacity = inventory.capacity()
    text = "A limit is hard: relatives do not use what is left of it. With `sharing: family` they may."
    log.mapped("limits of associations", "sharing: none", text)
    for share in shares:
        holder = share.holder
        target = f"Budget {holder.namespace}/{holder.namespace}"
        for kind, limit in (("GrpTRES", holder.at_once), ("GrpTRESMins", holder.minutes)):
            _note_unknown(f"{holder.title}: {kind}", limit, inventory, log)
        if holder.at_once.says_something:
            _note_at_once(share, target, capacity, log)
        elif holder.runs:
            rest = ", ".join(f"{gpus} {flavor}" for flavor, gpus in share.most.items())
            text = f"Slurm set no limit: it may use what {_above(share)} may, {rest} at once."
            log.mapped(f"{holder.title}: no GrpTRES of GPUs", target, text)
        if holder.minutes.says_something:
            _note_minutes(share, target, capacity, used, log)


def _above(share: Share) -> str:
    return "the account above it" if share.holder.parent is not None else "the fleet"


def _note_at_once(share: Share, target: str, capacity: Capacity, log: Log) -> None:
    holder, limit = share.holder, share.holder.at_once
    source = f"{holder.title}: GrpTRES {written(limit)}"
    parts = ", ".join(f"{flavor} {bound}" for flavor, bound in share.at_once.items()) or "nothing that is there"
    how = "concurrency" if share.is_leaf else "a subtree cap's maxConcurrency, as it bounds the accounts below too"
    if limit.total is None or len(capacity) == 1:
        open_ = [flavor for flavor in capacity if flavor not in share.at_once]
        rest = "".join(f"; no limit for {flavor}: {share.most[flavor]} of {_above(share)}" for flavor in open_)
        log.mapped(source, target, f"GPUs at once become {how}: {parts}{rest}.")
    else:
        fleet = " : ".join(f"{gpus} {flavor}" for flavor, (gpus, _) in capacity.items())
        text = (
            f"{limit.total} counts all types, and a bound of jobtree is for one flavor: split as the fleet is "
            f"({fleet}), in whole nodes, into {parts}; {how}. Move GPUs between the lines if the split is wrong."
        )
        log.changed(source, target, text)


def _note_minutes(share: Share, target: str, capacity: Capacity, used: Used, log: Log) -> None:
    holder, limit = share.holder, share.holder.minutes
    parts = []
    for flavor, minutes in share.minutes.items():
        spent = used.get((holder.key, flavor), 0)
        less = f", less {spent / HOUR:,.2f} that sacct shows as used," if spent else ""
        parts.append(f"{flavor} {minutes:,} min / 60{less} = {share.hours[flavor]:,} GPU-hours")
    split = " (all types, split as the fleet is)" if limit.total is not None and len(capacity) > 1 else ""
    what = "maxGPUHours" if share.is_leaf else "a subtree cap's maxGPUHours"
    source = f"{holder.title}: GrpTRESMins {written(limit)}"
    text = f"GPU-minutes become {what}{split}: {'; '.join(parts)}, in the window of the budget."
    log.changed(source, target, text)


def _note_unknown(source: str, limit: GpuCount, inventory: Inventory, log: Log) -> None:
    for kind in sorted(limit.typed):
        if inventory.flavors.get(kind) not in inventory.capacity():
            log.dropped(
                f"{source} gres/gpu:{kind}={limit.typed[kind]}",
                "No node has GPUs of this type: it limits nothing here.",
            )


def written(limit: GpuCount) -> str:
    """As Slurm writes it."""
    typed = [f"gres/gpu:{kind}={bound}" for kind, bound in sorted(limit.typed.items())]
    return ",".join([*([] if limit.total is None else [f"gres/gpu={limit.total}"]), *typed])
