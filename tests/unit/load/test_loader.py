"""From files to a catalog."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtree.base.glob import glob_matches
from jobtree.base.identity import Key
from jobtree.base.instant import Instant
from jobtree.load.loader import load, output_dir
from jobtree.load.schemas import render
from jobtree.load.source import Source
from jobtree.load.wire.metadata import API_VERSION
from tests.faults.load.fixtures import base
from tests.unit.load.fleets import catalog, loading, run, texts

CASE = "runs/a/case.yaml"


def test_defaults_are_filled_in() -> None:
    found = catalog({CASE: run("r")}).runs[0]
    assert (found.gpus_per_pod, found.duration, found.group_size) == (8, 86_400, None)


def test_pod_size_is_the_gcd_of_sizes_and_of_the_flavors_nodes() -> None:
    text = run("r", "  locality: {groupGPUs: 12}\n").replace("totalGPUs: 8", "totalGPUs: 24")
    assert catalog({CASE: text}).runs[0].gpus_per_pod == 4


def test_the_order_of_files_means_nothing() -> None:
    files = [*base().items(), (CASE, run("r").encode()), ("runs/a/q.yaml", run("q", "  after: [r]\n").encode())]
    loaded = [
        load([Source(path, data) for path, data in order], admissions={}) for order in itertools.permutations(files)
    ]
    assert all(one == loaded[0] for one in loaded)


def test_admission_is_the_timestamp_else_the_commit() -> None:
    text = run("r").replace(", creationTimestamp: 2026-03-02T08:00:00Z", "")
    found = loading({CASE: text, "runs/a/t.yaml": run("t")}, {CASE: Instant(5), "runs/a/t.yaml": Instant(6)})
    assert found.catalog is not None
    assert [one.admitted for one in found.catalog.runs] == [5, 1772438400]


def test_inputs_are_the_files_that_hold_something() -> None:
    found = loading({CASE: run("r"), "README.yaml": "a: b\n", "chart/x.yaml": "{{ nothing }}\n"})
    assert [source.path for source in found.inputs] == sorted([*base(), CASE])


def test_pools_number_their_nodes_with_the_width_of_the_count() -> None:
    pool = """apiVersion: rq.davidlangworthy.io/v1
kind: NodePool
metadata: {name: p}
spec: {count: 100, gpusPerNode: 2, labels: {region: west, cluster: gpu-a, fabric.domain: C, gpu.flavor: L40}}
"""
    names = [node.name for node in catalog({"pool.yaml": pool}).nodes if node.flavor == "L40"]
    assert (names[0], names[-1], len(names)) == ("p-001", "p-100", 100)


def test_nodes_as_kubectl_prints_them() -> None:
    listed = """apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Node
  metadata:
    annotations: {node.alpha.kubernetes.io/ttl: "0"}
    name: x-1
    uid: 8d4b
    labels: {region: west, cluster: gpu-a, fabric.domain: A, gpu.flavor: H100-80GB, weight: 1e3}
  spec: {unschedulable: true, podCIDR: 10.0.0.0/24}
  status: {allocatable: {cpu: "64", nvidia.com/gpu: "4"}, conditions: [{type: Ready, status: "True", reason: ok}]}
- apiVersion: v1
  kind: ConfigMap
  data: {a: 017}
"""
    found = loading({"nodes.yaml": listed})
    node = next(node for node in (found.catalog.nodes if found.catalog else ()) if node.name == "x-1")
    assert (node.gpus, node.usable, dict(node.labels)["weight"]) == (4, False, "1e3")
    assert texts(found.diagnostics) == ["JT320 node x-1 takes no new pods: it is cordoned"]


def test_the_base_revisions_registry_decides() -> None:
    files = base() | {"runs/b/r.yaml": run("r").replace("namespace: a", "namespace: c").encode()}
    mine = files["fleet.yaml"].replace(b"namespaces: [a]", b"namespaces: [a, c]").replace(b"runs/a/**", b"runs/**")
    sources = [Source(path, data) for path, data in (files | {"fleet.yaml": mine}).items()]
    assert load(sources, admissions={}).catalog is not None
    refused = load(sources, admissions={}, registry=Source("fleet.yaml", base()["fleet.yaml"]))
    assert {finding.code for finding in refused.diagnostics} == {"JT306", "JT307"}


def test_globs() -> None:
    assert glob_matches("runs/**", "runs/a/b.yaml")
    assert glob_matches("runs/*/x.yaml", "runs/a/x.yaml")
    assert not glob_matches("runs/*.yaml", "runs/a/b.yaml")
    assert glob_matches("**/x.yaml", "a/b/x.yaml")
    assert not glob_matches("**/x.yaml", "x.yaml")
    assert glob_matches("run?.yaml", "run1.yaml")
    assert not glob_matches("run?.yaml", "run/.yaml")
    assert not glob_matches("a.yaml", "abyaml")
    assert not glob_matches("a" * 20 + "**a" * 300, "a" * 300 + "b")


@given(st.text("a/*?.", max_size=8), st.text("a/.", max_size=8))
def test_globs_are_what_the_regular_expression_says(pattern: str, path: str) -> None:
    wild = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    expression = "".join(wild.get(part) or re.escape(part) for part in re.findall(r"\*\*|.", pattern))
    assert glob_matches(pattern, path) == (re.fullmatch(expression, path) is not None)


def test_all_findings_at_once_sorted_by_place() -> None:
    text = run("r", "  spares: 017\n  spare: 1\n  runtime: {duration: 1 hour}\n")
    found = loading({CASE: text, "a.yaml": run("Q")})
    assert [finding.code for finding in found.diagnostics] == ["JT208", "JT113", "JT203", "JT210"]
    assert found.catalog is None


def test_near_misses_are_suggested() -> None:
    found = loading({CASE: run("r", "  spare: 1\n")})
    assert found.diagnostics[0].help == "did you mean spares?"


def test_a_reference_to_a_run_that_could_not_be_read_is_not_called_dangling() -> None:
    found = loading({CASE: run("r", "  after: [q]\n"), "runs/a/q.yaml": run("q", "  spares: x\n")})
    assert [finding.code for finding in found.diagnostics] == ["JT205"]


def test_subtree_caps_list_the_envelopes_of_descendants() -> None:
    child = base()["budgets/a.yaml"].decode().replace("owner: org:a", "owner: org:a\n  parents: ['org:b']")
    parent = """apiVersion: rq.davidlangworthy.io/v1
