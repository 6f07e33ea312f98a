"""Policy: wire to model (semantics.md 3). Only typed rules are enforced; one with an expression gets a warning.

A rule has either ``rule`` or ``expression``; a typed rule looks at one kind, which ``match.kinds`` must not leave out.
Codes: JT203, JT204, JT205, JT206, JT207, JT210, JT212, JT224, JT229, JT303.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jobtree.base.diagnostic import Diagnostic, Severity, error, warning
from jobtree.base.instant import parse_instant
from jobtree.base.quantity import parse_duration, parse_rate
from jobtree.load.document import Document
from jobtree.load.placed import Placed, twice
from jobtree.load.wire.fleet import PolicyDocument, PolicyRule
from jobtree.model.policy import (
    CheckpointRequired,
    Demand,
    MaxBorrowShare,
    MaxDuration,
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


TYPES: Mapping[str, tuple[str, Mapping[str, Reader], Callable[..., Demand]]] = {
    "checkpointRequired": ("Run", {"fromGPUs": _count}, lambda n: CheckpointRequired(from_gpus=n)),
    "maxBorrowShare": ("Run", {"share": _share}, lambda share: MaxBorrowShare(share=share)),
    "maxDuration": ("Run", {"duration": _seconds}, lambda seconds: MaxDuration(seconds=seconds)),
    "maxWindow": ("Budget", {"duration": _seconds}, lambda seconds: MaxWindow(seconds=seconds)),
    "sparesRequired": (
        "Run",
        {"fromGPUs": _count, "atLeast": _count},
        lambda n, least: SparesRequired(from_gpus=n, at_least=least),
    ),
}
"""Type to the kind it looks at, its parameters with their readers, and its value."""


def decode_policy(document: Document, wire: PolicyDocument) -> tuple[Policy, tuple[Diagnostic, ...]]:
    """The Policy with its typed rules, and what was found."""
    placed: Placed[PolicyDocument] = Placed(value=wire, document=document)
    named = [(rule.name, placed.at("rules", index, "name")) for index, rule in enumerate(wire.spec.rules)]
    findings: Findings = twice("rule", named)
    rules = [_rule(placed, index, rule, findings) for index, rule in enumerate(wire.spec.rules)]
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
    typed = tuple(rule for rule in rules if rule is not None)
    return Policy(name=wire.metadata.name, rules=typed, waivers=waivers), tuple(findings)


def _rule(placed: Placed[PolicyDocument], index: int, wire: PolicyRule, findings: Findings) -> Rule | None:
    where = placed.at("rules", index, "name")
    if (wire.rule is None) == (wire.expression is None):
        both = "neither rule nor expression" if wire.rule is None else "both rule and expression"
        findings.append(error("JT224", f"rule {wire.name} has {both}", where, help="give exactly one of the two"))
        return None
    if wire.rule is None:
        message = f"rule {wire.name} has an expression, which this version does not evaluate"
        hint = f"where one fits, use a typed rule: {', '.join(sorted(TYPES))}"
        findings.append(warning("JT229", message, placed.key("rules", index, "expression"), help=hint))
        return None
    demand = _demand(placed, index, wire, findings)
    if demand is None:
        return None
    severity = Severity(wire.severity)
    return Rule(name=wire.name, demand=demand, severity=severity, message=wire.message, where=where)


def _demand(placed: Placed[PolicyDocument], index: int, wire: PolicyRule, findings: Findings) -> Demand | None:
    given = dict(wire.rule or {})
    type_, path = given.pop("type", None), ("rules", index, "rule")
    if not isinstance(type_, str) or type_ not in TYPES:
        hint = f"the types are {', '.join(sorted(TYPES))}"
        findings.append(error("JT207", f"rule {wire.name} has no known type", placed.at(*path, "type"), help=hint))
        return None
    kind, readers, make = TYPES[type_]
    if wire.match.plan or (wire.match.kinds and kind not in wire.match.kinds):
        where = placed.at("rules", index, "match")
        findings.append(error("JT207", f"{type_} looks at a {kind}", where, help=f"write match: {{kinds: [{kind}]}}"))
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
