"""Quota and sharing: what a ClusterQueue, a Cohort and their limits become."""

from typing import Any

import pytest

from tests.kueue_worlds import (
    budget,
    checked,
    flavor,
    groups,
    kueue,
    local,
    migrated,
    pods,
    queue,
    quota,
    run,
    template,
    texts,
    workload,
)


def shape(envelope: dict[str, Any]) -> tuple[str, int, str | None]:
    return envelope["name"], envelope["concurrency"], envelope.get("sharing")


def test_nominal_quota_is_concurrency_in_a_window_of_a_year() -> None:
    migration = migrated(queue("a", quota("h100", "8")), local("team", "a"))
    (envelope,) = budget(migration, "budgets/a.yaml")["envelopes"]
    assert envelope == {
        "name": "h100",
        "flavor": "h100",
        "selector": {"cluster": "main"},
        "concurrency": 8,
        "start": "2026-03-02T09:00:00Z",
        "end": "2027-03-02T09:00:00Z",
    }
    assert "mapped: nominalQuota 8 = concurrency 8" in texts(migration, "ClusterQueue a: h100")


@pytest.mark.parametrize(
    ("written", "whole"), [(8, 8), ("8", 8), ("1k", 1000), ("2e1", 20), ("1Ki", 1024), ("8000m", 8)]
)
def test_quantities_of_kubernetes(written: object, whole: int) -> None:
    migration = migrated(queue("a", quota("h100", written)), local("team", "a"))
    assert budget(migration, "budgets/a.yaml")["envelopes"][0]["concurrency"] == whole


@pytest.mark.parametrize(("written", "whole"), [("1500m", 1), ("2.5", 2), ("1G", 1_000_000)])
def test_what_is_no_whole_number_or_too_much_is_cut_and_told(written: str, whole: int) -> None:
    migration = migrated(queue("a", quota("h100", written)), local("team", "a"))
    assert budget(migration, "budgets/a.yaml")["envelopes"][0]["concurrency"] == whole
    assert f"changed: nominalQuota {written} is read as {whole:,}" in texts(migration, "ClusterQueue a: h100")


def test_a_lending_limit_divides_the_quota() -> None:
    migration = migrated(queue("a", quota("h100", 12, lendingLimit=4), cohort="x"), local("team", "a"))
    spec = budget(migration, "budgets/a.yaml")
    assert spec["owner"] == "x:a"
    assert spec["parents"] == ["x"]
    assert [shape(one) for one in spec["envelopes"]] == [("h100-exclusive", 8, "none"), ("h100-shared", 4, None)]
    assert "12 = 8 for itself + 4 that the family may use" in texts(migration, "ClusterQueue a: h100")
    assert "a pod of more than 8 GPUs" in texts(migration, "ClusterQueue a: h100: lendingLimit")


@pytest.mark.parametrize(("limit", "sharing"), [(0, "none"), (12, None), (99, None)])
def test_a_lending_limit_of_nothing_or_of_all_needs_one_envelope(limit: int, sharing: str | None) -> None:
    migration = migrated(queue("a", quota("h100", 12, lendingLimit=limit), cohort="x"), local("team", "a"))
    assert [shape(one) for one in budget(migration, "budgets/a.yaml")["envelopes"]] == [("h100", 12, sharing)]


def test_who_may_not_borrow_is_no_family_and_lends_as_a_sponsor() -> None:
    migration = migrated(
        queue("a", quota("h100", 16, borrowingLimit=0, lendingLimit=8), cohort="x"),
        queue("b", quota("h100", 0), cohort="x"),
        local("team-a", "a"),
        local("team-b", "b"),
        workload("team-a", "one", pods(1, 8)),
        workload("team-b", "two", pods(1, 8)),
    )
    spec = budget(migration, "budgets/a.yaml")
    assert "parents" not in spec
    (envelope,) = spec["envelopes"]
    assert shape(envelope) == ("h100", 16, "none")
    assert envelope["lending"] == {"allow": True, "to": ["x:*"], "maxConcurrency": 8}
    assert run(migration, "runs/team-b/two.yaml")["funding"] == {"allowBorrow": True, "sponsors": ["x:a"]}
    assert "funding" not in run(migration, "runs/team-a/one.yaml")


def test_who_may_neither_borrow_nor_lend_stands_alone() -> None:
    migration = migrated(
        queue("a", quota("h100", 16, borrowingLimit=0, lendingLimit=0), cohort="x"), local("team", "a")
    )
    (envelope,) = budget(migration, "budgets/a.yaml")["envelopes"]
    assert shape(envelope) == ("h100", 16, "none")
    assert "lending" not in envelope


