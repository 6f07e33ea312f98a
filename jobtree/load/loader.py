"""From sources to a catalog: read, validate, decode, expand, link (semantics.md 3, 5, 9).

The first pass reads and checks the shape of everything; if all of it is sound, a second one checks what leads from one
document to another. All findings of a pass are reported. Codes: JT1xx, JT2xx, JT3xx.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic, Location, warning
from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant, parse_instant
from jobtree.load.admission import Admissions
from jobtree.load.bundles import Bundles, decode_policies
from jobtree.load.decode_budget import decode_budget
from jobtree.load.decode_fleet import decode_fleet
from jobtree.load.decode_run import Setting, decode_run
from jobtree.load.document import Document
from jobtree.load.draft import Draft, Reference
from jobtree.load.expand import TreeExpander, merge_joined
from jobtree.load.gather import Gathered, gather
from jobtree.load.link_family import link_caps, link_parents
from jobtree.load.link_registry import Registry, link_budget_owner, link_fleet, link_run_owner, registry_of
from jobtree.load.link_runs import link_clusters, link_order, link_references, link_sponsors
from jobtree.load.placed import Placed, has_error, twice
from jobtree.load.places import Places, link_case, link_places, survey
from jobtree.load.source import Source
from jobtree.load.subjects import subjects_of
from jobtree.load.topology import Found, expand_pool, gather_nodes, read_node
from jobtree.load.wire.run import RunDocument
from jobtree.model.budget import Budget
from jobtree.model.catalog import Catalog
from jobtree.model.fleet import EntropySource, Fleet, OwnerEntry, SolverName
from jobtree.model.policy import Subject
from jobtree.model.run import Run
from jobtree.model.topology import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What came of it. ``catalog`` is None if any finding is an error; ``inputs`` are the files that hold something.

    ``subjects``: runs and budgets as their authors wrote them, if there are house rules to look at them.
    """

    catalog: Catalog | None
    inputs: tuple[Source, ...]
    diagnostics: tuple[Diagnostic, ...]
    subjects: tuple[Subject, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Decoded:
    """Everything decoded, not yet linked. ``registry`` is the base revision's where there is one."""

    fleet: Placed[Fleet] | None
    registry: Registry
    nodes: tuple[Node, ...]
    places: Places
    budgets: list[Placed[Budget]]
    drafts: dict[Key, Draft]
    runs: dict[Key, Placed[Run]]


def load(
    sources: Sequence[Source],
    *,
    admissions: Mapping[str, Instant],
    recorded: Mapping[Key, Instant] | None = None,
    registry: Source | None = None,
    bundles: Bundles | None = None,
) -> Loading:
    """Reads a fleet. ``admissions`` maps a path to the instant of the commit that added it ({} outside git).

    ``recorded`` are the admissions that an earlier plan went by: they stand above those of commits, so that a run keeps
    its rank when its file is committed, moved or rebased; a ``creationTimestamp`` stands above both.
    ``registry`` is fleet.yaml at the base revision: who may write what is decided there, not by the change itself.
    ``bundles`` are the policies that ship with the program, by the names that ``policies.bundles`` of a Fleet may use.
    """
    gathered = gather(sources)
    findings = list(gathered.findings)
    when = Admissions(recorded=recorded or {}, by_path=admissions)
    decoded, found = _decode(gathered, when, registry)
    findings += found
    policies, found = decode_policies(gathered, decoded.fleet, bundles or {})
    findings += found
    budgets: tuple[Budget, ...] = ()
    if gathered.sound:
        budgets, found = _link(decoded)
        findings += found
    catalog = None
    if decoded.fleet is not None and not has_error(findings):
        catalog = Catalog(
            fleet=_with_registry(decoded.fleet.value, decoded.registry),
            nodes=decoded.nodes,
            budgets=budgets,
            runs=tuple(decoded.runs[key].value for key in sorted(decoded.runs)),
            policies=policies,
        )
    ordered = tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.sort_key))
    is_judged = catalog is not None and any(policy.rules for policy in policies)
    return Loading(
        catalog=catalog,
        inputs=tuple(gathered.inputs),
        diagnostics=ordered,
        subjects=subjects_of(decoded.runs.values(), decoded.budgets) if is_judged else (),
    )


