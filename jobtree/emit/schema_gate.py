"""Every emitted object passes its own JSON Schema before anyone sees it; one that does not is a bug of ours."""

import json
from collections.abc import Iterable
from functools import cache

from jsonschema import Draft202012Validator

from jobtree.emit.manifests import Object
from jobtree.emit.shipped import shipped


class SchemaError(Exception):
    """An object that we made is not what its schema says."""


def gate(objects: Iterable[Object]) -> None:
    """Raises SchemaError at the first object that fails; costs some 0.1 ms for each object."""
    for found in objects:
        kind = str(found["kind"])
        fault = next(_validator(kind).iter_errors(found), None)
        if fault is not None:
            raise SchemaError(f"{kind} {found['metadata']}: {fault.json_path}: {fault.message}")


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((shipped("schemas") / f"{kind.lower()}.json").read_text("utf-8")))
