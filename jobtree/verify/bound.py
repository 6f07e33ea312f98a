"""Check on the bound of the wait level: made anew from the inputs and the published prices (docs/certificate.md).

Whatever the prices are: a run that waits until S waits weight x S and uses GPU-seconds that cost at least so much, or
it waits the whole horizon; and together runs use no more than there is. So no plan waits less than what all runs
cost at the least, without what everything is worth.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jobtree.verify.budgets import spell
from jobtree.verify.claims import OWNED, SHARED
from jobtree.verify.facts import Facts
from jobtree.verify.kinds import Kinds
from jobtree.verify.lease import OPPORTUNISTIC
from jobtree.verify.leftover import Leftover
from jobtree.verify.market import Market, named
from jobtree.verify.offers import Desk
from jobtree.verify.plan import CONTENDED, REFUSE, RESERVE, RUNNING, START, Entry
from jobtree.verify.release import Releases, narrowest
from jobtree.verify.runs import Key, Run
from jobtree.verify.tariff import Curve
from jobtree.verify.violation import Violation


def wait_bound(facts: Facts) -> Iterator[Violation]:
    """The bound is no more than what the certificate proves. Costs O(runs x steps) for each run's kinds of payers."""
    faults = [Violation("wait-bound", told) for told in _faults(facts)]
    yield from faults
    stated = next((level.bound for level in facts.plan.levels if level.name == "wait"), None)
    if stated is None or faults:
        return
    proven = proven_bound(facts)
    if stated > proven:
        yield Violation("wait-bound", f"the bound of the wait level is {stated}, but its certificate proves {proven}")


def proven_bound(facts: Facts) -> int:
    """What the certificate proves: waits that are given, bounds that were searched, and what the prices prove.

    Nobody waits less than nothing, whatever prices say of a fleet in which runs were started in what was left over.
    """
    certificate = facts.plan.certificate
    given = frozenset(certificate.given) | frozenset(_seated(facts))
    searched = {key for one in certificate.searched for key in one.runs}
    open_runs = [run for _, run in _decided(facts) if run.key not in given]
    fixed = sum(_weight(facts, run) * (entry.wait or 0) for entry, run in _decided(facts) if run.key in given)
    kinds = Kinds(facts.inputs)
    desk, leftover = Desk(facts, kinds), Leftover(facts, given)
    releases = Releases(facts, open_runs, desk, kinds, leftover)
    market = Market(facts, desk, kinds)
    asked = (_least(facts, market, releases, run) for run in open_runs if run.key not in searched)
    return fixed + max(0, sum(one.bound for one in certificate.searched) + sum(asked) - market.worth(leftover))


def _decided(facts: Facts) -> Iterator[tuple[Entry, Run]]:
    """Runs whose wait counts."""
    for entry in facts.entries.values():
        run = facts.inputs.runs.get(entry.run)
        if run is not None and entry.decision in (START, RESERVE, REFUSE):
            yield entry, run


def _seated(facts: Facts) -> Iterator[Key]:
    """Starts that use nothing of what is left: with leases of an earlier plan, or as guests on spares."""
    for entry, run in _decided(facts):
        if entry.run in facts.arrivals.settled or any(pod.role == OPPORTUNISTIC for _, pod in entry.pods):
            yield run.key


def _weight(facts: Facts, run: Run) -> int:
    return run.total * facts.seconds(run)


def _least(facts: Facts, market: Market, releases: Releases, run: Run) -> int:
    """The least of waiting and paying over all starts, and over waiting the whole horizon."""
    weight, horizon, first = _weight(facts, run), facts.inputs.fleet.horizon, releases.first[run.key]
    if first is None:
        return weight * horizon
    per_pod = facts.per_pod(run)
    gpus, seconds = narrowest(run, per_pod) * per_pod, facts.seconds(run)
    asked = _Asked(first=first, last=min(horizon - 1, _latest(facts, market, run)), seconds=seconds)
    best = weight * horizon
    for price, closed in market.tariffs(run):
        best = min(
            [
                best,
                *(
                    weight * start + gpus * price.between(start, start + seconds)
                    for start in asked.starts(price, closed)
                ),
            ]
        )
    return best