def output_dir(source: Source) -> str | None:
    """``output.dir`` of the Fleet in a file, whatever else is wrong there; None if no sound Fleet is in it."""
    fleet, _ = _fleet(gather([source]))
    return fleet.value.output_dir if fleet is not None else None


def lottery_settings(source: Source) -> tuple[EntropySource, str] | None:
    """Where the Fleet in a file takes entropy from, and the file for it; None if no sound Fleet is in it."""
    fleet, _ = _fleet(gather([source]))
    return None if fleet is None else (fleet.value.entropy, fleet.value.entropy_file)


def owners_in(source: Source) -> tuple[OwnerEntry, ...]:
    """The owner registry that a file says, whichever revision's counts; () if no sound Fleet is in it."""
    fleet, _ = _fleet(gather([source]))
    return () if fleet is None else fleet.value.owners


def solver_setting(source: Source) -> tuple[SolverName, Location] | None:
    """Which solver the Fleet in a file asks for, and where it says so; None if no sound Fleet is in it."""
    fleet, _ = _fleet(gather([source]))
    return None if fleet is None else (fleet.value.solver.name, fleet.document.at("spec", "solver", "name"))


def _with_registry(fleet: Fleet, registry: Registry) -> Fleet:
    owners = tuple(registry.entries[name] for name in sorted(registry.entries))
    return replace(fleet, owners=owners)


def _decode(gathered: Gathered, admissions: Admissions, base: Source | None) -> tuple[_Decoded, list[Diagnostic]]:
    fleet, findings = _fleet(gathered)
    settings = fleet.value if fleet is not None else Fleet(name="")
    registry, found = _registry(settings, base)
    findings += found
    nodes, found = _nodes(gathered, settings)
    findings += found
    budgets: list[Placed[Budget]] = []
    for document, wire in gathered.budgets:
        budget, relations = decode_budget(document, wire)
        budgets.append(budget)
        findings += relations
    drafts, found = _drafts(gathered, admissions)
    findings += found
    places = survey(nodes)
    setting = Setting(planning=settings.planning, node_gpus=places.node_gpus)
    runs: dict[Key, Placed[Run]] = {}
    for key in sorted(drafts):
        runs[key], run_relations = decode_run(drafts[key], setting)
        findings += run_relations
    decoded = _Decoded(
        fleet=fleet, registry=registry, nodes=nodes, places=places, budgets=budgets, drafts=drafts, runs=runs
    )
    return decoded, findings


def _fleet(gathered: Gathered) -> tuple[Placed[Fleet] | None, list[Diagnostic]]:
    if not gathered.fleets:
        return None, []
    fleet, findings = decode_fleet(*gathered.fleets[0])
    return fleet, list(findings)


def _registry(fleet: Fleet, base: Source | None) -> tuple[Registry, list[Diagnostic]]:
    """The registry of the base revision, else of the Fleet that is compiled."""
    if base is None:
        return registry_of(fleet), []
    found = gather([base])
    errors = [finding for finding in found.findings if has_error([finding]) and finding.code != "JT301"]
    if not found.fleets:
        return Registry({}), errors
    placed, _ = decode_fleet(*found.fleets[0])
    return registry_of(placed.value), errors


def _nodes(gathered: Gathered, fleet: Fleet) -> tuple[tuple[Node, ...], list[Diagnostic]]:
    found: list[Found] = []
    pools = [(wire.metadata.name, document.at("metadata", "name")) for document, wire in gathered.pools]
    findings: list[Diagnostic] = twice("NodePool", pools)
    for document, wire in gathered.pools:
        nodes, warnings = expand_pool(document, wire)
        found += nodes
        findings += warnings
    for document in gathered.nodes:
        nodes, warnings = read_node(document, fleet.planning.gpu_resource)
        found += nodes
        findings += warnings
    kept, warnings = gather_nodes(found, fleet)
    return kept, [*findings, *warnings]


