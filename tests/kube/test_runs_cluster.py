"""``kubectl runs`` on a real API server: what it shows, what it submits, and what the server says no to."""

from pathlib import Path

import pytest

from jobtree.adapters import cluster as adapter
from jobtree.base.identity import Key, Owner
from jobtree.cli.runs.backend import Applied, Refused, View
from jobtree.cli.runs.cluster import ClusterBackend, namespace_of
from jobtree.edit.edits import AddSponsors, Shrink, Submit
from jobtree.load.source import Source
from tests.kube.server import Server

RUN = """apiVersion: rq.davidlangworthy.io/v1
kind: Run
metadata: {name: NAME}
spec:
  owner: org:a
  resources: {gpuType: H100-80GB, totalGPUs: 8}
"""


def backend(server: Server, *, namespace: str | None = "", rehearse: bool = False) -> ClusterBackend:
    here = server.namespace if namespace == "" else namespace
    return ClusterBackend(kubeconfig=server.kubeconfig, context=None, namespace=here, now=None, rehearse=rehearse)


def submit(*names: str, gpus: int = 8) -> Submit:
    text = "---\n".join(RUN.replace("NAME", name).replace("totalGPUs: 8", f"totalGPUs: {gpus}") for name in names)
    return Submit(source=Source("new.yaml", text.encode()))


def names(server: Server) -> list[str]:
    view = backend(server).view()
    assert isinstance(view, View), view
    assert view.plan is None
    return [str(thing["metadata"]["name"]) for thing in view.objects if thing["kind"] == "Run"]  # type: ignore[index]


def refusal(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    assert all(finding.help for finding in outcome.diagnostics)
    return " ".join(f"{finding.code} {finding.message}" for finding in outcome.diagnostics)


def test_runs_are_submitted_once(server: Server) -> None:
    created = backend(server).apply(submit("one", "two"))
    assert created == Applied(
        sentences=("run.rq.davidlangworthy.io/one created", "run.rq.davidlangworthy.io/two created")
    )
    again = backend(server).apply(submit("one", "three"))
    assert again == Applied(
        sentences=("run.rq.davidlangworthy.io/one unchanged", "run.rq.davidlangworthy.io/three created")
    )
    assert {"one", "two", "three"} <= set(names(server))
    assert "JT787 Run" in refusal(backend(server).apply(submit("four", "two", gpus=16)))
    assert "four" not in names(server)


def test_a_rehearsal_stores_nothing(server: Server) -> None:
    said = backend(server, rehearse=True).apply(submit("rehearsed"))
    assert said == Applied(sentences=("run.rq.davidlangworthy.io/rehearsed created (server dry run)",))
    assert "rehearsed" not in names(server)


def test_the_server_is_asked_before_anything_is_made(server: Server) -> None:
    text = (
        submit("five").source.data
        + b"---\n"
        + submit("six").source.data.replace(b"{name: six", b"{namespace: elsewhere, name: six")
    )
    outcome = backend(server).apply(Submit(source=Source("new.yaml", text)))
    assert "has no such namespace" in refusal(outcome)
    assert "five" not in names(server)


def test_a_list_of_many_pages(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    backend(server).apply(submit(*(f"page-{number}" for number in range(7))))
    monkeypatch.setattr(adapter, "PAGE", 2)
    assert {f"page-{number}" for number in range(7)} <= set(names(server))
    everywhere = backend(server, namespace=None).view()
    assert isinstance(everywhere, View)
    assert [str(thing["kind"]) for thing in everywhere.objects] == sorted(
        str(thing["kind"]) for thing in everywhere.objects
    )


def test_edits_belong_in_the_repository(server: Server) -> None:
    shrink = refusal(backend(server).apply(Shrink(run=Key("a", "one"), by=8)))
    sponsors = refusal(backend(server).apply(AddSponsors(run=Key("a", "one"), sponsors=(Owner("org:b"),))))
    assert shrink.startswith("JT795")
    assert sponsors.startswith("JT795")


def test_credentials_that_the_server_does_not_know(server: Server, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_bytes(server.kubeconfig.read_bytes())
    server_named = Server(config, server.cache, server.url, server.namespace)
    server_named.kubectl("config", "set-credentials", "stranger", "--token=expired")
    server_named.kubectl("config", "set-context", "stranger", "--user=stranger", f"--cluster={_cluster(server_named)}")
    server_named.kubectl("config", "set-context", "stranger", "--namespace=theirs")
    stranger = ClusterBackend(kubeconfig=config, context="stranger", namespace=None, now=None)
    assert "does not accept these credentials" in refusal(stranger.view())
    assert namespace_of(config, "stranger") == "theirs"


def _cluster(server: Server) -> str:
    return server.kubectl("config", "view", "--minify", "-o", "jsonpath={.contexts[0].context.cluster}")
