"""Policies of a fleet: those of the bundles that it names, then its own documents.

Bundles are Policy files that ship with the program; like everything here they come as sources. Codes: JT412 and those
of ``decode_policy``.
"""

from collections.abc import Mapping, Sequence

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.load.decode_policy import decode_policy
from jobtree.load.document import Document
from jobtree.load.gather import Gathered
from jobtree.load.placed import Placed, twice
from jobtree.load.scan import scan
from jobtree.load.shape import read_shape
from jobtree.load.source import Source
from jobtree.load.wire.fleet import PolicyDocument
from jobtree.model.fleet import Fleet
from jobtree.model.policy import Policy

Bundles = Mapping[str, Source]
"""Name of a bundle to its file."""


def decode_policies(
    gathered: Gathered, fleet: Placed[Fleet] | None, bundles: Bundles
) -> tuple[tuple[Policy, ...], list[Diagnostic]]:
    """All policies that hold for the fleet: bundles in the order in which it names them, then its own by name."""
    policies: list[Policy] = []
    findings: list[Diagnostic] = []
    for index, name in enumerate(fleet.value.policy_bundles if fleet is not None else ()):
        if name in bundles:
            found, problems = read_bundle(bundles[name])
            policies += found
            findings += problems
        elif fleet is not None:
            hint = f"the bundles are {', '.join(sorted(bundles))}" if bundles else "this program ships none"
            where = fleet.at("policies", "bundles", index)
            findings.append(error("JT412", f"no such policy bundle: {name}", where, help=hint))
    named = [(wire.metadata.name, document.at("metadata", "name")) for document, wire in gathered.policies]
    own, wrong = _decode(gathered.policies)
    ordered = sorted(own, key=lambda policy: policy.name)
    return (*policies, *ordered), [*findings, *wrong, *twice("Policy", named)]


def read_bundle(source: Source) -> tuple[tuple[Policy, ...], tuple[Diagnostic, ...]]:
    """The Policy documents of one file, in its order, and what is wrong with it."""
    scanned = scan(source)
    findings = list(scanned.findings)
    shaped: list[tuple[Document, PolicyDocument]] = []
    for document in scanned.ours:
        wire, wrong = read_shape(document)
        findings += wrong
        if isinstance(wire, PolicyDocument):
            shaped.append((document, wire))
    policies, wrong_rules = _decode(shaped)
    return tuple(policies), (*findings, *wrong_rules)


def _decode(shaped: Sequence[tuple[Document, PolicyDocument]]) -> tuple[list[Policy], list[Diagnostic]]:
    policies: list[Policy] = []
    findings: list[Diagnostic] = []
    for document, wire in shaped:
        policy, wrong = decode_policy(document, wire)
        policies.append(policy)
        findings += wrong
    return policies, findings
