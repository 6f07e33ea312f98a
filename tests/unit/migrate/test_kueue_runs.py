"""Workloads and Jobs as Runs."""

from typing import Any

import pytest

from tests.kueue_worlds import (
    GPU,
    checked,
    flavor,
    kueue,
    local,
    migrate,
    migrated,
    node,
    pods,
    queue,
    quota,
    run,
    template,
    texts,
    workload,
)

CLUSTER = (queue("a", quota("h100", 64)), local("team", "a"), flavor("h100"))
TOPOLOGY = kueue("Topology", "fabric", {"levels": [{"nodeLabel": "block"}, {"nodeLabel": "rack"}]})
IN_BLOCKS = (
    queue("a", quota("h100", 64)),
    local("team", "a"),
    flavor("h100", topologyName="fabric"),
    TOPOLOGY,
    *(node(f"n{index}", "h100", block="b1", rack=f"r{index}") for index in range(4)),
)


def job(name: str, labels: dict[str, str], **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "team", "labels": labels, "annotations": spec.pop("annotations", {})}
    metadata["creationTimestamp"] = "2026-03-02T07:00:00Z"
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": template(8), **spec}}


QUEUED = {"kueue.x-k8s.io/queue-name": "gpus"}


def test_a_workload_is_a_run_of_its_size_and_place_in_the_order() -> None:
    owner = {"kind": "Job", "name": "train", "apiVersion": "batch/v1"}
    one = workload("team", "job-train-1", pods(3, 8), metadata={"ownerReferences": [owner]})
    (document,) = migrated(*CLUSTER, one).files["runs/team/train.yaml"]
    assert document["metadata"] == {
        "name": "train",
        "namespace": "team",
        "creationTimestamp": "2026-03-02T08:00:00Z",
    }
    assert document["spec"]["owner"] == "a"
    assert document["spec"]["resources"] == {"gpuType": "h100", "totalGPUs": 24, "gpusPerPod": 8}


def test_a_limit_is_the_duration_and_without_one_the_default_is_told() -> None:
    migration = migrated(
        *CLUSTER,
        workload("team", "limited", pods(1, 8), maximumExecutionTimeSeconds=5400),
        workload("team", "endless", pods(1, 8)),
    )
    assert run(migration, "runs/team/limited.yaml")["runtime"] == {"duration": "1h30m"}
    assert "runtime" not in run(migration, "runs/team/endless.yaml")
    (fleet,) = migration.files["fleet.yaml"]
    assert fleet["spec"]["planning"]["defaults"] == {"duration": "24h"}
    assert "the fleet's default of 24h" in texts(migration, "Workload team/endless")
    assert "default" not in texts(migration, "Workload team/limited")


def test_the_flavor_is_that_of_the_admission_else_the_first_that_the_selector_allows() -> None:
    two = (queue("a", quota("h100", 8), quota("a100", 8)), local("team", "a"), flavor("h100"), flavor("a100"))
    given = [{"name": "main", "flavors": {GPU: "a100"}}]
    admission = {"clusterQueue": "a", "podSetAssignments": given}
    migration = migrated(
        *two,
        workload("team", "running", pods(1, 8), status={"admission": admission}),
        workload("team", "picky", pods(1, 8, template=template(8, nodeSelector={"gpu": "a100"}))),
        workload("team", "any", pods(1, 8)),
        workload("team", "nowhere", pods(1, 8, template=template(8, nodeSelector={"gpu": "tpu"}))),
    )
    flavors = {
        name: run(migration, f"runs/team/{name}.yaml")["resources"]["gpuType"] for name in ("running", "picky", "any")
    }
    assert flavors == {"running": "a100", "picky": "a100", "any": "h100"}
    assert "Kueue would also try a100" in texts(migration, "Workload team/any")
    assert "it runs under Kueue now" in texts(migration, "Workload team/running")
    assert "dropped: no flavor of ClusterQueue a fits its pods main" in texts(migration, "Workload team/nowhere")


def test_pods_that_are_alike_are_one_gang() -> None:
    migration = migrated(*CLUSTER, workload("team", "train", pods(1, 8, "master"), pods(3, 8, "worker")))
    assert run(migration, "runs/team/train.yaml")["resources"]["totalGPUs"] == 32
    assert "master (1), worker (3) become one gang" in texts(migration, "Workload team/train")


def test_pods_that_differ_are_runs_that_start_together() -> None:
    one = workload("team", "train", pods(1, 1, "driver"), pods(2, 8, "worker"), pods(1, 0, "launcher"))
    migration = migrated(*CLUSTER, one)
    assert run(migration, "runs/team/train-driver.yaml")["with"] == ["train-worker"]
    assert run(migration, "runs/team/train-worker.yaml")["with"] == ["train-driver"]
    assert "start together" in texts(migration, "Workload team/train")
    assert "pods without GPUs (launcher)" in texts(migration, "Workload team/train")