kind: Budget
metadata: {name: top, namespace: b}
spec:
  owner: org:b
  aggregateCaps: [{name: all, flavor: H100-80GB, subtree: true, maxGPUHours: 2}]
"""
    found = catalog({"budgets/a.yaml": child, "budgets/b.yaml": parent})
    cap = found.budgets[1].caps[0]
    assert ([str(key) for key in cap.envelopes], cap.max_gpu_seconds) == (["a/main/e"], 7_200)


def test_cycles_are_named_with_their_path() -> None:
    text = "---\n".join(run(name, f"  after: [{after}]\n") for name, after in (("p", "q"), ("q", "s"), ("s", "p")))
    found = loading({CASE: text})
    assert texts(found.diagnostics) == ["JT315 a run waits for itself: p -> q -> s -> p"]


def test_runs_are_keyed_by_namespace_and_name() -> None:
    assert set(catalog({CASE: run("r")}).run_of) == {Key("a", "r")}


def test_separate_cycles_are_told_at_once() -> None:
    pairs = (("p", "q"), ("q", "p"), ("s", "t"), ("t", "s"))
    found = loading({CASE: "---\n".join(run(name, f"  after: [{after}]\n") for name, after in pairs)})
    assert texts(found.diagnostics) == [
        "JT315 a run waits for itself: p -> q -> p",
        "JT315 a run waits for itself: s -> t -> s",
    ]


def test_our_own_schemas_are_not_inputs() -> None:
    schemas = {f"schemas/{path}": text for path, text in render().items()}
    assert loading({CASE: run("r")} | schemas) == loading({CASE: run("r")})


def test_documents_of_others_beside_ours_may_be_as_lax_as_they_like() -> None:
    other = "apiVersion: apps/v1\nkind: Deployment\nmetadata: &m {name: x, mode: 0644, on: yes}\nspec: *m\n"
    assert texts(loading({CASE: other + "---\n" + run("r")}).diagnostics) == []


def test_what_is_no_object_in_a_list_is_refused_at_its_place() -> None:
    listing = Source("n.yaml", b"apiVersion: v1\nkind: List\nitems: [7, null]\n")
    findings = [finding for finding in load([listing], admissions={}).diagnostics if finding.code == "JT205"]
    assert [str(finding.location) for finding in findings] == ["n.yaml:3:9", "n.yaml:3:12"]


def test_the_output_folder_is_known_whatever_else_is_wrong_in_the_file() -> None:
    fleet = f"apiVersion: {API_VERSION}\nkind: Fleet\nmetadata: {{name: f}}\nspec: {{output: {{dir: gen}}}}\n"
    orphan = f"---\napiVersion: {API_VERSION}\nkind: Budget\nmetadata: {{name: b, namespace: n}}\nspec: {{owner: x}}\n"
    assert output_dir(Source("fleet.yaml", (fleet + orphan).encode())) == "gen"
    assert output_dir(Source("fleet.yaml", b"{")) is None


@pytest.mark.parametrize("number", ["9223372036854775808", "1" + "0" * 400, "-" + "9" * 3_000_000], ids=len)
def test_a_number_of_any_length_is_refused_in_a_short_sentence(number: str) -> None:
    text = f"apiVersion: {API_VERSION}\nkind: Fleet\nmetadata: {{name: f}}\nspec: {{planning: {{horizon: {number}}}}}\n"
    (finding,) = (found for found in load([Source("fleet.yaml", text.encode())], admissions={}).diagnostics)
    assert (finding.code, "more than 18 digits" in finding.message) == ("JT113", True)
    assert len(finding.message) < 120


def test_a_document_that_is_wrong_all_over_is_reported_in_part() -> None:
    text = f"apiVersion: {API_VERSION}\nkind: Fleet\nmetadata: {{name: f}}\nspec:\n"
    wrong = "".join(f"  x{index}: 1\n" for index in range(5_000))
    findings = load([Source("fleet.yaml", (text + wrong).encode())], admissions={}).diagnostics
    assert len(findings) == 101
    assert any(finding.message == "4,900 more problems in this Fleet" for finding in findings)