def test_a_borrowing_limit_above_nothing_is_dropped_with_its_arithmetic() -> None:
    migration = migrated(queue("a", quota("h100", 16, borrowingLimit="4"), cohort="x"), local("team", "a"))
    assert "dropped: it could use 16 + 4 GPUs at once" in texts(migration, "borrowingLimit 4 of h100")


def test_cohorts_are_parents_and_hold_quota_of_their_own() -> None:
    migration = migrated(
        kueue("Cohort", "org", {}),
        kueue("Cohort", "x", {"parentName": "org", "resourceGroups": groups(quota("h100", 16, lendingLimit=8))}),
        queue("a", quota("h100", 0), cohort="x"),
        local("team", "a"),
    )
    spec = budget(migration, "budgets/x-cohort.yaml")
    assert (spec["owner"], spec["parents"]) == ("org:x", ["org"])
    assert [shape(one) for one in spec["envelopes"]] == [("h100", 16, None)], "those below may use all of it"
    assert budget(migration, "budgets/a.yaml") == {"owner": "org:x:a", "parents": ["org:x"]}
    told = texts(migration, "Cohort x: lendingLimit 8")
    assert "dropped: what the queues below it may lend to others" in told
    assert "the 16 GPUs of the cohort itself are for its whole family to use" in told


def test_an_owner_with_more_paths_than_a_registry_takes_is_told() -> None:
    crowded = migrated(queue("a", quota("h100", 8)), *(local(f"team-{number}", "a") for number in range(256)))
    fits = migrated(queue("a", quota("h100", 8)), *(local(f"team-{number}", "a") for number in range(255)))
    text = "changed: a registry takes 256 paths of an owner: this one has none, so it may write anywhere"
    assert text in texts(crowded, "ClusterQueue a")
    assert text not in texts(fits, "ClusterQueue a")
    owners = [migration.files["fleet.yaml"][0]["spec"]["owners"] for migration in (crowded, fits)]
    assert ["paths" in entry for (entry,) in owners] == [False, True]


@pytest.mark.parametrize(
    ("version", "member", "parent"), [("v1beta1", "cohort", "parentName"), ("v1alpha1", "cohort", "parent")]
)
def test_the_spellings_of_older_versions(version: str, member: str, parent: str) -> None:
    group = kueue("Cohort", "x", {parent: "org"}, version=version)
    old = kueue("ClusterQueue", "a", {"resourceGroups": groups(quota("h100", 8)), member: "x"}, version="v1beta1")
    migration = migrated(group, old, local("team", "a"))
    assert budget(migration, "budgets/a.yaml")["owner"] == "org:x:a"


def test_cohorts_in_a_circle_have_no_parents() -> None:
    migration = migrated(
        kueue("Cohort", "x", {"parentName": "y"}),
        kueue("Cohort", "y", {"parentName": "x"}),
        kueue("Cohort", "z", {"parentName": "x"}),
        queue("a", quota("h100", 8), cohort="z"),
        local("team", "a"),
    )
    assert budget(migration, "budgets/z-cohort.yaml")["parents"] == ["x"]
    assert "its own ancestor" in texts(migration, "Cohort x: parentName")
    assert "its own ancestor" in texts(migration, "Cohort y: parentName")
    assert texts(migration, "Cohort z: parentName") == ""


def test_queues_that_share_a_namespace_have_one_owner() -> None:
    migration = migrated(
        queue("a", quota("h100", 8), cohort="x"),
        queue("b", quota("a100", 16), cohort="y"),
        local("team", "a", "one"),
        local("team", "b", "two"),
    )
    assert budget(migration, "budgets/a.yaml")["owner"] == budget(migration, "budgets/b.yaml")["owner"] == "y:b"
    assert budget(migration, "budgets/b.yaml")["parents"] == ["y"], "it shares where it has most GPUs"
    assert "parents" not in budget(migration, "budgets/a.yaml")
    assert budget(migration, "budgets/a.yaml")["envelopes"][0]["sharing"] == "none"
    assert "they become budgets of one owner" in texts(migration, "ClusterQueues a, b")
    assert "in one tree only" in texts(migration, "ClusterQueue a in cohort x")


def test_a_stopped_queue_shares_nothing_and_its_waiting_runs_are_left_out() -> None:
    migration = migrated(
        queue("a", quota("h100", 8), cohort="x", stopPolicy="Hold"),
        local("team", "a"),
        workload("team", "waits", pods(1, 8)),
        workload("team", "runs", pods(1, 8), status={"admission": {"clusterQueue": "a"}}),
    )
    assert budget(migration, "budgets/a.yaml")["envelopes"][0]["sharing"] == "none"
    assert "runs/team/waits.yaml" not in migration.files
    assert "runs/team/runs.yaml" in migration.files
    assert "dropped: its queue is stopped (Hold)" in texts(migration, "Workload team/waits")