def test_partial_admission_is_width() -> None:
    migration = migrated(*CLUSTER, workload("team", "train", pods(8, 4, minCount=2)))
    assert run(migration, "runs/team/train.yaml")["malleable"] == {
        "minTotalGPUs": 8,
        "maxTotalGPUs": 32,
        "stepGPUs": 4,
    }


def test_an_elastic_job_is_fixed_and_its_older_slice_left_out() -> None:
    mark = {"kueue.x-k8s.io/elastic-job": "true"}
    newer = {"kueue.x-k8s.io/workload-slice-replacement-for": "team/one", **mark}
    migration = migrated(
        *CLUSTER,
        workload("team", "one", pods(2, 8), metadata={"annotations": mark}),
        workload("team", "two", pods(4, 8), metadata={"annotations": newer}),
    )
    assert [path for path in migration.files if path.startswith("runs/")] == ["runs/team/two.yaml"]
    assert "another slice of the same job" in texts(migration, "Workload team/one")
    assert "elastic in Kueue" in texts(migration, "Workload team/two")


@pytest.mark.parametrize(
    ("request_", "place", "told"),
    [
        ({"required": "block"}, {"allowCrossGroupSpread": False}, ""),
        ({"required": "rack"}, {"allowCrossGroupSpread": False}, "had to lie within one rack"),
        ({"podSetSliceRequiredTopology": "block", "podSetSliceSize": 2}, {"groupGPUs": 16}, ""),
        ({"podSetSliceRequiredTopology": "block", "podSetSliceSize": 2_000_000}, {"groupGPUs": 32}, ""),
        ({"preferred": "block"}, None, "mapped: it prefers one block"),
        ({"unconstrained": True}, None, ""),
    ],
)
def test_topology_requests(request_: dict[str, Any], place: dict[str, Any] | None, told: str) -> None:
    one = workload("team", "train", pods(4, 8, topologyRequest=request_), maximumExecutionTimeSeconds=60)
    migration = migrated(*IN_BLOCKS, one)
    assert run(migration, "runs/team/train.yaml").get("locality") == place
    assert told in texts(migration, "Workload team/train")


def test_topology_requests_without_a_counterpart_are_told() -> None:
    group = {"required": "block", "podSetGroupName": "g"}
    one = workload("team", "train", pods(1, 8, "leader", topologyRequest=group), pods(2, 4, topologyRequest=group))
    migration = migrated(*IN_BLOCKS, one)
    assert "podset-group-name has no counterpart" in texts(migration, "Workload team/train")
    pod = template(8)
    pod["metadata"] = {"annotations": {"kueue.x-k8s.io/podset-topology-spreading": "{}"}}
    migration = migrated(*IN_BLOCKS, job("train", QUEUED, template=pod))
    assert "podset-topology-spreading has no counterpart" in texts(migration, "Job team/train")


def test_a_group_of_plain_pods_is_called_as_its_workload() -> None:
    owners = [{"kind": "Pod", "name": "group-0"}, {"kind": "Pod", "name": "group-1"}]
    migration = migrated(*CLUSTER, workload("team", "group", pods(2, 8), metadata={"ownerReferences": owners}))
    assert "runs/team/group.yaml" in migration.files


def test_annotations_of_the_pods_are_topology_requests_too_and_do_not_reach_the_pods() -> None:
    pod = template(8)
    notes = {"kueue.x-k8s.io/podset-required-topology": "block"}
    pod["metadata"] = {"annotations": {**notes, "team": "a"}, "labels": {"kueue.x-k8s.io/queue-name": "gpus"}}
    migration = migrated(*IN_BLOCKS, job("train", QUEUED, template=pod, parallelism=2))
    spec = run(migration, "runs/team/train.yaml")
    assert spec["locality"] == {"allowCrossGroupSpread": False}
    assert spec["template"]["metadata"] == {"annotations": {"team": "a"}}


def test_other_node_selectors_are_kept_with_the_labels_that_they_need() -> None:
    pod = template(8, nodeSelector={"gpu": "h100", "disk": "fast"})
    migration = migrated(*CLUSTER, node("n1", "h100", disk="fast"), workload("team", "train", pods(1, 8, template=pod)))
    assert run(migration, "runs/team/train.yaml")["locality"] == {"selector": {"disk": "fast"}}
    (machine,) = migration.files["topology/nodes.yaml"]
    assert machine["metadata"]["labels"]["disk"] == "fast"
    assert [finding for finding in checked(migration).diagnostics if finding.code == "JT322"] == []


