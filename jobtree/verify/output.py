"""Checks on the emitted files: manifests, names, kustomizations, lock, seal, digests (contracts.md)."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from jobtree.verify.budgets import spell
from jobtree.verify.facts import Facts
from jobtree.verify.field import Field
from jobtree.verify.lease import read_lease
from jobtree.verify.naming import LONGEST, Object, Owners, name_of, objects_of, path_of
from jobtree.verify.tree import KUSTOMIZATION, SEAL, Manifest
from jobtree.verify.violation import FormatError, Violation


def manifest_matches_plan(facts: Facts) -> Iterator[Violation]:
    """Leases and reservations are exactly those that the decisions of plan.json make, in their places."""
    expected = dict(_expected(facts))
    found: dict[str, Manifest] = {}
    for manifest in facts.tree.manifests:
        identity = _identity(manifest.path, manifest.value)
        if identity in found or identity not in expected:
            why = "is there twice" if identity in found else "has no decision in plan.json"
            yield _mismatch(f"{manifest.kind} {manifest.namespace}/{manifest.name} in {manifest.path} {why}")
        found[identity] = manifest
    for identity, wanted in expected.items():
        if identity not in found:
            yield _mismatch(f"there is no {identity}")
        else:
            fields = sorted(_differences(wanted, _unnamed(found[identity].value), ""))
            if fields:
                yield _mismatch(f"{identity} differs from plan.json in {', '.join(fields)}")


def facts_kept(facts: Facts) -> Iterator[Violation]:
    """Leases of the earlier tree, when it is known, stay as they are or are closed; others are new, or observed."""
    kept = {(manifest.namespace, manifest.name): manifest for manifest in facts.tree.manifests}
    over = {closed.lease for closed in facts.plan.closures}
    for key, manifest in facts.past.manifests.items():
        told = f"Lease {spell(key)} of the earlier tree"
        found = kept.get(key)
        if spell(key) not in over and (found is None or (found.path, found.value) != (manifest.path, manifest.value)):
            yield _mismatch(f"{told} is gone or changed")
    for key, manifest in kept.items():
        if manifest.kind == "Lease" and spell(key) in over:
            yield _mismatch(f"Lease {spell(key)} is closed, but still there")
        elif manifest.kind == "Lease" and facts.past.known and key not in facts.past.manifests and not facts.observes:
            yield from _unknown(facts, manifest)


def _unknown(facts: Facts, manifest: Manifest) -> Iterator[Violation]:
    """A lease that the earlier tree does not have is of a pod that begins now."""
    try:
        mark = read_lease(Field(manifest.value, manifest.name)).mark
    except FormatError:
        return  # a lease of another shape is a fault of manifest-matches-plan, which names it
    arrived = facts.arrivals
    if mark not in arrived.new and mark not in arrived.swapped and mark not in arrived.renewed:
        yield _mismatch(
            f"Lease {manifest.namespace}/{manifest.name} is older than the plan, but not of the earlier tree"
        )


def name_content(facts: Facts) -> Iterator[Violation]:
    """Every name follows from the content of its manifest."""
    for manifest in facts.tree.manifests:
        try:
            wanted = name_of(manifest.value)
        except FormatError as error:
            wanted = f"a name that cannot be made: {error}"
        if manifest.name != wanted:
            told = f"{manifest.kind} {manifest.namespace}/{manifest.name} must be called {wanted}"
            yield Violation("name-content", told)


def name_unique(facts: Facts) -> Iterator[Violation]:
    """Names are unique in their kind and namespace, whatever the cluster, and fit into a label."""
    seen: dict[tuple[str, str, str], str] = {}
    for manifest in facts.tree.manifests:
        key = (manifest.kind, manifest.namespace, manifest.name)
        told = f"{manifest.kind} {manifest.namespace}/{manifest.name}"
        if key in seen:
            yield Violation("name-unique", f"{told} is in {seen[key]} and in {manifest.path}")
        if len(manifest.name) > LONGEST:
            yield Violation("name-unique", f"{told} has {len(manifest.name)} characters, allowed {LONGEST}")
        seen[key] = manifest.path


def kustomization(facts: Facts) -> Iterator[Violation]:
    """Each cluster's kustomization lists exactly the manifests of its folder, once each."""
    wanted: dict[str, list[str]] = {}
    for path in sorted(facts.tree.files):
        cluster, slash, rest = path.partition("/")
        if slash and rest != KUSTOMIZATION:
            wanted.setdefault(cluster, []).append(rest)
    found = {item.folder: list(item.resources) for item in facts.tree.kustomizations}
    for cluster in sorted({*wanted, *found}):
        resources = found.get(cluster)
        expected = wanted.get(cluster, [])
        if resources is None or sorted(resources) != expected:
            odd = sorted(set(expected).symmetric_difference(resources or ())) or ["an entry twice"]
            told = f"{cluster}/{KUSTOMIZATION} does not list its manifests: {', '.join(odd)}"
            yield Violation("kustomization", told)