def _latest(facts: Facts, market: Market, run: Run) -> int:
    """The last start by which it is over before its deadline, and before its last payer's window closes."""
    ends = [] if run.deadline is None else [run.deadline - facts.plan.as_of]
    if not run.opportunistic:
        ends.append(market.closes(run))
    return min(ends, default=1 << 61) - facts.seconds(run)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A run that may start from ``first`` to ``last`` and then runs for so many seconds."""

    first: int
    last: int
    seconds: int

    def starts(self, price: Curve, closed: Curve) -> Iterator[int]:
        """Starts at which a cost can be least: the first and the last one, and where it starts or ends at a step."""
        if self.first > self.last:
            return
        turns = {self.first, self.last}
        turns.update(time for time in price.times if self.first < time < self.last)
        turns.update(start for start in (time - self.seconds for time in price.times) if self.first < start < self.last)
        if any(closed.values):
            turns = {start for start in turns if not closed.between(start, start + self.seconds)}
        yield from turns


def _faults(facts: Facts) -> Iterator[str]:
    """What the certificate may not say."""
    certificate, free = facts.plan.certificate, {run.key: entry for entry, run in _decided(facts)}
    for key in certificate.given:
        if key not in free or not _may_be_given(facts, free[key]):
            yield f"the place of {spell(key)} is given, but contention did not place it"
    keys = [key for one in certificate.searched for key in one.runs]
    if len(set(keys)) < len(keys) or not free.keys() - set(certificate.given) >= set(keys):
        yield "runs are searched that occur twice, or are not to be planned"
    for one in certificate.searched:
        waited = sum(_waited(facts, free[key]) for key in one.runs if key in free)
        if one.bound > waited:
            yield f"{spell(one.runs[0])} and what it shares with wait {waited}, less than their bound {one.bound}"
    nodes = [name for row in certificate.nodes for name in row.nodes]
    if len(set(nodes)) < len(nodes) or not facts.inputs.nodes.keys() >= set(nodes):
        yield "nodes are priced that occur twice, or are none of the fleet"
    accounts = [row.account for row in certificate.accounts]
    if len(set(accounts)) < len(accounts):
        yield "an account is priced twice"
    known = {named(key): account.limits for key, account in facts.accounts.of.items()}
    for row in certificate.accounts:
        limits = known.get(row.account)
        if limits is None:
            yield f"{row.account} is priced, but is no account"
        elif (row.steps and limits.gpus is None) or (row.charged and limits.gpu_seconds is None):
            yield f"{row.account} is priced, but has no limit"


def _may_be_given(facts: Facts, entry: Entry) -> bool:
    """Contended reservations, and starts that were promised, or for which cuts, family or unfunded work make room."""
    if entry.decision == RESERVE:
        return bool(entry.forecast["confidence"].value == CONTENDED)
    promised = not facts.past.known or entry.run in facts.past.promises
    served = promised or any(cut.claim == entry.run for cut in facts.plan.cuts)
    return entry.decision == START and (served or _recalls(facts, entry) or _displaces(facts, entry))


def _recalls(facts: Facts, entry: Entry) -> bool:
    """Whether its own owner pays for all of it, out of accounts that pay for family that is running."""
    own = facts.claims[entry.run]
    accounts = {charge.account for claim in own for charge in claim.charges}
    running = (other for other in facts.entries.values() if other.decision == RUNNING)
    return all(claim.relation == OWNED for claim in own) and any(
        claim.relation == SHARED and any(charge.account in accounts for charge in claim.charges)
        for other in running
        for claim in facts.claims[other.run]
    )


def _displaces(facts: Facts, entry: Entry) -> bool:
    """Whether somebody pays for all of it, and work that nobody need pay for does not begin, or begins unpaid."""
    paid = _is_paid(facts, entry)
    return paid and any(
        run.opportunistic and not (other.decision == START and _is_paid(facts, other)) for other, run in _decided(facts)
    )


def _is_paid(facts: Facts, entry: Entry) -> bool:
    return all(claim.payer is not None for claim in facts.claims[entry.run])


def _waited(facts: Facts, entry: Entry) -> int:
    run = facts.inputs.runs[entry.run]
    return _weight(facts, run) * (facts.inputs.fleet.horizon if entry.wait is None else entry.wait)
