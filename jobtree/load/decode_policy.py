"""Policy: wire to model (semantics.md 3).

A rule has either ``rule``, a type with parameters, or ``expression``. A type looks at one thing, and ``match`` must not
say that the rule looks at another. Codes: JT203, JT204, JT205, JT206, JT207, JT210, JT212, JT224, JT303.
"""

import json
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

from jobtree.base.diagnostic import Diagnostic, Severity, error
from jobtree.base.instant import parse_instant
from jobtree.base.quantity import parse_duration, parse_rate
from jobtree.load.decode_expression import decode_expression
from jobtree.load.document import Document
from jobtree.load.placed import Placed, twice
from jobtree.load.wire.fleet import PolicyDocument, PolicyRule
from jobtree.model.policy import (
    CheckpointRequired,
    Demand,
    MaxBorrowShare,
    MaxBudgetGrowth,
    MaxDelay,
    MaxDuration,
    MaxWait,
    MaxWindow,
    Policy,
    Rule,
    SparesRequired,
    Waiver,
)

Reader = Callable[[Any], Any]
Findings = list[Diagnostic]


class _UnfitError(Exception):
    """A parameter that does not fit: its code and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _UnfitError("JT205", "must be an integer")
    if value < 1:
        raise _UnfitError("JT206", "must be at least 1")
    return value


def _text(value: object, parse: Reader, code: str) -> Any:
    if not isinstance(value, str):
        raise _UnfitError("JT205", "must be text: put it in quotes")
    try:
        return parse(value)
    except ValueError as fault:
        raise _UnfitError(code, str(fault)) from None


def _seconds(value: object) -> int:
    return int(_text(value, parse_duration, "JT210"))


def _share(value: object) -> Any:
    return _text(value, parse_rate, "JT212")


MATCH: Mapping[str, Mapping[str, Any]] = {
    "Run": {"kinds": ["Run"]},
    "Budget": {"kinds": ["Budget"]},
    "plan": {"plan": True},
    "diff runs": {"diff": "runs"},
    "diff owners": {"diff": "owners"},
}
"""What a type looks at, and how ``match`` says so."""

TYPES: Mapping[str, tuple[str, Mapping[str, Reader], Callable[..., Demand]]] = {
    "checkpointRequired": ("Run", {"fromGPUs": _count}, lambda n: CheckpointRequired(from_gpus=n)),
    "maxBorrowShare": ("Run", {"share": _share}, lambda share: MaxBorrowShare(share=share)),
    "maxBudgetGrowth": ("diff owners", {"share": _share}, lambda share: MaxBudgetGrowth(share=share)),
    "maxDelay": ("diff runs", {"duration": _seconds}, lambda seconds: MaxDelay(seconds=seconds)),
    "maxDuration": ("Run", {"duration": _seconds}, lambda seconds: MaxDuration(seconds=seconds)),
    "maxWait": ("plan", {"duration": _seconds, "fromGPUs": _count}, lambda s, n: MaxWait(seconds=s, from_gpus=n)),
    "maxWindow": ("Budget", {"duration": _seconds}, lambda seconds: MaxWindow(seconds=seconds)),
    "sparesRequired": (
        "Run",
        {"fromGPUs": _count, "atLeast": _count},
        lambda n, least: SparesRequired(from_gpus=n, at_least=least),
    ),
}
"""Type to what it looks at, its parameters with their readers, and its value."""


def decode_policy(document: Document, wire: PolicyDocument) -> tuple[Policy, tuple[Diagnostic, ...]]:
    """The Policy with its typed rules, and what was found."""
    placed: Placed[PolicyDocument] = Placed(value=wire, document=document)
    named = [(rule.name, placed.at("rules", index, "name")) for index, rule in enumerate(wire.spec.rules)]
    findings: Findings = twice("rule", named)
    rules = [_rules(placed, index, rule, findings) for index, rule in enumerate(wire.spec.rules)]
    waivers = tuple(
        Waiver(
            rule=waiver.rule,
            object=waiver.object,
            until=parse_instant(waiver.until if "T" in waiver.until.upper() else f"{waiver.until}T00:00:00Z"),
            reason=waiver.reason,
            where=placed.at("waivers", index, "rule"),
        )
        for index, waiver in enumerate(wire.spec.waivers)
    )
    return Policy(name=wire.metadata.name, rules=tuple(chain(*rules)), waivers=waivers), tuple(findings)


def _rules(placed: Placed[PolicyDocument], index: int, wire: PolicyRule, findings: Findings) -> list[Rule]:
    where = placed.at("rules", index, "name")
    if (wire.rule is None) == (wire.expression is None):
        both = "neither rule nor expression" if wire.rule is None else "both rule and expression"
        findings.append(error("JT224", f"rule {wire.name} has {both}", where, help="give exactly one of the two"))
        return []
    if wire.rule is None:
        return decode_expression(placed, index, wire, findings)
    before = len(findings)
    for name, given in (("messageExpression", wire.message_expression), ("examples", wire.examples)):
        if given:
            message = f"{name} belongs to an expression, and rule {wire.name} has none"
            findings.append(error("JT224", message, placed.key("rules", index, name), help=f"remove {name}"))
    demand = _demand(placed, index, wire, findings)
    if demand is None or len(findings) > before:
        return []
    return [Rule(name=wire.name, demand=demand, severity=Severity(wire.severity), message=wire.message, where=where)]


def _demand(placed: Placed[PolicyDocument], index: int, wire: PolicyRule, findings: Findings) -> Demand | None:
    given = dict(wire.rule or {})
    type_, path = given.pop("type", None), ("rules", index, "rule")
    if not isinstance(type_, str) or type_ not in TYPES:
        hint = f"the types are {', '.join(sorted(TYPES))}"
        findings.append(error("JT207", f"rule {wire.name} has no known type", placed.at(*path, "type"), help=hint))
        return None
    scope, readers, make = TYPES[type_]
    said = wire.match.model_dump(exclude_defaults=True)
    if said not in ({}, MATCH[scope]):
        where, fit = placed.at("rules", index, "match"), json.dumps(MATCH[scope]).replace('"', "")
        findings.append(error("JT207", f"{type_} looks at something else", where, help=f"write match: {fit}"))
        return None
    before = len(findings)
    for name in sorted(given.keys() - readers.keys()):
        hint = f"known here: {', '.join(sorted(readers))}"
        findings.append(error("JT203", f"unknown parameter {name} of {type_}", placed.key(*path, name), help=hint))
    values = [_value(placed, (*path, name), given, findings) for name in readers]
    return make(*values) if len(findings) == before else None


def _value(
    placed: Placed[PolicyDocument], path: tuple[str | int, ...], given: Mapping[str, Any], findings: Findings
) -> Any:
    name, type_ = str(path[-1]), placed.value.spec.rules[int(path[1])].rule or {}
    if name not in given:
        where = placed.at(*path[:-1])
        findings.append(error("JT204", f"missing parameter {name} of {type_['type']}", where, help=f"add {name}"))
        return None
    try:
        return TYPES[type_["type"]][1][name](given[name])
    except _UnfitError as unfit:
        findings.append(error(unfit.code, f"{name}: {unfit.sentence}", placed.at(*path)))
        return None
