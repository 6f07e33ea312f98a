"""Budgets: what an owner may claim (semantics.md 3, 4, 5)."""

from dataclasses import dataclass

from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import ALWAYS, Window
from jobtree.base.quantity import GpuSeconds
from jobtree.model.selector import Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class Lending:
    """Who may borrow, and how much of the envelope at once and in all. ``to`` empty with ``allow``: anyone."""

    allow: bool = False
    to: tuple[str, ...] = ()
    max_concurrency: int | None = None
    max_gpu_seconds: GpuSeconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreActivation:
    """What an envelope may do before its window opens."""

    allow_reservations: bool = True
    allow_admission: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An allowance of one flavor on the nodes its selector matches, in one window."""

    key: EnvelopeKey
    owner: Owner
    flavor: str
    selector: Selector
    concurrency: int
    max_gpu_seconds: GpuSeconds | None = None
    window: Window = ALWAYS
    pre_activation: PreActivation = PreActivation()
    shared_with_family: bool = True
    lending: Lending = Lending()


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateCap:
    """A cap over several envelopes, in any cluster. ``envelopes`` is resolved: a subtree cap lists its members."""

    budget: Key
    name: str
    flavor: str
    envelopes: tuple[EnvelopeKey, ...]
    subtree: bool = False
    max_concurrency: int | None = None
    max_gpu_seconds: GpuSeconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoRenew:
    """Announces, ``notify_before`` seconds ahead, that a window of ``period`` seconds is about to close."""

    period: int
    notify_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One owner's envelopes, its parents (the family DAG) and its caps."""

    key: Key
    owner: Owner
    parents: tuple[Owner, ...] = ()
    envelopes: tuple[Envelope, ...] = ()
    caps: tuple[AggregateCap, ...] = ()
    auto_renew: AutoRenew | None = None
