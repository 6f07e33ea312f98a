"""Checks on the claims that others were cut for: due, in order, and no more than was needed (semantics.md 8)."""

from collections.abc import Iterator

from jobtree.verify.budgets import selects, spell
from jobtree.verify.contention import CUT_ORDER, LOTTERIES, LOTTERY, RECLAIM, Lottery
from jobtree.verify.counting import Tally
from jobtree.verify.facts import Facts
from jobtree.verify.fleet import Domain, Node
from jobtree.verify.plan import START, Entry
from jobtree.verify.runs import Key
from jobtree.verify.scope import Taking, takings
from jobtree.verify.units import show
from jobtree.verify.violation import Violation

Frees = tuple[tuple[str, int], ...]


def cut_order(facts: Facts) -> Iterator[Violation]:
    """Every cut serves a funded claim that starts now and was promised it; earlier kinds first; none in vain."""
    by_claim: dict[Key, list[Taking]] = {}
    for taking in takings(facts):
        by_claim.setdefault(taking.cut.claim, []).append(taking)
    for claim, taken in by_claim.items():
        entry = facts.entries.get(claim)
        if entry is None or entry.decision != START or not all(pod.payer for _, pod in entry.pods):
            yield Violation("cut-order", f"runs are cut for {spell(claim)}, which does not start funded in this plan")
            continue
        yield from _promise_faults(facts, entry)
        kinds = [CUT_ORDER.index(taking.cut.kind) for taking in taken]
        if kinds != sorted(kinds):
            found = ", ".join(taking.cut.kind for taking in taken)
            yield Violation("cut-order", f"cuts for {spell(claim)} are out of order: {found}")
        yield from _stage_faults(facts, claim, taken)
        yield from _vain(facts, entry, taken)


def _promise_faults(facts: Facts, entry: Entry) -> Iterator[Violation]:
    """Where the earlier tree is known: the claim had a reservation, and its time has come."""
    if not facts.past.known:
        return
    earlier = facts.past.promises.get(entry.run)
    if earlier is None:
        yield Violation("cut-order", f"runs are cut for {entry.name}, which had no reservation")
    elif earlier.start > facts.plan.as_of:
        yield Violation("cut-order", f"runs are cut for {entry.name}, which is due at {show(earlier.start)} only")


def _stage_faults(facts: Facts, claim: Key, taken: list[Taking]) -> Iterator[Violation]:
    """A lottery is drawn out before anything of a later kind is cut, and its needs are counted on from there."""
    held = {lottery.kind: lottery for lottery in facts.plan.lotteries if lottery.claim == claim}
    first = held.get(RECLAIM)
    later = [taking for taking in taken if taking.cut.kind != RECLAIM]
    if first is not None and (later or LOTTERY in held):
        left = [unit.name for unit in first.units if unit.kind == first.kind and unit.name not in first.draws]
        if left:
            told = f"{', '.join(left)} could have been cut first for {spell(claim)}"
            yield Violation("cut-order", f"{told}, before anything that is funded")
    if first is not None and LOTTERY in held:
        before = Tally(first.needs).cut_all(unit.frees for unit in first.units if unit.name in first.draws)
        after = Tally(held[LOTTERY].needs)
        if not before.within(after):
            yield Violation("cut-order", f"{held[LOTTERY]} forgets what was cut before it")


def _vain(facts: Facts, entry: Entry, taken: list[Taking]) -> Iterator[Violation]:
    """Cuts that free nothing for the claim, or that it could do without."""
    nodes = set(_nodes_of(facts, entry))
    awaited = _awaited(facts, taken)
    for taking in taken:
        if taking.cut.unit not in awaited and not any(one.lease.node in nodes for one in taking.closed):
            yield Violation("cut-order", f"{taking.cut} frees nothing: none of its nodes is one that the claim uses")
    held = [lottery for lottery in facts.plan.lotteries if lottery.claim == entry.run]
    if held:
        yield from _unneeded_by_record(held, taken, awaited)
    if not any(lottery.kind == RECLAIM for lottery in held):
        for taking in taken:
            free = taking.cut.kind not in LOTTERIES and taking.cut.unit not in awaited
            if free and not _is_needed(facts, entry, taking):
                yield Violation("cut-order", f"{taking.cut} was not needed: its GPUs are free still")


def _nodes_of(facts: Facts, entry: Entry) -> Iterator[str]:
    """Nodes of a claim: those that it uses; with spares all of its domains, as its needs leave room for them there."""
    yield from (pod.node for _, pod in entry.pods)
    if any(group.spares for group in entry.groups):
        domains = {group.domain for group in entry.groups}
        yield from (node.name for node in facts.inputs.nodes.values() if node.domain in domains)


