"""``scontrol show config``: how usage is forgotten, how starts are planned, who is preempted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from jobtree.base.instant import Instant, format_instant
from jobtree.base.quantity import format_duration
from jobtree.migrate.slurm.records import Record
from jobtree.migrate.slurm.site import Log, Settings
from jobtree.migrate.slurm.tres import DAY, MINUTE, parse_clock

HORIZON, LONGEST_HORIZON = 14 * DAY, 366 * DAY
BACKFILL_WINDOW = 1_440
"""Minutes that bf_window has when nobody sets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """``half_life`` is 0 where usage never decays. ``began`` is when usage was last reset, None where it never is."""

    half_life: int
    began: Instant | None
    end: Instant
    protection: int
    backfill_window: int
    record: Record | None


def read_controller(record: Record | None, settings: Settings, log: Log) -> Controller:
    """Without the output, nothing decays, nothing is reset. Code: JT743."""
    if record is None:
        return Controller(half_life=0, began=None, end=settings.until, protection=0, backfill_window=0, record=None)
    half_life = _clock(record, "PriorityDecayHalfLife", log)
    if not record.get("PriorityType").endswith("multifactor"):
        half_life = 0  # nothing else decays usage
    began, ends = _period(record.get("PriorityUsageResetPeriod"), settings)
    window = re.search(r"\bbf_window=(\d{1,9})", record.get("SchedulerParameters"))
    return Controller(
        half_life=half_life,
        began=began,
        end=min(settings.until, ends or settings.until),
        protection=max(0, _clock(record, "PreemptExemptTime", log)),
        backfill_window=int(window[1]) if window else BACKFILL_WINDOW,
        record=record,
    )


def _clock(record: Record, key: str, log: Log) -> int:
    try:
        text = record.get(key)
        return 0 if text.startswith("-") else parse_clock(text) or 0
    except ValueError as fault:
        log.wrong(record.location, f"{key}: {fault}")
        return 0


def _period(name: str, settings: Settings) -> tuple[Instant | None, Instant | None]:
    """The period of usage that ``now`` lies in, by the clock of the site."""
    shift = timedelta(seconds=settings.utc_offset)
    now = datetime.fromtimestamp(settings.now, UTC) + shift
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1)
    if name == "DAILY":
        start, end = day, day + timedelta(days=1)
    elif name == "WEEKLY":  # from Sunday on
        start = day - timedelta(days=day.isoweekday() % 7)
        end = start + timedelta(days=7)
    elif name in ("MONTHLY", "QUARTERLY", "YEARLY"):
        months = {"MONTHLY": 1, "QUARTERLY": 3, "YEARLY": 12}[name]
        start = month.replace(month=(month.month - 1) // months * months + 1)
        year, index = divmod(start.month - 1 + months, 12)
        end = start.replace(year=start.year + year, month=index + 1)
    else:
        return None, None
    return Instant(int((start - shift).timestamp())), Instant(int((end - shift).timestamp()))


def planning(controller: Controller) -> Mapping[str, Any]:
    """``spec.planning`` of the Fleet: what differs from the defaults."""
    found: dict[str, Any] = {}
    horizon = min(controller.backfill_window * MINUTE, LONGEST_HORIZON)
    if horizon > HORIZON:
        found["horizon"] = format_duration(horizon)
    if controller.protection:
        found["activation"] = {"protection": format_duration(controller.protection)}
    return found


def note_controller(controller: Controller, settings: Settings, log: Log) -> None:
    """What becomes of the settings that say how Slurm schedules."""
    record = controller.record
    if record is None:
        text = "Without `scontrol show config` usage counts as never decaying, and limits as enforced."
        log.changed("no configuration", "budgets", text)
        return
    _note_enforcement(record, log)
    _note_usage(controller, settings, log)
    _note_backfill(record, controller, log)
    weights = [
        f"{key}={value}"
        for key, value in sorted(record.values.items())
        if key.startswith("PriorityWeight") and value not in ("0", "", "(null)")
    ]
    if weights:
        text = (
            "There is no priority. All runs are planned at once so that the sum of GPU-hours x wait is least, then the "
            "owner that waits longest; equals go by the instant they were asked for. Budgets say who may run at all."
        )
        log.dropped(f"{record.get('PriorityType')}: {', '.join(weights)}", text)
    if record.get("PreemptType") not in ("", "preempt/none"):
        text = (
            "Nobody is preempted for a priority. A run that is paid for and would wait too long cuts, in this order, "
            "work that nobody pays for, spares, width above the minimum, then by lottery; it is announced before."
        )
        log.dropped(f"{record.get('PreemptType')}, PreemptMode={record.get('PreemptMode')}", text)
    if controller.protection:
        text = f"Nobody is cut within {format_duration(controller.protection)} of its start."
        log.mapped(f"PreemptExemptTime={record.get('PreemptExemptTime')}", "planning.activation.protection", text)


def _note_enforcement(record: Record, log: Log) -> None:
    enforced = record.get("AccountingStorageEnforce").split(",")
    source = f"AccountingStorageEnforce={','.join(enforced) or 'none'}"
    if not {"limits", "safe", "all"} & set(enforced):
        log.changed(source, "budgets", "Slurm did not enforce limits. Budgets always are: work may now wait for them.")
    elif "safe" in enforced:
        text = "As with `safe`, a run starts only if its whole time is paid for."
        log.mapped(source, "budgets", text)
    else:
        text = "Without `safe` Slurm kills jobs when minutes run out. A run starts only if its whole time is paid for."
        log.changed(source, "budgets", text)


def _note_usage(controller: Controller, settings: Settings, log: Log) -> None:
    record, end = controller.record, format_instant(controller.end)
    assert record is not None
    if controller.half_life:
        text = (
            f"Slurm forgets half of the usage every {format_duration(controller.half_life)}, so that minutes come back "
            "by themselves. Here what was charged stays charged until the window closes: set maxGPUHours to what may "
            f"be used up to {end}."
        )
        log.changed(f"PriorityDecayHalfLife={record.get('PriorityDecayHalfLife')}", "maxGPUHours", text)
    period = record.get("PriorityUsageResetPeriod") or "NONE"
    if controller.began is not None and controller.end < settings.until:
        text = f"Usage was reset {period.lower()}: the windows of all budgets end at the next reset, {end}."
        log.mapped(f"PriorityUsageResetPeriod={period}", "windows of the envelopes", text)
        return
    text = (
        f"An association has no end, an envelope has: {end} (--until). `autoRenew` announces it; whoever writes the "
        "next window sets its hours."
    )
    log.changed(f"associations, PriorityUsageResetPeriod={period}", "windows of the envelopes", text)


def _note_backfill(record: Record, controller: Controller, log: Log) -> None:
    scheduler = record.get("SchedulerType")
    seconds = controller.backfill_window * MINUTE
    horizon = max(HORIZON, min(seconds, LONGEST_HORIZON))
    text = (
        f"Slurm plans starts ahead too (squeue --start), for {format_duration(seconds)} and anew in every cycle. "
        f"jobtree plans all runs for {format_duration(horizon)}, and its starts are promises that slip for no newcomer."
    )
    if not scheduler.endswith("backfill"):
        text = f"All runs are planned at once for {format_duration(horizon)}; starts are promises."
    log.changed(f"{scheduler}, bf_window={controller.backfill_window} min", "planning.horizon", text)
