"""Trees become runs."""

from jobtree.base.identity import Key
from tests.unit.load.fleets import catalog, loading, run

SPEC = "spec: {resources: {gpuType: H100-80GB, totalGPUs: 8}}"
TREE = f"""apiVersion: rq.davidlangworthy.io/v1
kind: JobTree
metadata: {{name: weekly, namespace: a, creationTimestamp: 2026-03-02T08:00:00Z}}
spec:
  owner: org:a
  quota: {{maxGPUs: 64, maxGPUHours: 10}}
  runs:
    - {{name: prep, {SPEC}}}
    - {{name: old, runRef: legacy, after: [prep]}}
  trees:
    - name: evals
      after: [old]
      quota: {{maxGPUs: 16}}
      runs:
        - {{name: small, {SPEC}}}
        - {{name: large, with: [small], {SPEC}}}
    - name: report
      after: [evals]
      runs: [{{name: html, {SPEC}}}]
"""
FILES = {
    "runs/a/tree.yaml": TREE,
    "runs/a/legacy.yaml": run("legacy", "  after: [other]\n"),
    "runs/a/o.yaml": run("other"),
}


def keys(*names: str) -> tuple[Key, ...]:
    return tuple(Key("a", name) for name in names)


def test_names_are_qualified_and_references_keep_theirs() -> None:
    names = [found.key.name for found in catalog(FILES).runs]
    assert names == ["legacy", "other", "weekly-evals-large", "weekly-evals-small", "weekly-prep", "weekly-report-html"]


def test_after_and_with_between_siblings() -> None:
    runs = catalog(FILES).run_of
    assert runs[Key("a", "legacy")].after == keys("other", "weekly-prep")
    assert runs[Key("a", "weekly-evals-small")].after == keys("legacy")
    assert runs[Key("a", "weekly-evals-large")].together == keys("weekly-evals-small")
    assert runs[Key("a", "weekly-report-html")].after == keys("weekly-evals-large", "weekly-evals-small")


def test_quotas_are_outermost_first() -> None:
    runs = catalog(FILES).run_of
    quotas = runs[Key("a", "weekly-evals-small")].quotas
    assert [(quota.key.name, quota.max_gpus, quota.max_gpu_seconds) for quota in quotas] == [
        ("weekly", 64, 36_000),
        ("weekly-evals", 16, None),
    ]
    assert [quota.key.name for quota in runs[Key("a", "legacy")].quotas] == ["weekly"]
    assert runs[Key("a", "other")].quotas == ()


def test_faults_in_a_tree_are_shown_in_the_tree() -> None:
    found = loading(
        {"runs/a/tree.yaml": TREE.replace("name: small", "name: small, oops: 1")}
        | FILES
        | {"runs/a/tree.yaml": TREE.replace("after: [evals]", "after: [eval]")}
    )
    assert [(f.code, str(f.location), f.help) for f in found.diagnostics] == [
        ("JT312", "runs/a/tree.yaml:18:15", "did you mean evals?")
    ]
