"""What a cluster may answer, from a small server on this machine; ``tests/kube`` asks a real one."""

import builtins
import json
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jobtree.base.identity import Key, Owner
from jobtree.cli.runs.backend import Applied, Refused, View
from jobtree.cli.runs.cluster import ClusterBackend, namespace_of
from jobtree.edit.edits import AddSponsors, Submit
from jobtree.load.source import Source

API = "/apis/rq.davidlangworthy.io/v1"
RUN = b"""apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {name: train}
spec: {owner: org:a, resources: {gpuType: H100, totalGPUs: 8}}
"""
SUBMIT = Submit(source=Source("a.yaml", RUN))
FORBIDDEN = 'runs is forbidden: User "viewer" cannot list resource "runs"'


@dataclass
class Fake:
    """Answers by method and path; what is not among them is an empty list. ``asked`` are the requests."""

    url: str = ""
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        for known, answer in self.answers.items():
            if f"{method} {path}".startswith(known):
                return answer
        return 200, {"kind": "List", "items": [], "metadata": {}}


@pytest.fixture
def fake() -> Iterator[Fake]:
    known = Fake()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            code, body = known.answer(self.command, self.path)
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _any  # noqa: N815 - names of the library

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield known
        server.shutdown()
        thread.join()


Configure = Callable[..., Path]


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    """Writes a kubeconfig."""

    def write(url: str, **context: str) -> Path:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": url}}],
            "users": [{"name": "u", "user": {"token": "secret-token"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", **context}}],
            "current-context": "x",
        }
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps(config))
        return path

    return write


def backend(config: Path | None, *, namespace: str | None = None) -> ClusterBackend:
    return ClusterBackend(kubeconfig=config, context=None, namespace=namespace, now=None)


def said(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    assert len(outcome.diagnostics) == 1
    found = outcome.diagnostics[0]
    assert found.code == "JT794"
    assert found.help
    assert "secret-token" not in found.message
    return found.message


def status(code: int, message: str) -> tuple[int, dict[str, object]]:
    return code, {"kind": "Status", "status": "Failure", "message": message, "code": code}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (status(401, "Unauthorized"), "does not accept these credentials: Unauthorized"),
        (status(403, FORBIDDEN), f"does not let you: {FORBIDDEN}"),
        (status(404, "the server could not find the requested resource"), "does not know our kinds"),
        (status(429, "slow down"), "says no (429): slow down"),
        (status(503, "no leader"), "says no (503): no leader"),
        ((500, b"<html>\n oh\tno</html>"), "says no (500): <html> oh no</html>"),
        ((200, {"kind": "Status"}), "gives no answer that can be read: no list"),
        ((200, b"[1]"), "gives no answer that can be read: no object"),
        ((200, b"{"), "gives no answer that can be read"),
    ],
)
def test_answers_that_are_none(fake: Fake, configure: Configure, answer: tuple[int, Any], sentence: str) -> None:
    fake.answers[f"GET {API}/"] = answer
    message = said(backend(configure(fake.url)).view())
    assert sentence in message
    assert fake.url in message


def test_the_same_for_what_is_submitted(fake: Fake, configure: Configure) -> None:
    fake.answers[f"POST {API}/namespaces/team/runs"] = status(422, "Run is invalid: spec.owner: wrong")
    assert "says no (422): Run is invalid" in said(backend(configure(fake.url, namespace="team")).apply(SUBMIT))
    fake.answers[f"POST {API}/namespaces/team/runs"] = status(404, 'namespaces "team" not found')
    assert "has no such namespace" in said(backend(configure(fake.url, namespace="team")).apply(SUBMIT))


def test_nothing_is_made_that_the_server_would_refuse(fake: Fake, configure: Configure) -> None:
    fake.answers["POST"] = status(403, "no")
    backend(configure(fake.url)).apply(SUBMIT)
    assert [line for line in fake.asked if "dryRun=All" not in line] == []


def test_nobody_answers(configure: Configure) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    message = said(backend(configure(f"http://127.0.0.1:{port}")).view())
    assert message.startswith(f"http://127.0.0.1:{port} cannot be reached: ")
    assert "refused" in message


def test_no_such_host(configure: Configure) -> None:
    assert "cannot be reached" in said(backend(configure("https://no-such-host.invalid:6443")).view())


def test_a_server_that_speaks_no_tls(fake: Fake, configure: Configure) -> None:
    message = said(backend(configure(fake.url.replace("http:", "https:"))).view())
    assert "speaks no TLS" in message