def test_a_job_without_a_workload_is_one_itself() -> None:
    migration = migrated(
        *CLUSTER,
        job("train", QUEUED, parallelism=4, completions=2, activeDeadlineSeconds=7200),
        job("least", QUEUED, parallelism=4, annotations={"kueue.x-k8s.io/job-min-parallelism": "2"}),
        job("short", {**QUEUED, "kueue.x-k8s.io/max-exec-time-seconds": "60"}, activeDeadlineSeconds=7200),
        job("free", {}),
    )
    assert run(migration, "runs/team/train.yaml")["resources"]["totalGPUs"] == 16
    assert run(migration, "runs/team/train.yaml")["runtime"] == {"duration": "2h"}
    assert run(migration, "runs/team/least.yaml")["malleable"]["minTotalGPUs"] == 16
    assert run(migration, "runs/team/short.yaml")["runtime"] == {"duration": "1m"}
    assert "runs/team/free.yaml" not in migration.files
    assert "Kueue does not queue them" in texts(migration, "1 Job")


def test_a_job_that_has_a_workload_is_not_counted_twice() -> None:
    owner = {"kind": "Job", "name": "train"}
    one = workload("team", "job-train", pods(1, 8), metadata={"ownerReferences": [owner]})
    migration = migrated(*CLUSTER, one, job("train", QUEUED))
    assert [path for path in migration.files if path.startswith("runs/")] == ["runs/team/train.yaml"]


def test_what_is_over_or_not_wanted_is_left_out_with_a_reason() -> None:
    migration = migrated(
        *CLUSTER,
        workload("team", "done", pods(1, 8), status={"conditions": [{"type": "Finished", "status": "True"}]}),
        workload("team", "off", pods(1, 8), active=False),
        workload("team", "cpu", pods(1, 0)),
        workload("team", "lost", pods(1, 8), queue_name="gone"),
        workload("team", "huge", pods(1_000_000, 8)),
    )
    assert [path for path in migration.files if path.startswith("runs/")] == []
    for source, why in (
        ("1 finished workload", "they are over"),
        ("Workload team/off", "not active"),
        ("1 workload", "they want no GPUs"),
        ("Workload team/lost", "LocalQueue gone"),
        ("Workload team/huge", "it wants 8,000,000 GPUs; a run has at most 1,000,000"),
    ):
        assert f"dropped: {why}" in texts(migration, source) or why in texts(migration, source)


def test_two_jobs_of_one_name_stay_two_runs() -> None:
    def of(kind: str, name: str) -> dict[str, Any]:
        return workload("team", name, pods(1, 8), metadata={"ownerReferences": [{"kind": kind, "name": "train"}]})

    migration = migrated(*CLUSTER, of("Job", "job-train"), of("PyTorchJob", "pytorchjob-train"))
    assert len([path for path in migration.files if path.startswith("runs/team/train")]) == 2


def test_templates_lose_what_jobtree_sets_and_nothing_else() -> None:
    containers = [
        {"name": "sidecar", "image": "b"},
        {
            "name": "main",
            "image": "a",
            "env": [{"name": "RANK", "value": "0"}, {"name": "MODE", "value": "x"}],
            "resources": {"limits": {GPU: 8, "cpu": 1.5}, "requests": {GPU: 8}},
        },
    ]
    pod = {"spec": {"containers": containers, "nodeName": "n1", "schedulerName": "s", "restartPolicy": "Never"}}
    migration = migrated(*CLUSTER, workload("team", "train", pods(1, 8, template=pod)))
    assert run(migration, "runs/team/train.yaml")["template"] == {
        "spec": {
            "containers": [
                {
                    "name": "main",
                    "image": "a",
                    "env": [{"name": "MODE", "value": "x"}],
                    "resources": {"limits": {"cpu": "1.5"}},
                },
                {"name": "sidecar", "image": "b"},
            ],
            "restartPolicy": "Never",
        }
    }
    assert "rendezvous variables" in texts(migration, "Workload team/train")


def test_priorities_are_counted() -> None:
    migration = migrated(
        *CLUSTER,
        workload("team", "new", pods(1, 8), priorityClassRef={"name": "high"}),
        workload("team", "old", pods(1, 8), priorityClassName="high"),
    )
    assert "2 workloads had it" in texts(migration, "priority class high")


def test_kinds_that_are_not_read_are_counted() -> None:
    other = {"apiVersion": "jobset.x-k8s.io/v1alpha2", "kind": "JobSet", "metadata": {"name": "x", "namespace": "team"}}
    migration, _ = migrate([*CLUSTER, other])
    assert migration is not None
    assert "its Workload is what is imported" in texts(migration, "1 x JobSet")
