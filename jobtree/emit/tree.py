"""The whole output tree as values: path to bytes, sealed (contracts.md, Output tree)."""

from collections.abc import Iterator, Mapping, Sequence

from jobtree.base.identity import Key
from jobtree.emit.kustomization import KUSTOMIZATION, write_kustomization
from jobtree.emit.lock import LOCK_PATH
from jobtree.emit.manifests import Object, lease_object, reservation_object
from jobtree.emit.naming import folder
from jobtree.emit.plan_json import PLAN_PATH, write_plan
from jobtree.emit.schema_gate import gate
from jobtree.emit.seal import SEAL_PATH, InputFile, digest_inputs, write_seal
from jobtree.emit.yaml_writer import write_documents
from jobtree.model.catalog import Catalog
from jobtree.model.plan import Finished, Placement, Plan, Refuse, Reserve, RunPlan
from jobtree.plan.accounts import Standing
from jobtree.plan.carry import leases_of


def render(
    plan: Plan, catalog: Catalog, standing: Standing, *, inputs: Sequence[InputFile], lock: bytes
) -> Mapping[str, bytes]:
    """Renders a plan that was read back from ``lock``. Paths are relative to OUT, in the order they are written.

    Every cluster that has nodes gets its kustomization, so that what watches its folder never finds it missing. An
    object that fails its own schema is a bug and raises.
    """
    files: dict[str, bytes] = {}
    resources: dict[str, list[str]] = {node.domain.cluster: [] for node in catalog.nodes}
    for run in plan.runs:
        for cluster, path, objects in _manifests(run):
            gate(objects)
            resources.setdefault(cluster, []).append(path)
            files[f"{folder(cluster)}/{path}"] = write_documents(objects)
    for cluster, paths in resources.items():
        files[f"{folder(cluster)}/{KUSTOMIZATION}"] = write_kustomization(paths)
    files[PLAN_PATH] = write_plan(plan, standing, input_digest=digest_inputs(inputs))
    files[LOCK_PATH] = lock
    ordered = {path: files[path] for path in sorted(files, key=lambda path: path.encode("utf-8"))}
    return {**ordered, SEAL_PATH: write_seal(ordered, inputs)}


def _manifests(run: RunPlan) -> Iterator[tuple[str, str, Sequence[Object]]]:
    """Cluster, path in the cluster's folder, and objects of each file that a decision writes."""
    match run.decision:
        case Refuse() | Finished():
            return
        case Reserve(placement=placement):
            yield _cluster(placement), _path(run.run, "reservations"), (reservation_object(run, run.decision),)
        case decision:
            leases = leases_of(run.run, run.owner, decision.placement)
            yield _cluster(decision.placement), _path(run.run, "leases"), tuple(map(lease_object, leases))


def _path(run: Key, kind: str) -> str:
    return f"{folder(run.namespace)}/{kind}/{folder(run.name)}.yaml"


def _cluster(placement: Placement) -> str:
    """A run's pods all sit in one cluster."""
    return placement.groups[0].domain.cluster
