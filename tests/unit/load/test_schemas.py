"""Schemas are what the wire models say, and are what editors and API servers accept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jobtree.load.crd_rules import NAMES, RULES
from jobtree.load.crds import crd
from jobtree.load.schemas import editor_schema, render
from jobtree.load.source import Source
from jobtree.load.wire.kinds import KINDS
from jobtree.load.yaml_reader import read_documents
from tests.faults.load.fixtures import CASES, read_case

CHECKED_IN = Path(__file__).parents[3] / "schemas"


def test_checked_in_schemas_have_not_drifted() -> None:
    found = {
        path.relative_to(CHECKED_IN).as_posix(): path.read_text("utf-8")
        for path in sorted(CHECKED_IN.rglob("*.json"))
        if path.parent.name != "outputs"  # written by hand: no wire model reads them
    }
    assert found == render(), "run: python -m jobtree.load.schemas schemas"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_editor_schema_is_a_schema(kind: str) -> None:
    Draft202012Validator.check_schema(editor_schema(kind))


def test_editor_schemas_accept_what_the_loader_accepts() -> None:
    for path in CASES:
        case = read_case(path)
        if any(severity == "error" for _, _, severity, _ in case.expected):
            continue
        for source in case.sources:
            for document in read_documents(source)[0]:
                if document.kind in KINDS:
                    Draft202012Validator(editor_schema(document.kind)).validate(document.data)


@pytest.mark.parametrize("case", ["jt203_field", "jt204_missing", "jt205_quoted", "jt206_zero", "jt207_choice"])
def test_editor_schemas_refuse_bad_shapes(case: str) -> None:
    path = next(path for path in CASES if path.stem == case)
    data = read_documents(Source("x", read_case(path).files["runs/a/case.yaml"]))[0][0].data
    assert not Draft202012Validator(editor_schema("Run")).is_valid(data)


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from nodes(inner)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from nodes(schema[key])


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_crd_is_structural_and_bounded(kind: str) -> None:
    version = crd(kind)["spec"]["versions"][0]
    assert version["subresources"] == {"status": {}}
    for node in nodes(version["schema"]["openAPIV3Schema"]):
        assert "type" in node, node
        assert not {"$ref", "anyOf", "allOf", "oneOf", "title", "default", "uniqueItems", "const"} & node.keys()
        assert not ("properties" in node and "additionalProperties" in node)
        if node["type"] == "array":
            assert node["maxItems"] > 0
            assert node["x-kubernetes-list-type"] in ("atomic", "map", "set")
        if "additionalProperties" in node:
            assert node["maxProperties"] > 0
        if node["type"] == "string" and "pattern" in node:
            assert "(?" not in node["pattern"], "RE2 has no look-around"


def schema_of(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = crd(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return found


def rules_at(schema: dict[str, Any], *path: str) -> list[str]:
    for step in path:
        schema = schema["items"] if step == "[]" else schema["properties"][step]
    return [entry["rule"] for entry in schema.get("x-kubernetes-validations", [])]


def test_facts_and_promises_are_immutable_on_the_cluster() -> None:
    for kind in ("Lease", "Reservation"):
        assert "self == oldSelf" in rules_at(crd(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"], "spec")
    lease = crd("Lease")["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert rules_at(lease) == [rule for rule, _ in RULES["LeaseDocument"]]
    assert rules_at(lease, "status") == [rule for rule, _ in RULES["LeaseStatus"]]


def test_relations_are_rules_where_they_belong() -> None:
    budget = crd("Budget")["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert rules_at(budget, "spec", "envelopes", "[]") == [rule for rule, _ in RULES["Envelope"]]
    run = crd("Run")["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert rules_at(run, "spec") == [rule for rule, _ in RULES["RunSpec"]]
    lease = crd("Lease")["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert rules_at(lease, "spec", "paidBy", "envelope") == []


def test_maps_of_labels_are_typed_and_bounded() -> None:
    """Only what is Kubernetes' business, and a status that no reader has, is left open."""
    open_in = {
        kind: sum(
            "x-kubernetes-preserve-unknown-fields" in node for node in nodes(schema_of(kind)["properties"]["spec"])
        )
        for kind in sorted(set(NAMES) - {"JobTree", "Policy"})
    }
    assert open_in == {"Budget": 0, "Lease": 0, "NodePool": 0, "Reservation": 0, "Run": 1}
    envelope = schema_of("Budget")["properties"]["spec"]["properties"]["envelopes"]["items"]
    selector = envelope["properties"]["selector"]
    assert (selector["minProperties"], selector["maxProperties"]) == (1, 16)
    assert selector["additionalProperties"]["maxLength"] == 63


def test_runs_of_a_tree_keep_the_rules_of_runs() -> None:
    for path in (("runs", "[]", "spec"), ("trees", "[]", "runs", "[]", "spec")):
        assert rules_at(schema_of("JobTree"), "spec", *path) == [rule for rule, _ in RULES["RunSpec"]]


def test_a_category_hides_no_kind() -> None:
    for kind in NAMES:
        names = crd(kind)["spec"]["names"]
        taken = {other.lower() for other in NAMES} | {naming.plural for naming in NAMES.values()}
        assert not set(names["categories"]) & (taken | set(names["shortNames"]))


def test_every_rule_is_about_a_wire_model_and_used() -> None:
    text = json.dumps([crd(kind) for kind in sorted(NAMES)])
    for rules in RULES.values():
        for rule, message in rules:
            assert json.dumps(rule)[1:-1] in text
            assert message


def test_lease_is_gl_and_a_fleet_is_never_applied() -> None:
    assert crd("Lease")["spec"]["names"]["shortNames"] == ["gl"]
    assert set(NAMES) == set(KINDS) - {"Fleet"}


def nulls(value: Any, schema: dict[str, Any]) -> Iterator[bool]:
    """For each null of an object, whether a server keeps it: it drops one whose field is not nullable."""
    if value is None:
        yield bool(schema.get("nullable"))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from nulls(item, schema.get("properties", {}).get(key) or schema.get("additionalProperties", {}))
    elif isinstance(value, list):
        for item in value:
            yield from nulls(item, schema.get("items", {}))


def test_a_server_keeps_every_null_that_a_compile_writes() -> None:
    """Else the object in the cluster would differ from the one in git for ever."""
    rendered = sorted((Path(__file__).parents[3] / "examples").glob("*/rendered/*/**/*.yaml"))
    documents = [one for path in rendered for one in read_documents(Source(path.name, path.read_bytes()))[0]]
    kept = [found for one in documents if one.kind in NAMES for found in nulls(one.data, schema_of(one.kind))]
    assert len(kept) > 3
    assert all(kept)
