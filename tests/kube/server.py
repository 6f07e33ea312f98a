"""A running API server, spoken to through ``kubectl proxy``: JSON in, status code and JSON out."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobtree.load.crd_rules import NAMES
from jobtree.load.wire.metadata import GROUP

KUBECTL = Path(__file__).parents[2] / ".venv" / "bin" / "kubectl"
STRICT = "fieldValidation=Strict"
APPLY = "application/apply-patch+yaml"

Object = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    code: int
    body: Object

    @property
    def accepted(self) -> bool:
        return self.code in (200, 201)

    @property
    def faults(self) -> str:
        """What the server found: its message names the field and the rule's message of every cause."""
        return str(self.body.get("message", ""))


@dataclass(frozen=True)
class Server:
    """``namespace`` is where the tests put their objects."""

    kubeconfig: Path
    cache: Path
    url: str
    namespace: str

    def kubectl(self, *arguments: str) -> str:
        done = self.try_kubectl(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def try_kubectl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """However it ends. ``apply --applyset`` is allowed."""
        command = _kubectl(self.kubeconfig, self.cache, *arguments)
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "KUBECTL_APPLYSET": "true"})

    def call(self, method: str, path: str, body: Object | None = None, kind: str = "application/json") -> Answer:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers={"Content-Type": kind})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, json.load(response))
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, json.load(refusal))

    def here(self, thing: Object) -> Object:
        """The object in the tests' namespace."""
        if not NAMES[thing["kind"]].namespaced:
            return thing
        return thing | {"metadata": thing["metadata"] | {"namespace": self.namespace}}

    def path(self, thing: Object, *, named: bool, under: str = "") -> str:
        naming = NAMES[thing["kind"]]
        namespace = f"/namespaces/{self.namespace}" if naming.namespaced else ""
        name = f"/{thing['metadata']['name']}{under}" if named else ""
        return f"/apis/{GROUP}/v1{namespace}/{naming.plural}{name}?{STRICT}"

    def try_create(self, thing: Object) -> Answer:
        """Everything that a creation checks; nothing is stored."""
        return self.call("POST", self.path(thing, named=False) + "&dryRun=All", self.here(thing))

    def create(self, thing: Object) -> Object:
        answer = self.call("POST", self.path(thing, named=False), self.here(thing))
        assert answer.accepted, answer.faults
        return answer.body

    def update(self, thing: Object, *, under: str = "") -> Answer:
        return self.call("PUT", self.path(thing, named=True, under=under), thing)

    def apply_crd(self, definition: Object) -> Answer:
        """Strictly: a keyword that the server does not know is refused, not dropped."""
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition['metadata']['name']}"
        return self.call("PATCH", f"{path}?{STRICT}&fieldManager=jobtree-tests&force=true", definition, APPLY)

    def apply(self, thing: Object) -> Answer:
        path = self.path(thing, named=True) + "&fieldManager=jobtree-tests"
        return self.call("PATCH", path, self.here(thing), APPLY)

    def read(self, thing: Object) -> Object:
        return self.call("GET", self.path(thing, named=True)).body

    def delete(self, thing: Object) -> None:
        self.call("DELETE", self.path(thing, named=True))


def _kubectl(kubeconfig: Path, cache: Path, *arguments: str) -> list[str]:
    return [str(KUBECTL), "--kubeconfig", str(kubeconfig), "--cache-dir", str(cache), *arguments]


@contextmanager
def connected(kubeconfig: Path, cache: Path, namespace: str) -> Iterator[Server]:
    """The server that the kubeconfig names, for as long as the proxy runs."""
    command = _kubectl(kubeconfig, cache, "proxy", "--port=0")
    proxy = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert proxy.stdout is not None
        address = proxy.stdout.readline().rsplit(" ", 1)[-1].strip()
        yield Server(kubeconfig, cache, f"http://{address}", namespace)
    finally:
        proxy.terminate()
        proxy.communicate()
