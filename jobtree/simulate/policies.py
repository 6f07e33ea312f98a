"""Scheduling policies by name: jobtree's own, and those that it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.base.progress import Progress
from jobtree.model.plan import Plan
from jobtree.resolve.decide import decide
from jobtree.resolve.ground import Ground
from jobtree.simulate.baselines.backfill import conservative, easy, fcfs
from jobtree.simulate.baselines.kueue import kueue_rules
from jobtree.simulate.moment import Policy

OWN = "jobtree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler:
    """A policy under its name.

    ``honours_budgets``: it obeys the rules of payment (semantics.md 4 and 5). Of one that does not, only physical rules
    can be checked: its leases name an envelope where there is one, without regard to hours, windows, caps and loans.
    """

    name: str
    policy: Policy
    honours_budgets: bool = True

    def __call__(self, ground: Ground, progress: Progress) -> Plan:
        """What the policy decides."""
        return self.policy(ground, progress)


POLICIES: Mapping[str, Scheduler] = {
    one.name: one
    for one in (
        Scheduler(name=OWN, policy=decide),
        Scheduler(name="conservative", policy=conservative),
        Scheduler(name="easy", policy=easy),
        Scheduler(name="fcfs", policy=fcfs),
        Scheduler(name="kueue-rules", policy=kueue_rules, honours_budgets=False),
    )
}
"""All of them, jobtree's first."""
