"""Check on the lock: it holds the decisions of plan.json, so that a locked compile renders the same."""

from collections.abc import Iterator
from typing import Any

from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.field import Field
from jobtree.verify.plan import FINISHED, Entry
from jobtree.verify.planfile import read_domain
from jobtree.verify.runs import Key
from jobtree.verify.violation import FormatError, Violation

Summary = tuple[Any, ...]


def lock_matches_plan(facts: Facts) -> Iterator[Violation]:
    """Every decision of the lock is that of plan.json, and the other way round, with instants, slots and payers."""
    try:
        plan = facts.lock.plan
        locked = dict(map(_locked, plan["runs"]))
        instant = plan["as_of"].whole()
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
    if facts.lock.key.get("state") != facts.plan.observed.digest:
        yield Violation("manifest-matches-plan", "plan.lock.json is of another state file than plan.json")
    try:
        differing = sorted(_history_faults(facts, plan))
    except FormatError as error:
        differing = [f"its history: {error}"]
    for what in differing:
        yield Violation("manifest-matches-plan", f"plan.lock.json and plan.json disagree about {what}")


def _history_faults(facts: Facts, plan: Field) -> Iterator[str]:
    """What the lock tells otherwise of closures, cuts, draws and what was observed."""
    closures = tuple((one.mark, one.start, one.time, one.reason, one.seed or "") for one in facts.plan.closures)
    if closures != tuple(map(_closed, plan["closures"])):
        yield "closures"
    cuts = tuple((cut.unit, cut.kind, cut.gpus, cut.claim, cut.draw) for cut in facts.plan.cuts)
    if cuts != tuple(map(_cut, plan["cuts"])):
        yield "cuts"
    draws = tuple((one.claim, one.kind, one.seed, one.entropy, one.draws, one.returned) for one in facts.plan.lotteries)
    if draws != tuple(map(_draw, plan["draws"])):
        yield "draws"
    observed = plan["observed"]
    runs = {
        read_object_key(run["run"]): (run["phase"].text(), run["at"].whole() if run["at"] else None)
        for run in observed["runs"]
    }
    nodes = {
        node["node"].text(): (node["usable"].flag(default=True), node["lost"].flag(default=False))
        for node in observed["nodes"]
    }
    stated = facts.plan.observed
    if (observed["digest"].value, runs, nodes) != (stated.digest, stated.runs, stated.nodes):
        yield "what was observed"


def read_object_key(entry: Field) -> Key:
    """A key as the lock writes it."""
    return (entry["namespace"].text(), entry["name"].text())


def _closed(entry: Field) -> Summary:
    lease, closure = entry["lease"], entry["closure"]
    place = (lease["node"].text(), tuple(slot.integer() for slot in lease["slots"]))
    pod = (lease["group"].integer(), lease["role"].text(), lease["rank"].integer())
    mark = (read_object_key(lease["run"]), *pod, *place)
    seed = str(closure["seed"].value or "")
    return (mark, _interval(lease["interval"])[0], closure["time"].whole(), closure["reason"].text(), seed)


def _cut(entry: Field) -> Summary:
    drawn = entry["draw"].integer_or_none()
    return (entry["unit"].text(), entry["kind"].text(), entry["gpus"].integer(), read_object_key(entry["claim"]), drawn)


def _draw(entry: Field) -> Summary:
    texts = (entry["kind"].text(), entry["seed"].text(), entry["entropy"].text())
    return (read_object_key(entry["claim"]), *texts, entry["drawn"].texts(), entry["returned"].texts())


def _stated(entry: Entry) -> Summary:
    if entry.interval is None:
        return (entry.decision, entry.owner)
    interval = entry.interval
    if entry.decision == FINISHED:
        return (entry.decision, entry.owner, interval)
    groups = tuple(
        (
            group.index,
            group.domain,
            tuple((pod.rank, pod.role, pod.node, pod.slots, pod.reason, pod.terms(interval[1])) for pod in group.pods),
        )
        for group in entry.groups
    )
    return (entry.decision, entry.owner, interval, entry.width, groups)


def _locked(run: Field) -> tuple[Key, Summary]:
    key = read_object_key(run["run"])
    decision, owner = run["decision"], run["owner"].text()
    kind = decision["is"].text().lower()
    if kind == "refuse":
        return key, (kind, owner)
    if kind == FINISHED:
        return key, (kind, owner, _interval(decision["interval"]))
    placement = decision["placement"]
    groups = tuple(
        (group["index"].integer(), read_domain(group["domain"]), tuple(map(_pod, group["pods"])))
        for group in placement["groups"]
    )
    return key, (kind, owner, _interval(placement["interval"]), placement["width"].integer(), groups)


def _pod(pod: Field) -> Summary:
    terms = tuple((_interval(term["interval"]), _payer(term["payer"])) for term in pod["terms"])
    slots = tuple(slot.integer() for slot in pod["slots"])
    reason = next(iter(pod["terms"]), Field(None, pod.where))["reason"].text()
    return (pod["rank"].integer(), pod["role"].text(), pod["node"].text(), slots, reason, terms)


def _payer(payer: Field) -> tuple[str, str, str] | None:
    if not payer:
        return None
    key = payer["envelope"]
    return (key["namespace"].text(), key["budget"].text(), key["envelope"].text())


def _interval(interval: Field) -> tuple[int, int]:
    return (interval["start"].whole(), interval["end"].whole())
