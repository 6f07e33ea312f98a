"""The server under test: CRDs applied and established, a namespace of our own."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kube.server import Object, Server, connected

VARIABLE = "JOBTREE_TEST_KUBECONFIG"
CRDS = Path(__file__).parents[2] / "schemas" / "crds"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.skip(f"{VARIABLE} names no kubeconfig of a throw-away API server")
    unique = f"jobtree-{uuid.uuid4().hex[:8]}"
    with connected(Path(named), tmp_path_factory.mktemp("kubectl"), unique) as found:
        for path in sorted(CRDS.iterdir()):
            answer = found.apply_crd(json.loads(path.read_text(encoding="utf-8")))
            assert answer.accepted, answer.faults
        found.kubectl(
            "wait", "--for=condition=Established", "--timeout=60s", *(f"-f={path}" for path in CRDS.iterdir())
        )
        found.kubectl("create", "namespace", unique)
        yield found
        found.kubectl("delete", "namespace", unique, "--wait=false")


@pytest.fixture
def stored(server: Server) -> Iterator[Callable[[Object], Object]]:
    """Stores an object until the end of the test, and gives what was stored."""
    made: list[Object] = []

    def store(thing: Object) -> Object:
        made.append(thing)
        return server.create(thing)

    yield store
    for thing in made:
        server.delete(thing)