def _awaited(facts: Facts, taken: list[Taking]) -> frozenset[str]:
    """Units that had to be cut before another that is cut: named by it, a part of it, or a higher group of its run."""
    cut = {taking.cut.unit for taking in taken}
    units = [unit for lottery in facts.plan.lotteries for unit in lottery.units if unit.name in cut]
    found = {name for unit in units if unit.name in cut for name in unit.after}
    by_run: dict[Key, list[Taking]] = {}
    for taking in taken:
        for run in taking.scope.runs:
            by_run.setdefault(run, []).append(taking)
    for several in by_run.values():
        found |= {one.cut.unit for one in several for other in several if one.scope.before(other.scope)}
    return frozenset(found)


def _unneeded_by_record(held: list[Lottery], taken: list[Taking], awaited: frozenset[str]) -> Iterator[Violation]:
    """Counts from the needs of the first lottery: all cuts together meet them, and not without any single one."""
    first = min(held, key=lambda lottery: CUT_ORDER.index(lottery.kind))
    units = {unit.name: unit for lottery in held for unit in lottery.units}
    frees: dict[str, Frees] = {}
    for taking in taken:
        unit, kind = units.get(taking.cut.unit), taking.cut.kind
        if CUT_ORDER.index(kind) >= CUT_ORDER.index(first.kind):
            frees[taking.cut.unit] = unit.frees if unit and kind in LOTTERIES else _frees(taking)
    tally = Tally(first.needs).cut_all(frees.values())
    if not tally.met:
        yield Violation("cut-order", f"all cuts for {spell(first.claim)} together do not meet its needs")
        return
    for name, freed in frees.items():
        if name in awaited:
            continue
        tally.put_back(freed)
        if tally.met:
            yield Violation("cut-order", f"the cut of {name} for {spell(first.claim)} was not needed")
        tally.cut(freed)


def _frees(taking: Taking) -> Frees:
    """GPUs by node of what was open."""
    gpus: dict[str, dict[int, None]] = {}
    for one in taking.closed:
        gpus.setdefault(one.lease.node, {}).update(dict.fromkeys(one.lease.slots))
    return tuple((node, len(slots)) for node, slots in gpus.items())


def _is_needed(facts: Facts, entry: Entry, taking: Taking) -> bool:
    """Whether the claim could not stand if the cut were put back: a slot of it is the claim's, or too few pods fit.

    A claim with spares asks for one pod less than its largest node holds on top, so that they find nodes apart
    (docs/lottery.md, Needs).
    """
    back = {(one.lease.node, slot) for one in taking.closed for slot in one.lease.slots}
    if any((pod.node, slot) in back for _, pod in entry.pods for slot in pod.slots):
        return True
    wanted: dict[Domain, int] = {}
    for group in entry.groups:
        wanted[group.domain] = wanted.get(group.domain, 0) + len(group.pods)
    busy = _busy(facts, entry) | back
    supply, largest = dict.fromkeys(wanted, 0), dict.fromkeys(wanted, 1)
    for node, per_pod in _serving(facts, entry):
        if node.domain in supply:
            supply[node.domain] += sum((node.name, slot) not in busy for slot in range(node.gpus)) // per_pod
            largest[node.domain] = max(largest[node.domain], node.gpus // per_pod)
    apart = any(group.spares for group in entry.groups)
    return any(supply[domain] < pods + (largest[domain] - 1 if apart else 0) for domain, pods in wanted.items())


def _busy(facts: Facts, claim: Entry) -> set[tuple[str, int]]:
    """Slots that others hold at some instant of the claim's time."""
    assert claim.interval is not None
    return {
        (pod.node, slot)
        for entry in facts.entries.values()
        if entry is not claim and entry.interval is not None
        for _, pod in entry.pods
        if pod.start < claim.interval[1] and claim.interval[0] < entry.interval[1]
        for slot in pod.slots
    }


def _serving(facts: Facts, entry: Entry) -> Iterator[tuple[Node, int]]:
    """Nodes that the claim may use, by flavor, its selector and that of a payer; with the size of its pods."""
    run = facts.inputs.runs.get(entry.run)
    keys = dict.fromkeys(pod.payer for _, pod in entry.pods if pod.payer)
    payers = [facts.inputs.envelopes[key] for key in keys if key in facts.inputs.envelopes]
    for node in facts.inputs.nodes.values() if run else ():
        fits = run is not None and node.usable and node.flavor == run.flavor and selects(run.selector, node.labels)
        if run is not None and fits and any(payer.selects(node.labels) for payer in payers):
            yield node, max(1, facts.per_pod(run))
