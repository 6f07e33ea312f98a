"""A fleet repository in git whose output a cluster follows: commit, diff, apply, wait; and the cluster's side of it."""

import json
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jobtree.base.identity import Key
from jobtree.emit.manifests import lease_name
from jobtree.load.history import read_history
from jobtree.load.source import Source
from jobtree.load.wire.metadata import GROUP
from jobtree.model.history import Phase
from jobtree.model.lease import ClosedLease, Lease
from jobtree.runtime.status import status_of
from tests.golden.renew import EXAMPLES
from tests.kube.server import Object, Server
from tests.unit.adapters.test_git import git
from tests.unit.delivery.observed import lease_status, run_status

QUICKSTART = next(example for example in EXAMPLES if example.name == "quickstart")
NAMESPACES = ("lab", "nlp", "vision")
PARENTS: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": f"applysets.{GROUP}",
        "labels": {"applyset.kubernetes.io/is-parent-type": "true"},
    },
    "spec": {
        "group": GROUP,
        "scope": "Cluster",
        "names": {"plural": "applysets", "singular": "applyset", "kind": "ApplySet"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}},
        ],
    },
}
"""What kubectl remembers an apply set in. Of the kinds that are always there none may span namespaces."""

KINDS = "leases.rq.davidlangworthy.io,reservations.rq.davidlangworthy.io"


@dataclass(frozen=True)
class FleetRepository:
    """The quickstart in namespaces of its own, delivered to the server."""

    folder: Path
    server: Server
    prefix: str

    @property
    def output(self) -> str:
        return str(self.folder / "rendered" / "gpu-a")

    def namespace(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def begin(self) -> None:
        git(self.folder, "init", "-q", "-b", "main")
        for path in sorted(QUICKSTART.folder.glob("*.yaml")):
            text = re.sub(r"(namespaces?: \[?)(lab|nlp|vision)\b", rf"\g<1>{self.prefix}-\2", path.read_text())
            (self.folder / path.name).write_text(text)
        for name in NAMESPACES:
            self.server.kubectl("create", "namespace", self.namespace(name))
        assert self.server.apply_crd(PARENTS).accepted
        self.server.kubectl("wait", "--for=condition=Established", "--timeout=60s", f"crd/applysets.{GROUP}")

        parent = self.folder.parent / "applyset.json"
        parent.write_text(json.dumps(_parent(self.prefix)))
        self.server.kubectl("create", "--validate=false", "-f", str(parent))

    def end(self) -> None:
        self.server.kubectl("delete", "namespace", "--wait=false", *map(self.namespace, NAMESPACES))
        self.server.kubectl("delete", "crd", PARENTS["metadata"]["name"])

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text()
        assert text.count(old) == 1
        (self.folder / path).write_text(text.replace(old, new))

    def compile_and_commit(self, now: str, *options: str) -> None:
        jobtree = Path(sys.executable).parent / "jobtree"
        command = [str(jobtree), "compile", str(self.folder), "--now", now, *options]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "-m", f"As of {now}")

    def diff(self) -> str:
        """What a delivery would change; nothing is an empty diff. As a reviewer, who is no manager of any field:

        kubectl's own manager would be shown to drop the label by which the apply set knows its members.
        """
        reviewer = ("--field-manager=reviewer", "--force-conflicts")
        done = self.server.try_kubectl("diff", "--server-side", *reviewer, "-k", self.output)
        assert done.returncode == (1 if done.stdout else 0), done.stderr
        return done.stdout

    def apply(self) -> str:
        """What a delivery does: server-side, and what left the output leaves the cluster."""
        parent = f"--applyset=applysets.{GROUP}/{self.prefix}"
        return self.server.kubectl("apply", "--server-side", "--prune", parent, "-k", self.output)

    def leases(self) -> tuple[Lease, ...]:
        """Those of the output."""
        root = self.folder / "rendered"
        files = sorted(path for path in root.rglob("*.yaml") if path.name != "kustomization.yaml")
        return read_history([Source(path.relative_to(root).as_posix(), path.read_bytes()) for path in files])[0].leases

    def live(self, kinds: str = KINDS) -> dict[str, Object]:
        """What the cluster holds, by kind, namespace and name."""
        found = [
            thing
            for name in NAMESPACES
            for thing in json.loads(
                self.server.kubectl("get", kinds, "-n", self.namespace(name), "-o", "json", "--show-managed-fields")
            )["items"]
        ]
        return {f"{one['kind']} {one['metadata']['namespace']}/{one['metadata']['name']}": one for one in found}

    def close(self, one: ClosedLease) -> None:
        """What whoever binds pods writes when a lease is over."""
        self._write(
            "leases.rq.davidlangworthy.io", Key(one.lease.run.namespace, lease_name(one.lease)), lease_status(one)
        )

    def write_phase(self, run: Key, past: tuple[ClosedLease, ...] = ()) -> Phase | None:
        """The phase of a run, as the runtime core makes it of its leases."""
        over = {one.lease for one in past}
        state = status_of([lease for lease in self.leases() if lease.run == run and lease not in over], past)
        self._write("runs.rq.davidlangworthy.io", run, run_status(state))
        return state.phase

    def observe(self, path: Path) -> None:
        """The state file, as ``kubectl get`` prints it."""
        items = list(self.live("runs.rq.davidlangworthy.io,leases.rq.davidlangworthy.io").values())
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))

    def _write(self, resource: str, key: Key, status: Object) -> None:
        patch = json.dumps({"status": status})
        options = ("--type=merge", "--subresource=status", "--field-manager=jobtree-binder", "-p", patch)
        self.server.kubectl("patch", resource, key.name, "-n", key.namespace, *options)


def _parent(name: str) -> Object:
    """An empty set; its id is worked out of its name as the specification of apply sets has it."""
    identity = sha256(f"{name}..ApplySet.{GROUP}".encode()).digest()
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ApplySet",
        "metadata": {
            "name": name,
            "labels": {"applyset.kubernetes.io/id": f"applyset-{urlsafe_b64encode(identity).decode().rstrip('=')}-v1"},
            "annotations": {
                "applyset.kubernetes.io/tooling": "kubectl/v1.30",
                "applyset.kubernetes.io/contains-group-kinds": "",
            },
        },
    }
