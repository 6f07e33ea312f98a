"""House rules on documents as ValidatingAdmissionPolicies: what passes no review is held to the same rules.

An API server sees one object, no clock and no Fleet, so a rule is exported where its answer follows from the object
alone. Waivers are those that count when it is made. Runs within a JobTree are no Runs to an API server.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtree.base.diagnostic import Severity
from jobtree.base.identity import API_GROUP
from jobtree.base.instant import Instant
from jobtree.base.quantity import format_duration
from jobtree.model.catalog import Catalog
from jobtree.model.policy import (
    DOCUMENTS,
    CheckpointRequired,
    Expression,
    MaxBorrowShare,
    MaxWindow,
    Policy,
    Rule,
    Scope,
    SparesRequired,
)

RESOURCES: Mapping[Scope, str] = {Scope.RUN: "runs", Scope.BUDGET: "budgets"}
ACTIONS: Mapping[Severity, tuple[str, ...]] = {Severity.ERROR: ("Deny",), Severity.WARNING: ("Warn", "Audit")}
_NAMESPACED = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Policies each followed by its binding; and the rules that stay behind, each with the reason."""

    documents: tuple[Document, ...]
    left_out: tuple[tuple[str, str], ...]


def admission(catalog: Catalog, *, as_of: Instant) -> Admission:
    """One policy for each Policy document, kind and severity, in that order."""
    waived: dict[str, list[str]] = {}
    for waiver in (one for policy in catalog.policies for one in policy.waivers):
        if as_of < waiver.until and _NAMESPACED.fullmatch(waiver.object):
            waived.setdefault(waiver.rule, []).append(waiver.object)
    documents: list[Document] = []
    left_out: list[tuple[str, str]] = []
    for policy in catalog.policies:
        for scope in DOCUMENTS:
            for severity in ACTIONS:
                rules = [one for one in policy.rules if (one.scope, one.severity) == (scope, severity)]
                told = [(rule, said(rule, catalog)) for rule in rules]
                left_out += [(rule.name, why.why) for rule, why in told if isinstance(why, LeftOut)]
                found = [_validation(rule, text, waived) for rule, text in told if isinstance(text, str)]
                documents += _pair(policy, scope, severity, found) if found else ()
        left_out += [
            (rule.name, f"it looks at {rule.scope.value}") for rule in policy.rules if rule.scope not in DOCUMENTS
        ]
    return Admission(documents=tuple(documents), left_out=tuple(left_out))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why an API server cannot hold anybody to a rule."""

    why: str


def said(rule: Rule, catalog: Catalog) -> str | LeftOut:
    """A rule on documents as CEL over ``object``, true of exactly what keeps it."""
    total, spec = "object.spec.resources.totalGPUs", "object.spec"
    match rule.demand:
        case Expression(text=text):
            return text
        case CheckpointRequired(from_gpus=least):
            if catalog.fleet.planning.default_checkpoint is not None:
                return LeftOut("the Fleet's default checkpoint keeps it")
            return f"{total} < {least} || (has({spec}.runtime) && has({spec}.runtime.checkpoint))"
        case SparesRequired(from_gpus=least, at_least=spares):
            return f"{total} < {least} || (has({spec}.spares) && {spec}.spares >= {spares})"
        case MaxBorrowShare(share=share):
            funding = f"{spec}.funding"
            borrows = (
                f"has({funding}) && has({funding}.allowBorrow) && {funding}.allowBorrow && "
                f"has({funding}.sponsors) && size({funding}.sponsors) > 0"
            )
            within = (
                f"(has({funding}.maxBorrowGPUs) && {funding}.maxBorrowGPUs != null && "
                f"{funding}.maxBorrowGPUs * {share.denominator} <= {total} * {share.numerator})"
            )
            return f"!({borrows}) || {total} * {share.denominator} <= {total} * {share.numerator} || {within}"
        case MaxWindow(seconds=seconds):
            length = f"timestamp(e.end) - timestamp(e.start) <= duration('{seconds}s')"
            return f"{spec}.envelopes.all(e, has(e.start) && has(e.end) && {length})"
        case _:
            return LeftOut("CEL cannot read a duration such as 14d")


def _sentence(rule: Rule) -> str:
    match rule.demand:
        case CheckpointRequired(from_gpus=least):
            ours = f"runs of {least} GPUs or more declare a checkpoint"
        case SparesRequired(from_gpus=least, at_least=spares):
            ours = f"runs of {least} GPUs or more have {spares} or more spares in each group"
        case MaxBorrowShare(share=share):
            ours = f"a run borrows at most {float(share):.0%} of its GPUs"
        case MaxWindow(seconds=seconds):
            ours = f"windows are closed on both sides and at most {format_duration(seconds)} long"
        case _:
            ours = "a house rule is broken"
    return " ".join(f"{rule.message or ours} (rule {rule.name})".split())


def _validation(rule: Rule, text: str, waived: Mapping[str, Sequence[str]]) -> Document:
    names = json.dumps(sorted(set(waived.get(rule.name, ()))))
    off = f"(object.metadata.namespace + '/' + object.metadata.name) in {names} || "
    found: dict[str, Any] = {
        "expression": f"{off}({text}\n)" if rule.name in waived else text,
        "message": _sentence(rule),
    }
    if isinstance(rule.demand, Expression) and rule.demand.message_text:
        found["messageExpression"] = rule.demand.message_text
    return found


def _pair(policy: Policy, scope: Scope, severity: Severity, validations: Sequence[Document]) -> Iterator[Document]:
    name = f"{policy.name}.{scope.lower()}.{severity}"
    head = {"apiVersion": "admissionregistration.k8s.io/v1"}
    rule = {
        "apiGroups": [API_GROUP],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": [RESOURCES[scope]],
    }
    yield {
        **head,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail" if severity is Severity.ERROR else "Ignore",
            "matchConstraints": {"resourceRules": [rule]},
            "validations": list(validations),
        },
    }
    yield {
        **head,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": list(ACTIONS[severity])},
    }
