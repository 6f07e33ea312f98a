"""Every fixture reports exactly what its comments say, where they say it; and every code has a fixture and a page."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from jobtree.base.code_pages import delivery
from jobtree.base.diagnostic import Diagnostic
from jobtree.delivery import size
from jobtree.delivery.doctor import examine
from jobtree.emit.yaml_writer import write_documents
from jobtree.load.source import Source
from tests.faults.load.fixtures import Finding, read_case

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
PAGES = Path(__file__).parents[3] / "docs" / "codes"
SIZES = {"JT759", "JT760"}
"""Their fixtures are too large to check in: the tests below make them."""

APPLICATION = b"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: leases}
spec:
  source: {path: PATH}
  syncPolicy: {syncOptions: [ServerSideApply=true]}
"""
KUSTOMIZATION = b"""apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: leases}
spec: {path: PATH, interval: 10m, retryInterval: 30s, prune: false}
"""


def place(finding: Diagnostic) -> tuple[str, int]:
    return (finding.location.path, finding.location.line) if finding.location else ("", 0)


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_fixture(path: Path) -> None:
    case = read_case(path)
    findings = examine(case.sources, {}, out="rendered").findings
    found: set[Finding] = {(*place(finding), finding.severity.value, finding.code) for finding in findings}
    assert found == case.expected
    assert bool(case.expected) != path.stem.startswith("ok_")
    assert all(finding.help for finding in findings if finding.code.startswith("JT7"))


def test_every_code_has_a_fixture_and_a_page() -> None:
    shown = {finding[3] for path in CASES for finding in read_case(path).expected}
    assert set(delivery.TITLES) - shown == SIZES
    for code, title in delivery.TITLES.items():
        text = (PAGES / f"{code}.md").read_text("utf-8")
        assert text.startswith(f"# {code}: {title}\n"), code
        assert re.search(r"^## What to do$", text, re.MULTILINE), code


def leases(number: int, *, extra: str = "") -> bytes:
    """So many Leases, with names as long as names of two runs are on average."""
    return write_documents(
        {
            "apiVersion": "rq.davidlangworthy.io/v1",
            "kind": "Lease",
            "metadata": {"name": f"training-{index:05}-0-0-0123456789", "namespace": "vision"},
            "spec": {"owner": f"org:vision{extra}"},
        }
        for index in range(number)
    )


def codes(settings: bytes, path: str, tree: Mapping[str, bytes]) -> list[str]:
    sources = [Source("apps.yaml", settings.replace(b"PATH", path.encode()))]
    return [finding.code for finding in examine(sources, tree, out="rendered").findings]


@pytest.mark.parametrize(("settings", "most"), [(APPLICATION, 2900), (KUSTOMIZATION, 18000)])
def test_what_one_status_lists_is_limited(settings: bytes, most: int) -> None:
    """Three thousand objects broke an Application of Intuit's (argo-cd issue 14486)."""
    half = leases(most // 2)
    tree = {"gpu-a/vision/leases/a.yaml": half, "gpu-a/nlp/leases/a.yaml": half, "gpu-b/nlp/leases/a.yaml": half}
    assert codes(settings, "rendered/gpu-a", tree) == []
    assert codes(settings, "rendered", tree) == ["JT759"]
    tree |= {"gpu-a/vision/leases/b.yaml": leases(most // 4)}
    assert codes(settings, "rendered/gpu-a", tree) == ["JT759"]
    assert codes(settings, "rendered/gpu-b", tree) == []
    assert codes(settings, "rendered/gpu-a/vision", tree) == []


def test_an_overlay_is_measured_by_what_it_is_made_of() -> None:
    tree = {"gpu-a/vision/leases/a.yaml": leases(3600), "gpu-b/vision/leases/a.yaml": leases(10)}
    overlays = [
        Source("clusters/gpu-a/kustomization.yaml", b"resources: [../../base]\n"),
        Source("base/kustomization.yaml", b"resources: [../rendered/gpu-a]\n"),
    ]
    for path, expected in (("clusters/gpu-a", ["JT759"]), ("fleet/clusters/gpu-a", ["JT759"]), ("rendered/gpu-b", [])):
        sources = [*overlays, Source("apps.yaml", APPLICATION.replace(b"PATH", path.encode()))]
        assert [finding.code for finding in examine(sources, tree, out="rendered").findings] == expected


def test_generators_are_measured_folder_by_folder() -> None:
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: leases}\nspec:\n"
        "  syncPolicy: {preserveResourcesOnDeletion: true}\n  generators: [{git: {directories: [{path: %s}]}}]\n"
        '  template: {spec: {source: {path: "{{.path.path}}"}, syncPolicy: {syncOptions: [ServerSideApply=true]}}}\n'
    )
    half = leases(1800)
    tree = {"gpu-a/vision/leases/a.yaml": half, "gpu-a/nlp/leases/a.yaml": half}
    for path, expected in (("rendered/*", ["JT759"]), ("rendered/*/*", []), ("rendered/gpu-b", [])):
        assert codes((text % path).encode(), "", tree) == expected


def test_an_object_is_limited_by_etcd_and_more_so_from_the_client() -> None:
    small, large, huge = (
        {"gpu-a/vision/leases/a.yaml": leases(2, extra="x" * length)} for length in (200_000, 300_000, 1_600_000)
    )
    from_client = APPLICATION.replace(b"ServerSideApply=true", b"PruneLast=true")
    for tree, server, client in ((small, 0, 0), (large, 0, 2), (huge, 2, 2)):
        assert codes(APPLICATION, "rendered/gpu-a", tree).count("JT760") == server
        assert codes(from_client, "rendered/gpu-a", tree).count("JT760") == client


def test_sizes_are_those_of_the_stored_object() -> None:
    data = leases(1)
    (one,) = size.read_tree({"gpu-a/vision/leases/a.yaml": data, "gpu-a/kustomization.yaml": b"kind: Kustomization\n"})
    written = {
        "apiVersion": "rq.davidlangworthy.io/v1",
        "kind": "Lease",
        "metadata": {"name": "training-00000-0-0-0123456789", "namespace": "vision"},
        "spec": {"owner": "org:vision"},
    }
    assert one.size == len(json.dumps(written, separators=(",", ":")))
    assert one.folders == ("gpu-a", "vision")


def test_the_order_of_files_does_not_matter() -> None:
    sources = [source for path in CASES for source in read_case(path).sources]
    numbered = [Source(f"{index}/{source.path}", source.data) for index, source in enumerate(sources)]
    assert examine(numbered, {}, out="rendered").findings == examine(numbered[::-1], {}, out="rendered").findings


@pytest.mark.parametrize(
    "data",
    [
        b"# argoproj.io\n{{ if .Values.x }}\n",
        b"apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: [1, 2]\n",
        b"apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec: {template: {spec: {source: rendered/x}}}\n",
        b"kind: Kustomization\nresources: {rendered/x: 1}\npatches: [1, {patch: 2}, {patch: '{['}]\n# kustomize\n",
        b"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec: {path: rendered/x, patches: {a: b}}\n",
        b"apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {path: " + b"[" * 500 + b"\n",
    ],
)
def test_odd_documents_raise_nothing(data: bytes) -> None:
    examine([Source("kustomization.yaml", data)], {}, out="rendered")
