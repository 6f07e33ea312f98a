import hashlib
import json

import pytest
import yaml

from jobtree.emit.lock import read_lock, write_lock
from jobtree.emit.schema_gate import SchemaError, gate
from jobtree.emit.seal import digest_inputs, sealed_files
from jobtree.emit.tree import render
from jobtree.plan.accounts import standing_of
from tests.unit.emit.sample import INPUTS, catalog, plan

LOCK = write_lock(plan(), {"asOf": "2026-03-02T09:00:00Z"})
TREE = render(read_lock(LOCK).plan, catalog(), standing_of(plan(), catalog()), inputs=INPUTS, lock=LOCK)


def test_the_files_of_a_tree() -> None:
    assert sorted(TREE) == [
        "gpu-a/kustomization.yaml",
        "gpu-a/team-a/leases/begin.yaml",
        "gpu-a/team-a/leases/on.yaml",
        "gpu-a/team-a/leases/renews.yaml",
        "gpu-a/team-a/reservations/later.yaml",
        "plan.json",
        "plan.lock.json",
        "seal.json",
    ]
    assert TREE["plan.lock.json"] == LOCK
    assert list(TREE)[-1] == "seal.json"


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert (
        render(
            read_lock(LOCK).plan, catalog(), standing_of(plan(), catalog()), inputs=tuple(reversed(INPUTS)), lock=LOCK
        )
        == TREE
    )


def test_the_seal_lists_every_file_with_its_hash() -> None:
    sealed = {path: hashlib.sha256(data).hexdigest() for path, data in TREE.items() if path != "seal.json"}
    assert sealed_files(TREE["seal.json"]) == sealed
    seal = json.loads(TREE["seal.json"])
    assert list(seal) == ["formatVersion", "jobtree", "inputDigest", "inputs", "files"]
    assert [entry["path"] for entry in seal["inputs"]] == ["a.yaml", "fleet.yaml"]


def test_the_input_digest_is_defined_byte_by_byte() -> None:
    x, y = hashlib.sha256(b"x").hexdigest(), hashlib.sha256(b"y").hexdigest()
    expected = hashlib.sha256(f"a.yaml\0{y}\nfleet.yaml\0{x}\n".encode()).hexdigest()
    assert digest_inputs(INPUTS) == f"sha256:{expected}"


def test_names_of_objects_are_unique_and_in_the_kustomization() -> None:
    kustomization = yaml.safe_load(TREE["gpu-a/kustomization.yaml"])
    assert kustomization["resources"] == [path.removeprefix("gpu-a/") for path in sorted(TREE) if "team-a" in path]
    names = [
        (found["kind"], found["metadata"]["name"])
        for path, data in TREE.items()
        if "team-a" in path
        for found in yaml.safe_load_all(data)
    ]
    assert len(names) == len(set(names)) == 7


def test_the_gate_refuses_an_object_that_is_not_what_its_schema_says() -> None:
    lease = next(yaml.safe_load_all(TREE["gpu-a/team-a/leases/begin.yaml"]))
    gate([lease])
    lease["spec"]["rank"] = -1
    with pytest.raises(SchemaError, match=r"Lease .*rank"):
        gate([lease])
