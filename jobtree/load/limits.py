"""How much of a file is read: no file can exhaust time or memory (JT106, JT107)."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that a file may hold."""

    mebibytes: int
    values: int
    documents: int

    @property
    def size(self) -> int:
        """Bytes."""
        return self.mebibytes * _MIB


INPUT = Limits(mebibytes=4, values=600_000, documents=20_000)
"""A file that people write. Some ten thousand small Runs; a larger one is better split."""

STATE = Limits(mebibytes=256, values=12_000_000, documents=200_000)
"""What kubectl prints of a whole fleet, some 20,000 nodes with their leases; one file, as it cannot be split."""
