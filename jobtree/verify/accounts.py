"""Accounts: all that limits GPUs at an instant or GPU-seconds in all, each under the invariant it stands for."""

from collections.abc import Iterator
from dataclasses import dataclass

from jobtree.verify.budgets import Cap, Envelope, EnvelopeKey, Limits, spell
from jobtree.verify.inputs import Inputs
from jobtree.verify.runs import Run
from jobtree.verify.units import FOREVER, Interval

AccountKey = tuple[str, ...]
ALWAYS: Interval = (-FOREVER, FOREVER)
ENVELOPE, LENDING, CAP, BORROW, QUOTA = "envelope", "lending", "cap", "borrow limit", "quota of tree"
_INVARIANTS = {
    ENVELOPE: ("concurrency", "gpu-hours"),
    LENDING: ("lending", "lending"),
    CAP: ("aggregate-cap", "aggregate-cap"),
    BORROW: ("borrow-limit", "borrow-limit"),
    QUOTA: ("tree-quota", "tree-quota"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A limit and its name."""

    key: AccountKey
    limits: Limits

    @property
    def invariants(self) -> tuple[str, str]:
        """Names for too many GPUs at once, and too many GPU-seconds."""
        return _INVARIANTS[self.key[0]]

    @property
    def binds_running(self) -> bool:
        """Loans are contracts: lending and borrow limits bind new claims, never a running one (semantics.md 4)."""
        return self.key[0] not in (LENDING, BORROW)

    def __str__(self) -> str:
        return f"{self.key[0]} {spell(self.key[1:])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """An account that a claim uses, and when its GPU-seconds count."""

    account: AccountKey
    window: Interval


class Accounts:
    """All accounts of the inputs, and which of them a payment uses."""

    def __init__(self, inputs: Inputs) -> None:
        self.of: dict[AccountKey, Account] = {}
        self._caps: dict[EnvelopeKey, list[AccountKey]] = {}
        for envelope in inputs.envelopes.values():
            self._open((ENVELOPE, *envelope.key), envelope.limits)
            self._open((LENDING, *envelope.key), envelope.lending)
        for cap in (cap for budget in inputs.budgets for cap in budget.caps):
            key = self._open((CAP, *cap.budget, cap.name), cap.limits)
            for member in dict.fromkeys(_members(cap, inputs)):
                self._caps.setdefault(member, []).append(key)
        for run in inputs.runs.values():
            self._open((BORROW, *run.key), Limits(gpus=run.borrow_limit, gpu_seconds=None))
            for quota in run.quotas:
                self._open((QUOTA, *quota.tree), quota.limits)

    def charges(self, envelope: Envelope | None, run: Run | None, *, borrowed: bool) -> tuple[Charge, ...]:
        """What a payment uses. Hours count in the envelope's window; tree quotas count always, paid or not."""
        found: list[Charge] = []
        if envelope is not None:
            keys: list[AccountKey] = [(ENVELOPE, *envelope.key), *self._caps.get(envelope.key, ())]
            if borrowed:
                keys.append((LENDING, *envelope.key))
            found += [Charge(account=key, window=envelope.window) for key in keys]
        if run is not None:
            if borrowed:
                found.append(Charge(account=(BORROW, *run.key), window=ALWAYS))
            found += [Charge(account=(QUOTA, *quota.tree), window=ALWAYS) for quota in run.quotas]
        return tuple(found)

    def _open(self, key: AccountKey, limits: Limits) -> AccountKey:
        self.of[key] = Account(key=key, limits=limits)
        return key


def _members(cap: Cap, inputs: Inputs) -> Iterator[EnvelopeKey]:
    """Envelopes of the cap's flavor that it names, or that its owner's subtree holds."""
    family = inputs.kin.descendants(cap.owner) if cap.members is None else ()
    named = frozenset(cap.members or ())
    for key, envelope in inputs.envelopes.items():
        if envelope.flavor == cap.flavor and (key in named or envelope.owner in family):
            yield key
