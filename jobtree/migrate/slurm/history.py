"""``sacct`` to GPU-seconds that count against limits already."""

from collections.abc import Mapping, Sequence

from jobtree.base.words import count
from jobtree.migrate.slurm.accounts import Holder, Key
from jobtree.migrate.slurm.inventory import Inventory
from jobtree.migrate.slurm.jobs import parse_time
from jobtree.migrate.slurm.records import Record
from jobtree.migrate.slurm.settings import Controller
from jobtree.migrate.slurm.site import Log, Settings
from jobtree.migrate.slurm.tres import GpuCount, parse_clock, parse_tres


def read_history(
    rows: Sequence[Record],
    holders: Sequence[Holder],
    inventory: Inventory,
    times: tuple[Controller, Settings],
    log: Log,
) -> Mapping[tuple[Key, str], int]:
    """GPU-seconds by owner and flavor since usage was last reset; nothing where usage decays."""
    controller, settings = times
    by_key = {holder.key: holder for holder in holders}
    used: dict[tuple[Key, str], int] = {}
    counted = unsure = 0
    for record in rows:
        start = parse_time(record.get("Start"), settings.utc_offset)
        key = _owner(record, by_key)
        if "." in record.get("JobID") or start is None or key is None:
            continue  # steps are part of their job, and who never started used nothing
        before = 0 if controller.began is None else max(0, controller.began - start)
        amounts, is_sure = _amounts(record, before, inventory, log)
        counted += bool(amounts)
        unsure += bool(amounts) and not is_sure
        for flavor, seconds in amounts.items():
            above: Key | None = key
            while above is not None:
                used[above, flavor] = used.get((above, flavor), 0) + seconds
                above = by_key[above].parent
    if rows:
        _note(counted, unsure, controller, log)
    return {} if controller.half_life else used


def _owner(record: Record, holders: Mapping[Key, Holder]) -> Key | None:
    account, user = record.get("Account"), record.get("User")
    return next((key for key in ((account, user), (account, "")) if key in holders), None)


def _amounts(record: Record, before: int, inventory: Inventory, log: Log) -> tuple[Mapping[str, int], bool]:
    """Flavor to GPU-seconds of one job but for those ``before`` the reset, and whether its flavor is known.

    GPUs without a type may have been of any: they count against each, so that no hour is handed out again.
    """
    try:
        gpus: GpuCount = parse_tres(record.get("AllocTRES"))
        raw = record.get("ElapsedRaw")
        seconds = int(raw[:12]) if raw.isdecimal() else parse_clock(record.get("Elapsed")) or 0
    except ValueError as fault:
        log.wrong(record.location, f"job {record.get('JobID')}: {fault}")
        return {}, True
    seconds = max(0, seconds - before)
    typed = {inventory.flavors[kind]: count for kind, count in gpus.typed.items() if kind in inventory.flavors}
    capacity = inventory.capacity()
    is_sure = bool(typed) or len(capacity) == 1
    if not typed and gpus.total:
        typed = dict.fromkeys(capacity, gpus.total)
    return {flavor: count * seconds for flavor, count in typed.items() if count * seconds}, is_sure


def _note(counted: int, unsure: int, controller: Controller, log: Log) -> None:
    source = f"sacct: {count(counted, 'job')} with GPUs"
    if controller.half_life:
        text = "Usage decays in Slurm, so nothing is subtracted: the hours of the budgets are whole limits."
        log.dropped(source, text)
        return
    text = "What ran since usage was last reset is subtracted from maxGPUHours; sacct must reach back that far (-S)."
    if not counted:
        text = "No GPU-hours of an account here since usage was last reset are in it."
    log.mapped(source, "maxGPUHours", text)
    if unsure:
        told = "sacct does not say which GPUs they had: their hours count against every type, which may be too much."
        log.changed(f"sacct: {count(unsure, 'job')} without a type of GPUs", "maxGPUHours", told)
