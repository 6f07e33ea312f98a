"""Check on the proof: level values made anew from the decisions, bounds, gaps, status (semantics.md 7)."""

from collections.abc import Iterator
from fractions import Fraction

from jobtree.verify.claims import BORROWED, SHARED, Claim
from jobtree.verify.facts import Facts
from jobtree.verify.plan import REFUSE, START, Entry, Level
from jobtree.verify.reach import Reach
from jobtree.verify.units import show
from jobtree.verify.violation import Violation

REACHES = ("reach-sponsor", "reach-far-family", "reach-near-family")
_FOREIGN = "reach-foreign"
_HALF = Fraction(1, 2_000_000)


def wait_level(facts: Facts) -> Iterator[Violation]:
    """Waits and levels are what the decisions come to; no bound is above its value; the gap is their distance."""
    for entry in facts.entries.values():
        expected = entry.interval[0] - facts.plan.as_of if entry.planned and entry.interval else None
        if entry.wait != expected:
            yield Violation("wait-level", f"{entry.name} is stated to wait {entry.wait} s, expected {expected}")
    wanted = names_of(facts)
    names = [level.name for level in facts.plan.levels]
    if names != wanted:
        yield Violation("wait-level", f"levels are {', '.join(names)}, expected {', '.join(wanted)}")
    values = values_of(facts)
    for level in facts.plan.levels:
        if values.get(level.name, level.value) != level.value:
            yield Violation("wait-level", f"level {level.name} is {level.value}, expected {values[level.name]}")
        yield from _proof_faults(level)
    yield from _status_faults(facts)


def names_of(facts: Facts) -> list[str]:
    """Names of all levels, in order."""
    reaches = [_FOREIGN, *REACHES] if facts.inputs.fleet.foreign_first else [*REACHES, _FOREIGN]
    return ["promises", "cuts", "wait", "fairness", *reaches, "width", "topology", "change", "rank"]


def values_of(facts: Facts) -> dict[str, int]:
    """Values of the levels that follow from the plan alone: all but promises and change."""
    values = dict.fromkeys((*REACHES, _FOREIGN), 0) | {"rank": 0, "width": 0, "topology": 0}
    values["cuts"] = sum(cut.gpus for cut in facts.plan.cuts)
    waits: dict[str, list[int]] = {}
    reach = Reach(facts.inputs)
    for entry in facts.entries.values():
        run = facts.inputs.runs.get(entry.run)
        if run is None or not (entry.planned or entry.decision == REFUSE):
            continue
        weight = run.total * facts.seconds(run)
        line = waits.setdefault(run.owner, [0, 0])
        line[0] += weight * _wait(facts, entry)
        line[1] += weight
        if entry.interval is not None:
            values["width"] += run.total - (entry.width or 0)
            values["topology"] += len({group.domain for group in entry.groups})
            for claim in facts.claims[entry.run]:
                for name in _reaches(claim, reach, run.owner):
                    values[name] += claim.gpus * max(0, claim.interval[1] - claim.interval[0])
    values["wait"] = sum(waited for waited, _ in waits.values())
    values["fairness"] = max((-(-waited // weight) for waited, weight in waits.values() if weight), default=0)
    return values


def _wait(facts: Facts, entry: Entry) -> int:
    """Seconds until the start; the whole horizon when refused."""
    if entry.interval is None:
        return facts.inputs.fleet.horizon
    return 0 if entry.decision == START else entry.interval[0] - facts.plan.as_of


def _reaches(claim: Claim, reach: Reach, owner: str) -> Iterator[str]:
    if claim.payer is None or claim.relation not in (SHARED, BORROWED):
        return
    tier = 0 if claim.relation == BORROWED else 3 - claim.rank[0]
    yield REACHES[tier]
    if reach.is_foreign(owner, claim.payer):
        yield _FOREIGN


def _proof_faults(level: Level) -> Iterator[Violation]:
    if level.bound is None:
        if level.gap is not None:
            yield Violation("wait-level", f"level {level.name} claims a gap without a bound")
        return
    if level.bound > level.value:
        yield Violation("wait-level", f"bound {level.bound} of level {level.name} is above its value {level.value}")
    exact = Fraction(level.value - level.bound, level.value) if level.value else Fraction(0)
    if level.gap is None or abs(level.gap - exact) > _HALF:
        yield Violation("wait-level", f"gap of level {level.name} must be {float(exact):.6f}")


def _status_faults(facts: Facts) -> Iterator[Violation]:
    for level in facts.plan.levels:
        if level.name == "wait":
            wanted = "proven" if level.value == level.bound else "bounded"
            if level.bound is None or facts.plan.status != wanted:
                told = f"the plan of {show(facts.plan.as_of)} is {facts.plan.status}"
                yield Violation("wait-level", f"{told}, expected {wanted}: wait {level.value}, bound {level.bound}")