def seal(facts: Facts) -> Iterator[Violation]:
    """The seal lists every other file with its hash, sorted."""
    others = {path: data for path, data in facts.tree.files.items() if path != SEAL}
    yield from _hashes("seal", others, facts.seal.files)


def input_digest(facts: Facts) -> Iterator[Violation]:
    """Seal, plan and lock are of these inputs."""
    yield from _hashes("input-digest", facts.files, facts.seal.inputs)
    wanted = digest(facts.files)
    stated = {"seal.json": facts.seal.input_digest, "plan.json": facts.plan.input_digest}
    stated["plan.lock.json"] = str(facts.lock.key.get("inputDigest"))
    for where, found in stated.items():
        if found != wanted:
            yield Violation("input-digest", f"{where} is of inputs {found}, but they are {wanted}")


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over path, NUL, hash, LF of each file, by the bytes of its path."""
    total = hashlib.sha256()
    for path in sorted(files, key=_bytes):
        total.update(_bytes(path) + b"\0" + hashlib.sha256(files[path]).hexdigest().encode() + b"\n")
    return "sha256:" + total.hexdigest()


def payer_owners(facts: Facts) -> Owners:
    """Owner of each run's payers."""
    return {
        (claim.run, claim.payer): claim.payer_owner
        for claims in facts.claims.values()
        for claim in claims
        if claim.payer is not None
    }


def _expected(facts: Facts) -> Iterator[tuple[str, Object]]:
    owners = payer_owners(facts)
    for entry in facts.entries.values():
        for wanted in objects_of(entry, owners):
            yield _identity(path_of(entry), wanted), wanted


def _identity(path: str, value: Object) -> str:
    """What a manifest is about: two with the same identity cannot both be right."""
    spec = value.get("spec")
    parts = [f"{value.get('kind')} in {path}"]
    if isinstance(spec, dict) and value.get("kind") == "Lease":
        interval = spec.get("interval")
        start = interval.get("start") if isinstance(interval, dict) else None
        parts.append(f"for {spec.get('role')} {spec.get('rank')} of group {spec.get('group')} from {start}")
    return " ".join(parts)


def _unnamed(value: Object) -> Object:
    metadata = value.get("metadata")
    rest = {name: item for name, item in metadata.items() if name != "name"} if isinstance(metadata, dict) else {}
    return {**value, "metadata": rest}


def _differences(wanted: Any, found: Any, where: str) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in {**wanted, **found}:
            inner = f"{where}.{name}" if where else str(name)
            if name not in wanted or name not in found:
                yield inner
            else:
                yield from _differences(wanted[name], found[name], inner)
    elif json.dumps(wanted) != json.dumps(found):
        yield where


def _hashes(invariant: str, files: Mapping[str, bytes], listed: tuple[tuple[str, str], ...]) -> Iterator[Violation]:
    paths = [path for path, _ in listed]
    for path in sorted({*files, *paths}, key=_bytes):
        told = f"seal.json lists {path} {paths.count(path)} times"
        if path not in files:
            yield Violation(invariant, f"seal.json lists {path}, which is not there")
        elif paths.count(path) != 1:
            yield Violation(invariant, told)
    for path, sha in listed:
        if path in files and sha != hashlib.sha256(files[path]).hexdigest():
            yield Violation(invariant, f"seal.json has another SHA-256 for {path}")
    if paths != sorted(paths, key=_bytes):
        yield Violation(invariant, "seal.json does not list its files in order")


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogatepass")


def _mismatch(message: str) -> Violation:
    return Violation("manifest-matches-plan", message)
