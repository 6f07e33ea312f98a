"""What the tests put on the server: the sample, the examples, and what an example compiles to."""

import copy
import functools
from collections.abc import Iterator
from typing import Any

from jobtree.load.crd_rules import NAMES
from jobtree.load.source import Source
from jobtree.load.yaml_reader import read_documents
from tests.golden.renew import EXAMPLES, compile_example
from tests.kube.server import Object
from tests.unit.load.sample import SAMPLE

GONE = object()
"""As the value of a change: the field is left out."""


def changed(thing: Object, changes: dict[str, Any]) -> Object:
    """A copy in which ``spec.envelopes.0.end`` and the like are something else."""
    made = copy.deepcopy(thing)
    for path, value in changes.items():
        *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
        place: Any = made
        for step in steps:
            place = place[step]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
    return made


def _documents(path: str, data: bytes) -> Iterator[Object]:
    for document in read_documents(Source(path, data))[0]:
        if document.kind in NAMES:
            yield document.data


def of_examples() -> list[Object]:
    """Every document of the examples that a cluster takes."""
    return [
        thing
        for example in EXAMPLES
        for path in sorted(example.folder.rglob("*.yaml"))
        if "rendered" not in path.parts
        for thing in _documents(str(path), path.read_bytes())
    ]


@functools.cache
def _compiled() -> tuple[Object, ...]:
    example = next(example for example in EXAMPLES if example.name == "two-domains")
    tree = compile_example(example)
    return tuple(thing for path in sorted(tree) if path.endswith(".yaml") for thing in _documents(path, tree[path]))


def of_compile() -> list[Object]:
    """Every Lease and Reservation that an example compiles to."""
    return [copy.deepcopy(thing) for thing in _compiled()]


def lease() -> Object:
    return next(thing for thing in of_compile() if thing["kind"] == "Lease")


def reservation() -> Object:
    return next(thing for thing in of_compile() if thing["kind"] == "Reservation")


def sample(name: str) -> Object:
    """A document of the sample, or a ``lease`` or ``reservation`` that was compiled."""
    made = {"lease": lease, "reservation": reservation}.get(name)
    return made() if made else copy.deepcopy(SAMPLE[name])