def test_a_certificate_that_nobody_vouches_for(configure: Configure, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    made = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        key,
        "-out",
        certificate,
    )
    subprocess.run([*made, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the client hangs up
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        message = said(backend(configure(f"https://localhost:{server.server_address[1]}")).view())
        server.shutdown()
        thread.join()
    assert "shows a certificate that is not trusted" in message


def test_a_namespace_is_all_that_is_asked_for(fake: Fake, configure: Configure) -> None:
    view = backend(configure(fake.url), namespace="team").view()
    assert isinstance(view, View)
    kinds = ("budgets", "leases", "reservations", "runs")
    asked = [line.partition("?")[0] for line in fake.asked]
    assert asked == [*(f"GET {API}/namespaces/team/{kind}" for kind in kinds), "GET /api/v1/nodes"]


def test_nodes_that_the_user_may_not_see_are_left_out(fake: Fake, configure: Configure) -> None:
    fake.answers["GET /api/v1/nodes"] = status(403, "nodes is forbidden")
    view = backend(configure(fake.url)).view()
    assert isinstance(view, View)
    assert view.notes == ("nodes are not shown: you may not list them",)
    fake.answers["GET /api/v1/nodes"] = status(500, "oops")
    assert "says no (500)" in said(backend(configure(fake.url)).view())


def test_a_list_that_the_server_forgot_is_asked_for_again(fake: Fake, configure: Configure) -> None:
    thing = {"apiVersion": "rq.davidlangworthy.io/v1", "kind": "Run", "metadata": {"name": "a", "namespace": "n"}}
    pages = iter([200, 410, 200])
    first = {"items": [thing], "metadata": {"continue": "more"}}

    def answer(method: str, path: str) -> tuple[int, Any]:
        if "/runs" not in path:
            return 200, {"items": []}
        code = next(pages)
        return status(code, "expired") if code == 410 else (200, first if "continue" not in path else {"items": []})

    fake.answer = answer  # type: ignore[method-assign]
    pages = iter([200, 410, 200, 200])
    view = backend(configure(fake.url)).view()
    assert isinstance(view, View)
    assert [thing["kind"] for thing in view.objects] == ["Run"]


def test_what_was_made_before_the_server_changed_its_mind_is_named(fake: Fake, configure: Configure) -> None:
    made: list[str] = []

    def answer(method: str, path: str) -> tuple[int, Any]:
        if "dryRun" in path or not made:
            made.extend([] if "dryRun" in path else ["one"])
            return 201, {"kind": "Run"}
        return status(403, "quota")

    fake.answer = answer  # type: ignore[method-assign]
    two = Submit(source=Source("a.yaml", RUN + b"---\n" + RUN.replace(b"train", b"other")))
    outcome = backend(configure(fake.url)).apply(two)
    assert "quota" in said(outcome)
    assert isinstance(outcome, Refused)
    assert outcome.diagnostics[0].notes == ("done before: run.rq.davidlangworthy.io/train created",)


def test_kubeconfigs(fake: Fake, configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = configure(fake.url, namespace="theirs")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'missing'}:{path}")
    assert isinstance(backend(None).view(), View)
    assert namespace_of(None, None) == "theirs"
    assert namespace_of(configure(fake.url), None) == "default"
    assert "there is no context nope" in said(namespace_of(path, "nope"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    assert "no kubeconfig that can be used" in said(backend(None).view())
    for text in ("{", "a: [", "", "x", '{"current-context": "x"}'):
        path.write_text(text)
        assert "no kubeconfig that can be used" in said(backend(path).view())


def test_without_the_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.startswith("kubernetes"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    outcome = backend(tmp_path).view()
    assert said(outcome) == "the Kubernetes client is not installed"
    assert isinstance(outcome, Refused)
    assert "jobtree[cluster]" in str(outcome.diagnostics[0].help)


def test_the_client_is_loaded_only_when_a_cluster_is_asked() -> None:
    check = "import sys, jobtree.cli.runs.cluster; sys.exit('kubernetes' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_an_edit_names_the_command_that_does_it_in_the_repository() -> None:
    edit = AddSponsors(run=Key("team", "train"), sponsors=(Owner("org:b"), Owner("org:c")), most=8)
    outcome = backend(None).apply(edit)
    assert isinstance(outcome, Refused)
    assert [finding.code for finding in outcome.diagnostics] == ["JT795"]
    command = "kubectl runs sponsors add train org:b org:c --max 8 -n team --repo DIR"
    assert outcome.diagnostics[0].help == command


def test_a_rehearsal_only_asks(fake: Fake, configure: Configure) -> None:
    fake.answers["POST"] = (201, {"kind": "Run"})
    config = configure(fake.url)
    done = ClusterBackend(kubeconfig=config, context=None, namespace="team", now=None, rehearse=True).apply(SUBMIT)
    assert done == Applied(sentences=("run.rq.davidlangworthy.io/train created (server dry run)",))
    assert [line for line in fake.asked if "dryRun=All" not in line] == []


def test_an_empty_cluster_takes_a_run(fake: Fake, configure: Configure) -> None:
    fake.answers["POST"] = (201, {"kind": "Run"})
    done = backend(configure(fake.url, namespace="team")).apply(SUBMIT)
    assert done == Applied(sentences=("run.rq.davidlangworthy.io/train created",))
    posts = [line for line in fake.asked if line.startswith(f"POST {API}/namespaces/team/runs?")]
    assert len(posts) == 2
    assert all("fieldValidation=Strict" in line and "fieldManager=kubectl-runs" in line for line in posts)
