"""Accounts: everything that limits GPUs at an instant or GPU-seconds in all (semantics.md 4 and 5).

Five kinds of limit are one idea here. A lease charges every account that its payer's offer names, and fits if all do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.base.identity import EnvelopeKey, Key
from jobtree.base.instant import Interval, Window
from jobtree.base.quantity import GpuSeconds


@dataclass(frozen=True, slots=True, order=True)
class EnvelopeAccount:
    """An envelope's concurrency and GPU-hours."""

    envelope: EnvelopeKey

    def __str__(self) -> str:
        return f"envelope {self.envelope}"


@dataclass(frozen=True, slots=True, order=True)
class LendingAccount:
    """What an envelope lends: counts borrowed claims only."""

    envelope: EnvelopeKey

    def __str__(self) -> str:
        return f"lending of {self.envelope}"


@dataclass(frozen=True, slots=True, order=True)
class CapAccount:
    """An aggregate or subtree cap of a budget."""

    budget: Key
    cap: str

    def __str__(self) -> str:
        return f"cap {self.budget}/{self.cap}"


@dataclass(frozen=True, slots=True, order=True)
class BorrowAccount:
    """A run's ``maxBorrowGPUs``: counts what it borrows, from anyone."""

    run: Key

    def __str__(self) -> str:
        return f"borrow limit of {self.run}"


@dataclass(frozen=True, slots=True, order=True)
class QuotaAccount:
    """The quota of a job tree or of a tree within it."""

    tree: Key

    def __str__(self) -> str:
        return f"quota of tree {self.tree}"


AccountLabel = EnvelopeAccount | LendingAccount | CapAccount | BorrowAccount | QuotaAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Limits in GPUs at every instant and in GPU-seconds over all time; None is unlimited."""

    label: AccountLabel
    max_gpus: int | None
    max_gpu_seconds: GpuSeconds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """An account that a lease uses. GPUs count for the whole lease; GPU-seconds only within ``window``."""

    label: AccountLabel
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """GPUs held over an interval."""

    interval: Interval
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What history holds of one account: funded claims from now on, and GPU-seconds elapsed or already committed."""

    claims: tuple[Claim, ...] = ()
    spent: GpuSeconds = GpuSeconds(0)
    committed: GpuSeconds = GpuSeconds(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All accounts of a fleet and what history holds of them. Every account has a usage."""

    accounts: Mapping[AccountLabel, Account]
    usage: Mapping[AccountLabel, Usage]