def _drafts(gathered: Gathered, admissions: Admissions) -> tuple[dict[Key, Draft], list[Diagnostic]]:
    """Every run to be, by key; the first of duplicates stays."""
    written = [_draft(document, wire) for document, wire in gathered.runs]
    runs = {draft.key: draft for draft in reversed(written)}
    named = [(str(draft.key), draft.document.at("metadata", "name")) for draft in written]
    findings: list[Diagnostic] = []
    joined: list[tuple[Draft, Location]] = []
    for document, wire in gathered.trees:
        expander = TreeExpander(document, wire, runs, _created(wire.metadata.creation_timestamp))
        expander.expand()
        joined += expander.joined
        findings += expander.findings
        named += [(str(draft.key), document.at(*draft.base[:-1], "name")) for draft in expander.drafts]
        written += expander.drafts
    trees = [(str(Key(w.metadata.namespace, w.metadata.name)), d.at("metadata", "name")) for d, w in gathered.trees]
    merged, doubled = merge_joined({draft.key: draft for draft in reversed(written)}, joined)
    merged = {key: admissions.admit(draft) for key, draft in merged.items()}
    findings += [*twice("Run", named), *twice("JobTree", trees), *doubled, *_unordered(merged)]
    if not gathered.sound:  # a run that could not be read is not one that is not there
        findings = [finding for finding in findings if finding.code not in ("JT312", "JT318", "JT326")]
    return merged, findings


def _draft(document: Document, wire: RunDocument) -> Draft:
    spec, space = wire.spec, wire.metadata.namespace

    def references(field: str, names: Sequence[str]) -> tuple[Reference, ...]:
        return tuple(Reference(Key(space, name), document.at("spec", field, index)) for index, name in enumerate(names))

    return Draft(
        key=Key(space, wire.metadata.name),
        owner=Owner(spec.owner),
        spec=spec,
        document=document,
        after=references("after", spec.after),
        together=references("with", spec.with_),
        admitted=_created(wire.metadata.creation_timestamp),
    )


def _created(text: str | None) -> Instant | None:
    return parse_instant(text) if text is not None else None


def _unordered(drafts: Mapping[Key, Draft]) -> Iterator[Diagnostic]:
    missing = [key for key in sorted(drafts) if drafts[key].admitted is None]
    if missing:
        first = drafts[missing[0]]
        message = f"{len(missing)} runs have no admission instant: they come after the others, in key order"
        hint = "set metadata.creationTimestamp, or keep the fleet in git"
        yield warning("JT326", message, first.document.at("metadata", "name"), help=hint)


def _link(decoded: _Decoded) -> tuple[tuple[Budget, ...], list[Diagnostic]]:
    """Everything that leads from one document to another; the budgets with their caps resolved."""
    registry, runs = decoded.registry, [decoded.runs[key] for key in sorted(decoded.runs)]
    keys = [(str(budget.value.key), budget.named_at) for budget in decoded.budgets]
    budgets, findings = link_caps(decoded.budgets)
    findings += [*twice("Budget", keys), *link_parents(decoded.budgets, registry)]
    findings += link_fleet(decoded.fleet) if decoded.fleet is not None else []
    for budget in decoded.budgets:
        findings += link_budget_owner(registry, budget)
    for run in runs:
        findings += link_run_owner(registry, run, run.document.at("spec", "owner"))
    findings += [*link_references(decoded.drafts), *link_order(decoded.drafts), *link_sponsors(runs, registry)]
    findings += [*link_clusters(decoded.runs, decoded.places), *link_places(decoded.places, runs, decoded.budgets)]
    findings += link_case(decoded.nodes, runs, decoded.budgets)
    return budgets, findings
