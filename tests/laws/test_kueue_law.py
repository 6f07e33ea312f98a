"""Whatever Kueue knows: an import passes the check, invents no GPUs, and does not depend on the order of files."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jobtree.adapters.cbc import Cbc
from jobtree.base.progress import Silent
from jobtree.load.source import Source
from jobtree.pipeline import CompileRequest, compile_fleet
from tests.kueue_worlds import GPU, NOW, as_source, checked, clusters, migrate, written

NUMBERS = {"1k": 1000}


def nominal(objects: list[dict[str, Any]]) -> int:
    return sum(
        int(Fraction(NUMBERS.get(amount["nominalQuota"], amount["nominalQuota"])))
        for one in objects
        if one["kind"] in ("ClusterQueue", "Cohort")
        for group in one["spec"].get("resourceGroups", ())
        for flavor in group["flavors"]
        for amount in flavor["resources"]
        if amount["name"] == GPU
    )


@given(clusters())
@settings(max_examples=200, deadline=None)
def test_an_import_passes_the_check_and_keeps_every_gpu_of_quota(objects: list[dict[str, Any]]) -> None:
    migration, findings = migrate(objects)
    assert migration is not None, findings
    result = checked(migration)
    assert [str(finding) for finding in result.diagnostics if finding.severity == "error"] == []
    assert result.catalog is not None
    envelopes = [envelope for budget in result.catalog.budgets for envelope in budget.envelopes]
    assert sum(envelope.concurrency for envelope in envelopes) == nominal(objects)


@given(clusters(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_files_and_objects_means_nothing(objects: list[dict[str, Any]], random: Any) -> None:
    first, _ = migrate(objects)
    shuffled = list(objects)
    random.shuffle(shuffled)
    cut = random.randint(0, len(shuffled))
    second, _ = migrate([as_source(shuffled[cut:], "z.yaml"), as_source(shuffled[:cut], "y.yaml")])
    assert first is not None
    assert second is not None
    assert written(first) == written(second)
    assert first.notes == second.notes


@given(clusters())
@settings(max_examples=100, deadline=None)
def test_every_workload_is_accounted_for(objects: list[dict[str, Any]]) -> None:
    migration, _ = migrate(objects)
    assert migration is not None
    runs = [path for path in migration.files if path.startswith("runs/")]
    named = {note.source for note in migration.notes}
    for one in objects:
        if one["kind"] == "Workload":
            finished = bool(one["status"].get("conditions"))
            empty = not any(
                pods["count"] and pods["template"]["spec"]["containers"][0]["resources"]["limits"][GPU] != "0"
                for pods in one["spec"]["podSets"]
            )
            source = f"Workload {one['metadata']['namespace']}/{one['metadata']['name']}"
            assert finished or empty or source in named
    assert len(runs) == len({note.target for note in migration.notes if (note.target or "").startswith("Run ")})


@given(clusters())
@settings(max_examples=10, deadline=None)
def test_an_import_compiles(objects: list[dict[str, Any]]) -> None:
    migration, _ = migrate(objects)
    assert migration is not None
    sources = [Source(path, data) for path, data in written(migration).items()]
    compiled = compile_fleet(CompileRequest(sources=sources, as_of=NOW), Cbc(), Silent())
    assert compiled.violations == ()
    assert compiled.tree is not None
