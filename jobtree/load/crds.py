"""CustomResourceDefinitions from the wire models: structural schemas, with rules and columns from ``crd_rules``.

Structural: every node has a type, no references, no recursion (trees are unrolled to a bounded depth and open below),
nothing under ``additionalProperties`` beside ``properties``. Defaults are left to the compiler, so that applying a
manifest never changes it. Lists of scalars are sets, lists of named things are maps by name, others are atomic.
"""

from collections.abc import Mapping
from typing import Any

from jobtree.load.crd_rules import NAMES, RULES
from jobtree.load.wire.kinds import KINDS
from jobtree.load.wire.metadata import GROUP

Schema = dict[str, Any]

OPEN: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
CATEGORY = "jobtree-all"
"""What ``kubectl get`` calls all kinds together: the name of no kind, which it would hide."""

UNROLLED = 3
"""Levels of trees within trees that a CRD spells out; deeper ones are left open."""

_COPIED = frozenset(
    {
        "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "maxItems", "maxLength", "maximum", "minItems",
        "minLength", "minimum", "pattern", "type", "x-kubernetes-preserve-unknown-fields",
    }
)  # fmt: skip


def crd(kind: str) -> Schema:
    """The CustomResourceDefinition of one kind, as JSON-able data."""
    naming, schema = NAMES[kind], KINDS[kind].model_json_schema(by_alias=True)
    body = structural(schema, schema.get("$defs", {}), depth=0) | _rules(KINDS[kind].__name__)
    body["properties"]["metadata"] = {"type": "object"}
    body["properties"]["apiVersion"] = body["properties"]["kind"] = {"type": "string"}
    body["properties"].setdefault("status", dict(OPEN))
    body["required"] = ["spec"]
    version: Schema = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": body},
        "subresources": {"status": {}},
    }
    if naming.columns:
        version["additionalPrinterColumns"] = [
            {"name": name, "type": type_, "jsonPath": path} for name, type_, path in naming.columns
        ]
    names = {"kind": kind, "listKind": f"{kind}List", "plural": naming.plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{naming.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {**names, "shortNames": list(naming.short), "categories": [CATEGORY]},
            "scope": "Namespaced" if naming.namespaced else "Cluster",
            "versions": [version],
        },
    }


_WRITTEN_AS_NULL = frozenset({"lottery"})
"""What a compile writes as null where there is none: a server drops a null that is not nullable, and the object in the
cluster would differ from the one in git for ever."""


def structural(schema: Mapping[str, Any], definitions: Mapping[str, Any], *, depth: int) -> Schema:
    """A JSON Schema of pydantic's as a structural one. ``depth`` counts trees within trees."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if name == "Subtree":
            depth += 1
            if depth > UNROLLED:
                return dict(OPEN)
        found = structural(definitions[name], definitions, depth=depth)
        return found | _rules(name) if depth <= 1 else found  # deeper, the estimated costs would multiply
    if "anyOf" in schema:
        inner = next(option for option in schema["anyOf"] if option.get("type") != "null")
        return structural(inner, definitions, depth=depth) | {"nullable": True}
    if "const" in schema:
        return {"type": "string", "enum": [schema["const"]]}
    copied: Schema = {key: value for key, value in schema.items() if key in _COPIED}
    match schema.get("type"):
        case "object":
            copied |= _object(schema, definitions, depth)
        case "array":
            copied |= _array(schema, definitions, depth)
        case None:
            return dict(OPEN)
    return copied


def _rules(name: str) -> Schema:
    """The CEL rules of a wire model, by its name."""
    rules = [{"rule": rule, "message": message} for rule, message in RULES.get(name, ())]
    return {"x-kubernetes-validations": rules} if rules else {}


def _object(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Schema:
    if "properties" in schema:
        properties = {
            name: structural(inner, definitions, depth=depth) for name, inner in sorted(schema["properties"].items())
        }
        required = sorted(schema.get("required", ()))
        for name in sorted(properties.keys() - set(required) - _WRITTEN_AS_NULL):
            properties[name].pop("nullable", None)  # what may be absent need not be null
        return {"properties": properties, **({"required": required} if required else {})}
    by_pattern = schema.get("patternProperties")  # no keyword of a structural schema: the keys stay unchecked
    values = next(iter(by_pattern.values())) if by_pattern else schema.get("additionalProperties")
    if isinstance(values, dict):
        bound = {key: schema[key] for key in ("maxProperties", "minProperties") if key in schema}
        return {"additionalProperties": structural(values, definitions, depth=depth), **bound}
    return {"x-kubernetes-preserve-unknown-fields": True}


def _array(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Schema:
    items = structural(schema["items"], definitions, depth=depth)
    if items.get("type") != "object":
        return {"items": items, "x-kubernetes-list-type": "set"}
    if "name" in items.get("required", ()):
        return {"items": items, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}
    return {"items": items, "x-kubernetes-list-type": "atomic"}
