"""Whose consent a change needs: everybody whose money or name it touches, by the registry of the base (semantics.md 5).

Both sides are looked at together, so that what is renamed or handed over needs whoever had it and whoever gets it. Who
may approve for an owner is what the base says: a change cannot name its own approvers.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from jobtree.base.glob import glob_matches
from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.moments import gpu_hours
from jobtree.model.budget import AggregateCap, Budget, Envelope
from jobtree.model.fleet import Fleet, OwnerEntry
from jobtree.model.lease import FundingClass
from jobtree.model.plan import Reserve, Running, Start
from jobtree.review.side import Side

FLEET, FLEET_FILE = Owner("the fleet"), "fleet.yaml"
"""Who decides on what no owner has: owners who name the Fleet's file among their paths."""
Claim = tuple[Owner, str]
"""An owner, and what of theirs changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An owner who must consent, why, and who may do it for them: any one of ``approvers``; nobody can if empty."""

    owner: Owner
    approvers: tuple[str, ...]
    reasons: tuple[str, ...]

    def is_met(self, given: Collection[str]) -> bool:
        """Whether one of the approvers is among those who approved."""
        return not set(self.approvers).isdisjoint(given)


def needs(before: Side, after: Side, owners: Sequence[OwnerEntry]) -> tuple[Need, ...]:
    """By owner, reasons in order. ``owners``: the registry that the head would have. O(envelopes + owners + runs)."""
    registry = {entry.name: entry for entry in before.catalog.fleet.owners}
    claims = [
        *_budgets(before, after),
        *_lenders(before, after),
        *_entries(registry, {entry.name: entry for entry in owners}),
        *_settings(before, after),
    ]
    reasons: dict[Owner, dict[str, None]] = {}
    for owner, reason in claims:
        reasons.setdefault(owner, {})[reason] = None
    return tuple(
        Need(owner=owner, approvers=_approvers(owner, registry), reasons=tuple(reasons[owner]))
        for owner in sorted(reasons)
    )


def _budgets(before: Side, after: Side) -> Iterator[Claim]:
    old, new = ({budget.key: budget for budget in side.catalog.budgets} for side in (before, after))
    holders = {envelope.key: envelope.owner for side in (before, after) for envelope in side.catalog.envelopes.values()}
    for key in sorted({*old, *new}):
        yield from _budget(key, old.get(key), new.get(key), holders)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A budget on both sides, and its owners there."""

    key: Key
    owners: tuple[Owner, ...]
    old: Budget | None
    new: Budget | None


def _budget(key: Key, old: Budget | None, new: Budget | None, holders: Mapping[EnvelopeKey, Owner]) -> Iterator[Claim]:
    sides = [budget for budget in (old, new) if budget is not None]
    owners = sorted({budget.owner for budget in sides})
    envelopes = [{one.key: one for one in budget.envelopes} if budget else {} for budget in (old, new)]
    for name in sorted({*envelopes[0], *envelopes[1]}):
        told = _difference(envelopes[0].get(name), envelopes[1].get(name))
        for owner in owners if told else ():
            yield owner, f"envelope {name}: {told}"
    if old is None or new is None:
        for owner in owners:
            yield owner, f"budget {key} is {'new' if old is None else 'removed'}"
    elif old.owner != new.owner:
        for owner in owners:
            yield owner, f"owner of budget {key}"
    yield from _caps(_Pair(key, tuple(owners), old, new), holders)
    parents = [set(budget.parents) if budget else set[Owner]() for budget in (old, new)]
    for parent in sorted(parents[0] ^ parents[1]):
        for owner in (parent, *owners):
            yield owner, f"budget {key} {'joins' if parent in parents[1] else 'leaves'} the family of {parent}"


def _caps(sides: _Pair, holders: Mapping[EnvelopeKey, Owner]) -> Iterator[Claim]:
    """A cap concerns whoever writes it, and whose envelopes come under it, leave it, or get another limit by it."""
    caps = [{cap.name: cap for cap in budget.caps} if budget else {} for budget in (sides.old, sides.new)]
    for name in sorted({*caps[0], *caps[1]}):
        one, other = caps[0].get(name), caps[1].get(name)
        if one == other:
            continue
        envelopes = [set(cap.envelopes) if cap else set[EnvelopeKey]() for cap in (one, other)]
        is_other = one is None or other is None or _limits(one) != _limits(other)
        touched = envelopes[0] | envelopes[1] if is_other else envelopes[0] ^ envelopes[1]
        for owner in (*sides.owners, *(holders[key] for key in sorted(touched))):
            yield owner, f"cap {name} of budget {sides.key}"


def _limits(cap: AggregateCap) -> tuple[int | None, int | None]:
    return cap.max_concurrency, cap.max_gpu_seconds


def _difference(old: Envelope | None, new: Envelope | None) -> str:
    """What differs, in words; nothing if nothing does."""
    if old is None or new is None:
        return "new" if old is None else "removed"
    names = [one.name for one in fields(Envelope) if getattr(old, one.name) != getattr(new, one.name)]
    return ", ".join(_figure(name, old, new) for name in names)


def _figure(name: str, old: Envelope, new: Envelope) -> str:
    one, other = getattr(old, name), getattr(new, name)
    word = name.replace("_", " ")
    return f"{word} {one} → {other}" if isinstance(one, int) and isinstance(other, int) else word


def _lenders(before: Side, after: Side) -> Iterator[Claim]:
    """Owners whose envelopes lend more GPUs than they did, or as many for longer."""
    old, new = _lent(before), _lent(after)
    for use in after.standing.envelopes:
        key = use.envelope.key
        had, lent = old.get(key, _Loan()), new.get(key, _Loan())
        if lent.gpus > had.gpus:
            yield use.envelope.owner, f"envelope {key} lends {lent.gpus:,} GPUs instead of {had.gpus:,}"
        elif lent.gpu_seconds > had.gpu_seconds:
            hours = f"{gpu_hours(lent.gpu_seconds)} GPU-hours instead of {gpu_hours(had.gpu_seconds)}"
            yield use.envelope.owner, f"envelope {key} lends {hours}"


@dataclass(frozen=True, slots=True)
class _Loan:
    """GPUs lent, now or later, and GPU-seconds from the plan's instant on."""

    gpus: int = 0
    gpu_seconds: int = 0


