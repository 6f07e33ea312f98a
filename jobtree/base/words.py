"""Numbers as people read them in messages: English, exact, the same everywhere."""

from jobtree.base.quantity import HOUR


def count(number: int, noun: str) -> str:
    """``1 run``, ``2 runs``, ``1,024 GPUs``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def gpu_time(gpu_seconds: int) -> str:
    """``112 GPU-hours`` where at most two decimals say it exactly, else GPU-seconds."""
    hundredths, rest = divmod(gpu_seconds * 100, HOUR)
    if rest:
        return count(gpu_seconds, "GPU-second")
    whole, part = divmod(hundredths, 100)
    decimals = f".{part:02d}".rstrip("0") if part else ""
    return f"{whole:,}{decimals} GPU-hour" + ("" if hundredths == 100 else "s")


def gap_percent(value: int, bound: int) -> str:
    """How far ``value`` is above ``bound``, in hundredths of a per cent of value, rounded up: it is a promise."""
    hundredths = -((bound - value) * 10_000 // value)
    return f"{hundredths // 100}.{hundredths % 100:02d} %"