def test_what_jobtree_has_no_word_for_is_told_once_for_all_queues() -> None:
    settings = {
        "queueingStrategy": "StrictFIFO",
        "preemption": {"withinClusterQueue": "LowerPriority", "reclaimWithinCohort": "Any"},
        "fairSharing": {"weight": "2"},
        "admissionChecks": ["provision"],
        "flavorFungibility": {"whenCanBorrow": "TryNextFlavor", "whenCanPreempt": "Preempt"},
    }
    migration = migrated(
        queue("a", quota("h100", 8), **settings), queue("b", quota("h100", 8), **settings), local("team", "a")
    )
    sources = [note.source for note in migration.notes]
    for setting in ("StrictFIFO", "LowerPriority", "weight: 2", "admissionChecks: provision", "TryNextFlavor"):
        assert [source for source in sources if setting in source and "ClusterQueue a, ClusterQueue b" in source]
    assert "quota of cpu" in sources


def test_defaults_that_an_api_server_fills_in_are_not_told() -> None:
    filled = {
        "queueingStrategy": "BestEffortFIFO",
        "preemption": {"borrowWithinCohort": {"policy": "Never"}, "reclaimWithinCohort": "Never"},
        "flavorFungibility": {"whenCanBorrow": "Borrow", "whenCanPreempt": "TryNextFlavor"},
        "fairSharing": {"weight": "1"},
        "stopPolicy": "None",
    }
    plain = migrated(queue("a", quota("h100", 8)), local("team", "a"))
    assert migrated(queue("a", quota("h100", 8), **filled), local("team", "a")).notes == plain.notes


def test_names_that_jobtree_cannot_have_are_changed_and_stay_apart() -> None:
    long = "x" * 70
    migration = migrated(
        queue("a.b", quota("h100", 1)),
        queue("a-b", quota("h100", 2)),
        queue(long, quota("h.100", 4), quota("h-100", 8)),
        *(local(f"team-{index}", name) for index, name in enumerate(["a.b", "a-b", long])),
    )
    assert budget(migration, "budgets/a-b.yaml")["envelopes"][0]["concurrency"] == 2
    budgets = [path for path in migration.files if path.startswith("budgets/")]
    assert len(budgets) == 3
    assert all(len(path) <= len("budgets/.yaml") + 63 for path in budgets)
    catalog = checked(migration).catalog
    assert catalog is not None
    assert sum(one.concurrency for each in catalog.budgets for one in each.envelopes) == 15


def test_more_flavors_than_a_budget_holds_are_two_budgets() -> None:
    migration = migrated(queue("a", *(quota(f"f{index}", 1) for index in range(70))), local("team", "a"))
    first, second = migration.files["budgets/a.yaml"]
    assert (len(first["spec"]["envelopes"]), len(second["spec"]["envelopes"])) == (64, 6)


def test_more_namespaces_than_an_owner_has_are_told() -> None:
    spaces = [f"team-{index:03}" for index in range(260)]
    migration = migrated(
        queue("a", quota("h100", 8)),
        *(local(space, "a") for space in spaces),
        workload(spaces[0], "one", pods(1, 8)),
        workload(spaces[-1], "two", pods(1, 8)),
    )
    assert [path for path in migration.files if path.startswith("runs/")] == ["runs/team-000/one.yaml"]
    assert "at most 256 namespaces" in texts(migration, "namespace team-259")
    assert "at most 256 namespaces" in texts(migration, "Workload team-259/two")


def test_tolerations_of_a_flavor_go_to_the_pods_that_it_admits() -> None:
    taint = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
    tolerated = {"key": "gpu", "operator": "Exists"}
    migration = migrated(
        queue("a", quota("h100", 8), quota("a100", 8)),
        local("team", "a"),
        flavor("h100", nodeTaints=[taint]),
        flavor("a100", nodeTaints=[taint], tolerations=[tolerated]),
        workload("team", "plain", pods(1, 8)),
        workload("team", "own", pods(1, 8, template=template(8, tolerations=[tolerated]))),
    )
    assert run(migration, "runs/team/plain.yaml")["resources"]["gpuType"] == "a100", "nobody tolerates h100 for it"
    assert run(migration, "runs/team/plain.yaml")["template"]["spec"]["tolerations"] == [tolerated]
    assert run(migration, "runs/team/own.yaml")["resources"]["gpuType"] == "h100"
