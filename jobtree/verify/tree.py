"""The emitted tree as the checker reads it: plan.json, manifests, kustomizations, seal, lock (contracts.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobtree.verify.field import Field
from jobtree.verify.inputs import documents
from jobtree.verify.parse import read_json
from jobtree.verify.plan import Plan
from jobtree.verify.planfile import read_plan
from jobtree.verify.violation import FormatError, Violation

PLAN, LOCK, SEAL, KUSTOMIZATION = "plan.json", "plan.lock.json", "seal.json", "kustomization.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A Lease or Reservation object and where it stands; ``value`` is the whole object."""

    path: str
    kind: str
    namespace: str
    name: str
    value: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kustomization:
    """The resources that one cluster's folder lists."""

    folder: str
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Paths and hashes in the order listed."""

    input_digest: str
    inputs: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The lock's key, and its plan as it stands."""

    key: dict[str, Any]
    plan: Field

    def admissions(self) -> dict[str, int]:
        """Admission instants by run, as commits gave them; runs without one are left out."""
        entries = self.key.get("admissions")
        found = entries if isinstance(entries, dict) else {}
        return {run: instant for run, instant in found.items() if type(instant) is int}

    def heads(self) -> tuple[object, object]:
        """Hashes of the ledger's last line, before and after this plan; None where the key has none."""
        entry = self.key.get("ledger")
        found = entry if isinstance(entry, dict) else {}
        return found.get("before"), found.get("after")


@dataclass(slots=True)
class Tree:
    """Everything of OUT. A part that could not be read is None and has a ``format`` violation."""

    files: Mapping[str, bytes]
    plan: Plan | None = None
    seal: Seal | None = None
    lock: Lock | None = None
    manifests: list[Manifest] = field(default_factory=list)
    kustomizations: list[Kustomization] = field(default_factory=list)
    faults: list[Violation] = field(default_factory=list)


def read_tree_files(files: Mapping[str, bytes]) -> Tree:
    """Reads every file of OUT; a file that is none of ours is a ``format`` violation."""
    tree = Tree(files=files)
    for path in (PLAN, LOCK, SEAL):
        if path not in files:
            tree.faults.append(Violation("format", f"{path} is missing"))
    for path in sorted(files):
        try:
            _read_file(tree, path, files[path])
        except FormatError as error:
            tree.faults.append(Violation("format", f"{path}: {error}"))
    return tree


def _read_file(tree: Tree, path: str, data: bytes) -> None:
    if path == PLAN:
        tree.plan = read_plan(Field(read_json(data), "plan"))
    elif path == SEAL:
        tree.seal = _seal(Field(read_json(data), "seal"))
    elif path == LOCK:
        tree.lock = _lock(Field(read_json(data), "lock"))
    elif path.endswith("/" + KUSTOMIZATION):
        for document in documents(path, data):
            resources = document["resources"].texts()
            tree.kustomizations.append(Kustomization(folder=path.rpartition("/")[0], resources=resources))
    elif path.endswith(".yaml"):
        tree.manifests.extend(_manifest(path, document) for document in documents(path, data))
    else:
        raise FormatError("no file of an output tree")


def _manifest(path: str, document: Field) -> Manifest:
    kind, metadata = document["kind"].text(), document["metadata"]
    if kind not in ("Lease", "Reservation"):
        raise document["kind"].wrong("Lease or Reservation")
    return Manifest(
        path=path,
        kind=kind,
        namespace=metadata["namespace"].text(),
        name=metadata["name"].text(),
        value=document.value,
    )


def _seal(seal: Field) -> Seal:
    _version(seal)
    return Seal(
        input_digest=seal["inputDigest"].text(),
        inputs=tuple((entry["path"].text(), entry["sha256"].text()) for entry in seal["inputs"]),
        files=tuple((entry["path"].text(), entry["sha256"].text()) for entry in seal["files"]),
    )


def _lock(lock: Field) -> Lock:
    _version(lock)
    if not isinstance(lock["key"].value, dict):
        raise lock["key"].wrong("a mapping")
    return Lock(key=lock["key"].value, plan=lock["plan"])


def _version(document: Field) -> None:
    if document["formatVersion"].integer() != 1:
        raise document["formatVersion"].wrong("1")