def _lent(side: Side) -> Mapping[EnvelopeKey, _Loan]:
    """What each envelope lends in a plan."""
    found: dict[EnvelopeKey, _Loan] = {}
    for run in side.plan.runs:
        if not isinstance(run.decision, Start | Running | Reserve):
            continue
        interval = run.decision.placement.interval
        seconds = interval.end - max(interval.start, side.plan.as_of)
        for share in side.standing.payers[run.run]:
            if share.payer is not None and share.funding is FundingClass.BORROWED:
                had = found.get(share.payer.envelope, _Loan())
                found[share.payer.envelope] = _Loan(had.gpus + share.gpus, had.gpu_seconds + share.gpus * seconds)
    return found


def _entries(old: Mapping[Owner, OwnerEntry], new: Mapping[Owner, OwnerEntry]) -> Iterator[Claim]:
    """A new owner is for whoever keeps the registry."""
    for name in sorted({*old, *new}):
        if old.get(name) == new.get(name):
            continue
        if name not in old:
            yield FLEET, f"owner {name} is registered"
        else:
            word = "is registered no longer" if name not in new else "is registered otherwise"
            yield name, f"owner {name} {word}"
            yield FLEET, f"owner {name} {word}"


def _settings(before: Side, after: Side) -> Iterator[Claim]:
    """What concerns everybody: settings of the plan, machines, house rules."""
    old, new = before.catalog, after.catalog
    for word in (one.name for one in fields(Fleet) if one.name != "owners"):
        if getattr(old.fleet, word) != getattr(new.fleet, word):
            yield FLEET, f"{word.replace('_', ' ')} of the Fleet"
    if old.nodes != new.nodes:
        yield FLEET, "machines"
    if old.policies != new.policies:
        yield FLEET, "house rules"


def _approvers(owner: Owner, registry: Mapping[Owner, OwnerEntry]) -> tuple[str, ...]:
    if owner != FLEET:
        return registry[owner].approvers if owner in registry else ()
    keepers = (entry for entry in registry.values() if any(glob_matches(path, FLEET_FILE) for path in entry.paths))
    return tuple(dict.fromkeys(name for entry in keepers for name in entry.approvers))
