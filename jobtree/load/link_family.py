"""Budgets among each other: parents, caps (semantics.md 3).

Family is the union of ``parents`` over an owner's budgets; it has no cycles. A subtree cap is resolved here to the
envelopes of its flavor that this owner and its descendants have. Codes: JT226, JT309, JT310, JT313, JT314.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jobtree.base.diagnostic import Diagnostic, error, warning
from jobtree.base.identity import EnvelopeKey, Owner
from jobtree.load.graph import find_cycles
from jobtree.load.link_registry import Registry
from jobtree.load.placed import Placed
from jobtree.load.shape import suggestion
from jobtree.model.budget import AggregateCap, Budget, Envelope

Budgets = Sequence[Placed[Budget]]


def link_parents(budgets: Budgets, registry: Registry) -> list[Diagnostic]:
    """Parents exist (they are registered or have a budget), and the family has no cycle."""
    findings = []
    known = {*registry.entries, *(budget.value.owner for budget in budgets)}
    for budget in budgets:
        for index, parent in enumerate(budget.value.parents):
            if parent not in known:
                hint = suggestion(parent, tuple(sorted(known))) or "register it as an owner"
                where = budget.at("parents", index)
                findings.append(error("JT309", f"parent {parent} is nobody", where, help=hint))
    findings.extend(_cycle_of(cycle, budgets) for cycle in find_cycles(parents_of(budgets)))
    return findings


def parents_of(budgets: Budgets) -> dict[Owner, tuple[Owner, ...]]:
    """Owner to parents, the union over its budgets, sorted."""
    found: dict[Owner, set[Owner]] = {}
    for budget in budgets:
        found.setdefault(budget.value.owner, set()).update(budget.value.parents)
    return {owner: tuple(sorted(parents)) for owner, parents in sorted(found.items())}


def _cycle_of(cycle: tuple[Owner, ...], budgets: Budgets) -> Diagnostic:
    path = " -> ".join((*cycle, cycle[0]))
    parent = cycle[1 % len(cycle)]
    budget = next(b for b in budgets if b.value.owner == cycle[0] and parent in b.value.parents)
    where = budget.at("parents", budget.value.parents.index(parent))
    return error("JT310", f"an owner is its own ancestor: {path}", where, help="remove one of these parents")


def link_caps(budgets: Budgets) -> tuple[tuple[Budget, ...], list[Diagnostic]]:
    """Budgets sorted by key, with every cap resolved to sorted envelopes that exist and are of its flavor."""
    envelopes = {envelope.key: envelope for budget in budgets for envelope in budget.value.envelopes}
    children = _children(parents_of(budgets))
    findings: list[Diagnostic] = []
    resolved = []
    for budget in budgets:
        caps = []
        for index, cap in enumerate(budget.value.caps):
            if cap.subtree:
                cap = replace(cap, envelopes=_subtree(budget.value.owner, cap, envelopes, children))
                if not cap.envelopes:
                    where = budget.at("aggregateCaps", index, "name")
                    findings.append(warning("JT226", f"cap {cap.name}: no envelope of {cap.flavor} below", where))
            else:
                findings.extend(_check_members(budget, index, cap, envelopes))
            caps.append(replace(cap, envelopes=tuple(sorted(cap.envelopes))))
        resolved.append(_canonical(budget.value, tuple(caps)))
    return tuple(sorted(resolved, key=lambda budget: budget.key)), findings


def _canonical(budget: Budget, caps: tuple[AggregateCap, ...]) -> Budget:
    return replace(
        budget,
        parents=tuple(sorted(budget.parents)),
        envelopes=tuple(sorted(budget.envelopes, key=lambda envelope: envelope.key)),
        caps=tuple(sorted(caps, key=lambda cap: cap.name)),
    )


def _children(parents: Mapping[Owner, tuple[Owner, ...]]) -> dict[Owner, list[Owner]]:
    children: dict[Owner, list[Owner]] = {}
    for owner in sorted(parents):
        for parent in parents[owner]:
            children.setdefault(parent, []).append(owner)
    return children


def _subtree(
    root: Owner,
    cap: AggregateCap,
    envelopes: Mapping[EnvelopeKey, Envelope],
    children: Mapping[Owner, Sequence[Owner]],
) -> tuple[EnvelopeKey, ...]:
    family, pending = {root}, [root]
    while pending:
        for child in children.get(pending.pop(), ()):
            if child not in family:
                family.add(child)
                pending.append(child)
    return tuple(key for key, e in sorted(envelopes.items()) if e.owner in family and e.flavor == cap.flavor)


def _check_members(
    budget: Placed[Budget], index: int, cap: AggregateCap, envelopes: Mapping[EnvelopeKey, Envelope]
) -> list[Diagnostic]:
    findings = []
    for position, key in enumerate(cap.envelopes):
        where = budget.at("aggregateCaps", index, "envelopes", position)
        if key not in envelopes:
            hint = suggestion(str(key), tuple(str(known) for known in envelopes))
            findings.append(error("JT313", f"no envelope {key}", where, help=hint))
        elif envelopes[key].flavor != cap.flavor:
            notes = (f"the cap is of {cap.flavor}, the envelope of {envelopes[key].flavor}",)
            findings.append(error("JT314", f"envelope {key} is of another flavor", where, notes=notes))
    return findings
