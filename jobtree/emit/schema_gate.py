"""Every emitted object passes its own JSON Schema before anyone sees it; one that does not is a bug of ours."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from jobtree.emit.manifests import Object
from jobtree.emit.shipped import shipped


class SchemaError(Exception):
    """An object that we made is not what its schema says."""


def gate(objects: Iterable[Object]) -> None:
    """Raises SchemaError at the first object that fails."""
    for found in objects:
        kind = str(found["kind"])
        fault = next(_validator(kind).iter_errors(found), None)
        if fault is not None:
            raise SchemaError(f"{kind} {found['metadata']}: {fault.json_path}: {fault.message}")


@cache
def _validator(kind: str) -> Any:
    schema = json.loads((shipped("schemas") / f"{kind.lower()}.json").read_text("utf-8"))
    made = extend(Draft202012Validator, {"properties": _remembering_properties()})  # type: ignore[no-untyped-call]
    return made(schema)


def _remembering_properties() -> Callable[..., Iterator[ValidationError]]:
    """The keyword ``properties``, but a value that was sound for a property once is not looked at again.

    Thousands of leases share run, payer and interval: this makes a tree of them several times faster to check.
    """
    sound: set[tuple[int, str]] = set()

    def properties(
        validator: Any, schemas: Mapping[str, Any], instance: object, _: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        if not isinstance(instance, dict):
            return
        for name, schema in schemas.items():
            known = (id(schema), repr(instance.get(name)))
            if name not in instance or known in sound:
                continue
            faults = list(validator.descend(instance[name], schema, path=name, schema_path=name))
            if not faults:
                sound.add(known)
            yield from faults

    return properties
