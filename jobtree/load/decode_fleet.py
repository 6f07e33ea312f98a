"""Fleet: wire to model, defaults filled in (semantics.md 3).

Codes: JT303.
"""

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.identity import Owner
from jobtree.base.quantity import parse_duration, parse_rate
from jobtree.load.document import Document
from jobtree.load.placed import Placed, twice
from jobtree.load.wire.fleet import FleetDocument
from jobtree.load.wire.fleet import Planning as WirePlanning
from jobtree.model.fleet import (
    CoverOrder,
    Effort,
    EntropySource,
    Fleet,
    OwnerEntry,
    Planning,
    SolverName,
    SolverSettings,
)


def seconds(text: str | None) -> int | None:
    """A duration that may be missing."""
    return None if text is None else parse_duration(text)


def decode_fleet(document: Document, wire: FleetDocument) -> tuple[Placed[Fleet], tuple[Diagnostic, ...]]:
    """The Fleet; entries of the registry keep the order of the file, so that places can be found by index."""
    spec = wire.spec
    owners = tuple(
        OwnerEntry(
            name=Owner(entry.name),
            namespaces=tuple(entry.namespaces),
            paths=tuple(entry.paths),
            approvers=tuple(entry.approvers),
        )
        for entry in spec.owners
    )
    fleet = Fleet(
        name=wire.metadata.name,
        clusters=tuple(sorted(spec.clusters)),
        owners=owners,
        planning=_planning(spec.planning),
        entropy=EntropySource(spec.lottery.entropy),
        entropy_file=spec.lottery.file,
        solver=SolverSettings(name=SolverName(spec.solver.name), effort=Effort(spec.solver.effort)),
        policy_bundles=tuple(spec.policies.bundles),
        output_dir=spec.output.dir,
    )
    named = [(entry.name, document.at("spec", "owners", index, "name")) for index, entry in enumerate(owners)]
    findings = twice("owner", named)
    return Placed(value=fleet, document=document), tuple(findings)


def _planning(wire: WirePlanning) -> Planning:
    period = parse_duration(wire.accounting_period)
    return Planning(
        horizon=parse_duration(wire.horizon),
        accounting_period=period,
        default_duration=seconds(wire.defaults.duration) or period,
        default_checkpoint=seconds(wire.defaults.checkpoint),
        cover_order=CoverOrder(wire.cover_order),
        activation_lead=parse_duration(wire.activation.lead),
        protection=parse_duration(wire.activation.protection),
        spare_rate=parse_rate(wire.spare_rate),
        gpu_resource=wire.gpu_resource,
    )
