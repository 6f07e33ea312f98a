"""What bounds the wait of a plan from below, in a form that a reader can check (docs/certificate.md)."""

from dataclasses import dataclass

from jobtree.base.identity import Key

Steps = tuple[tuple[int, int], ...]
"""(seconds from the plan's instant, price of a GPU-second from then on), ascending; 0 before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePrice:
    """What a GPU-second costs on any of these nodes. A node is in one row at most."""

    nodes: tuple[str, ...]
    steps: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPrice:
    """What a GPU costs for each second that an account carries it, and each GPU-second that the account is charged."""

    account: str
    steps: Steps
    charged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """Runs that no plan could make wait less than ``bound`` together: a solver searched all there is."""

    runs: tuple[Key, ...]
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """``given``: runs that contention has placed; what remains is bounded by prices, or was searched."""

    nodes: tuple[NodePrice, ...] = ()
    accounts: tuple[AccountPrice, ...] = ()
    searched: tuple[Searched, ...] = ()
    given: tuple[Key, ...] = ()
