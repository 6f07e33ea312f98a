"""What a cut takes: the leases that its unit names (semantics.md 8)."""

import re
from dataclasses import dataclass

from jobtree.verify.budgets import spell
from jobtree.verify.contention import DROP, LOTTERY, NARROW, RECLAIM, Cut
from jobtree.verify.facts import Facts
from jobtree.verify.lease import DROP_SPARE, RANDOM_PREEMPT, RECLAIM_UNFUNDED, SHRINK, SPARE, Closed, Lease, Mark
from jobtree.verify.runs import Key

REASON_OF = {RECLAIM: RECLAIM_UNFUNDED, DROP: DROP_SPARE, NARROW: SHRINK, LOTTERY: RANDOM_PREEMPT}
CUT_REASONS = tuple(REASON_OF.values())
_UNIT = re.compile(r"([^#]+)(?:#(\d{1,9})(?:/s(\d{1,9}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Runs; of one run a group, of which maybe a spare."""

    runs: tuple[Key, ...]
    group: int | None
    spare: int | None

    @property
    def whole(self) -> bool:
        """Whether runs are cut whole."""
        return self.group is None

    @property
    def depth(self) -> int:
        """More for a narrower scope."""
        return (self.group is not None) + (self.spare is not None)

    def before(self, other: "Scope") -> bool:
        """Whether it must be cut before the other, of the same run: a part before the whole, high groups before low."""
        if self.group is None or other.group is None:
            return self.group is not None
        if self.group == other.group:
            return self.spare is not None and other.spare is None
        return self.spare is None and other.spare is None and self.group > other.group

    def covers(self, mark: Mark) -> bool:
        """Whether the pod is part of it."""
        run, group, role, rank = mark[:4]
        return (
            run in self.runs
            and (self.group is None or group == self.group)
            and (self.spare is None or (role == SPARE and rank == self.spare))
        )


def scope_of(cut: Cut) -> Scope | None:
    """What the unit of a cut names; None if it names nothing of the cut's runs."""
    found = _UNIT.fullmatch(cut.unit)
    if found is None or found[1] != "+".join(map(spell, cut.runs)):
        return None
    group, spare = (None if digits is None else int(digits) for digits in (found[2], found[3]))
    if (group is not None and len(cut.runs) != 1) or (spare is None) == (cut.kind == DROP):
        return None
    return Scope(runs=cut.runs, group=group, spare=spare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """A cut with its scope, and the leases that this plan closed for it."""

    cut: Cut
    scope: Scope
    closed: tuple[Closed, ...]


def takings(facts: Facts) -> tuple[Taking, ...]:
    """All cuts that can be read, each with the closed leases of which it is the narrowest cut."""
    scopes = [(cut, scope) for cut in facts.plan.cuts if (scope := scope_of(cut)) is not None]
    by_run: dict[Key, list[int]] = {}
    for number, (_, scope) in enumerate(scopes):
        for run in dict.fromkeys(scope.runs):
            by_run.setdefault(run, []).append(number)
    taken: dict[int, list[Closed]] = {}
    for one in facts.closed:
        covering = [number for number in by_run.get(one.lease.run, ()) if scopes[number][1].covers(one.lease.mark)]
        if covering and one.time == facts.plan.as_of and one.reason in CUT_REASONS:
            narrowest = max(covering, key=lambda number: scopes[number][1].depth)
            taken.setdefault(narrowest, []).append(one)
    return tuple(
        Taking(cut=cut, scope=scope, closed=tuple(taken.get(number, ()))) for number, (cut, scope) in enumerate(scopes)
    )


def seed_for(facts: Facts, cut: Cut) -> str | None:
    """Seed of the lottery that a cut was drawn in; None where nothing is drawn."""
    seeds = {(lottery.claim, lottery.kind): lottery.seed for lottery in facts.plan.lotteries}
    return seeds.get((cut.claim, cut.kind))


def was_open(lease: Lease, instant: int) -> bool:
    """Whether the lease held its slots just then."""
    return lease.interval[0] <= instant < lease.interval[1]
