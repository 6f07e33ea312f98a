"""Check on the lock: it holds the decisions of plan.json, so that a locked compile renders the same."""

from collections.abc import Iterator
from typing import Any

from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.field import Field
from jobtree.verify.plan import Entry, read_domain
from jobtree.verify.violation import FormatError, Violation

Summary = tuple[Any, ...]


def lock_matches_plan(facts: Facts) -> Iterator[Violation]:
    """Every decision of the lock is that of plan.json, and the other way round, with instants, slots and payers."""
    try:
        plan = facts.lock.plan
        locked = dict(map(_locked, plan["runs"]))
        instant = plan["as_of"].integer()
    except FormatError as error:
        yield Violation("manifest-matches-plan", f"plan.lock.json holds no plan: {error}")
        return
    if instant != facts.plan.as_of:
        yield Violation("manifest-matches-plan", "plan.lock.json is of another instant than plan.json")
    stated = {entry.run: _stated(entry) for entry in facts.entries.values()}
    for key in sorted({*locked, *stated}):
        if locked.get(key) != stated.get(key):
            told = f"plan.lock.json and plan.json disagree about {spell(key)}"
            yield Violation("manifest-matches-plan", told)


def _stated(entry: Entry) -> Summary:
    if entry.interval is None:
        return (entry.decision, entry.owner)
    interval = entry.interval
    groups = tuple(
        (
            group.index,
            group.domain,
            tuple((pod.rank, pod.role, pod.node, pod.slots, pod.terms(interval)) for pod in group.pods),
        )
        for group in entry.groups
    )
    return (entry.decision, entry.owner, interval, entry.width, groups)


def _locked(run: Field) -> tuple[tuple[str, str], Summary]:
    key = (run["run"]["namespace"].text(), run["run"]["name"].text())
    decision, owner = run["decision"], run["owner"].text()
    kind = decision["is"].text().lower()
    if kind == "refuse":
        return key, (kind, owner)
    placement = decision["placement"]
    groups = tuple(
        (group["index"].integer(), read_domain(group["domain"]), tuple(map(_pod, group["pods"])))
        for group in placement["groups"]
    )
    return key, (kind, owner, _interval(placement["interval"]), placement["width"].integer(), groups)


def _pod(pod: Field) -> Summary:
    terms = tuple((_interval(term["interval"]), _payer(term["payer"])) for term in pod["terms"])
    slots = tuple(slot.integer() for slot in pod["slots"])
    return (pod["rank"].integer(), pod["role"].text(), pod["node"].text(), slots, terms)


def _payer(payer: Field) -> tuple[str, str, str] | None:
    if not payer:
        return None
    key = payer["envelope"]
    return (key["namespace"].text(), key["budget"].text(), key["envelope"].text())


def _interval(interval: Field) -> tuple[int, int]:
    return (interval["start"].integer(), interval["end"].integer())
