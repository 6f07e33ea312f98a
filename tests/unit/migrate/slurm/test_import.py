"""The recorded lab, fact by fact; and what becomes of it when Slurm is set up otherwise."""

import pytest

from jobtree.migrate.migration import Migration, Outcome
from jobtree.migrate.slurm.convert import migrate_slurm
from tests.unit.migrate.slurm.recorded import SETTINGS, edited, imported, note, recorded, spec


def envelope(path: str, flavor: str, **changed: str | None) -> dict[str, object]:
    (found,) = [e for e in spec(imported(**changed), path)["envelopes"] if e["flavor"] == flavor]
    return dict(found)


def test_a_limit_of_gpus_is_concurrency() -> None:
    assert envelope("budgets/bio-chem.yaml", "a100") == {
        "name": "a100",
        "flavor": "a100",
        "selector": {"cluster": "lab"},
        "concurrency": 16,
        "start": "2026-11-27T09:00:00Z",
        "end": "2027-01-01T00:00:00Z",
        "sharing": "none",
    }


def test_an_account_with_accounts_below_has_a_subtree_cap_and_its_minutes_are_hours() -> None:
    caps = spec(imported(), "budgets/vision.yaml")["aggregateCaps"]
    assert caps == [
        {"name": "a100", "flavor": "a100", "subtree": True, "maxConcurrency": 8},
        {"name": "h100", "flavor": "h100", "subtree": True, "maxConcurrency": 64, "maxGPUHours": 49_999},
    ]
    text = note(imported(), "account vision: GrpTRESMins").text
    assert "h100 3,000,000 min / 60, less 0.16 that sacct shows as used, = 49,999 GPU-hours" in text
    assert spec(imported(history=None), "budgets/vision.yaml")["aggregateCaps"][1]["maxGPUHours"] == 50_000


def test_a_limit_on_all_types_is_split() -> None:
    caps = spec(imported(), "budgets/ai.yaml")["aggregateCaps"]
    assert [(cap["flavor"], cap["maxConcurrency"]) for cap in caps] == [("a100", 24), ("h100", 104)]
    found = note(imported(), "account ai: GrpTRES")
    assert found.outcome is Outcome.CHANGED
    assert "(32 a100 : 128 h100), in whole nodes, into a100 24, h100 104" in found.text
    one_type = edited("nodes", (":a100:4", ":h100:4"), ("gpu:a100=4", "gpu:h100=4"))
    (cap,) = spec(imported(nodes=one_type), "budgets/ai.yaml")["aggregateCaps"]
    assert cap["maxConcurrency"] == 128
    assert note(imported(nodes=one_type), "account ai: GrpTRES").outcome is Outcome.MAPPED


def test_a_user_with_a_limit_is_an_owner_below_the_account() -> None:
    budget = spec(imported(), "budgets/vision-bob.yaml")
    assert (budget["owner"], budget["parents"]) == ("ai:vision:bob", ["ai:vision"])
    assert [(e["flavor"], e["concurrency"]) for e in budget["envelopes"]] == [("a100", 8), ("h100", 16)]
    assert spec(imported(), "runs/vision-bob/notebook.yaml")["owner"] == "ai:vision:bob"


def test_an_account_without_users_pays_for_nothing_itself() -> None:
    assert spec(imported(), "budgets/ai.yaml")["envelopes"] == []


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("DAILY", "2026-11-28T00:00:00Z"),
        ("WEEKLY", "2026-11-29T00:00:00Z"),
        ("MONTHLY", "2026-12-01T00:00:00Z"),
        ("QUARTERLY", "2027-01-01T00:00:00Z"),
        ("YEARLY", "2027-01-01T00:00:00Z"),
        ("NONE", "2027-11-27T09:00:00Z"),
    ],
)
def test_windows_end_when_usage_is_reset(period: str, end: str) -> None:
    config = edited("config", ("ResetPeriod = QUARTERLY", f"ResetPeriod = {period}"))
    assert envelope("budgets/nlp.yaml", "h100", config=config)["end"] == end


def test_usage_that_decays_is_not_subtracted() -> None:
    config = edited("config", ("PriorityDecayHalfLife   = 00:00:00", "PriorityDecayHalfLife   = 7-00:00:00"))
    migration = imported(config=config)
    assert spec(migration, "budgets/vision.yaml")["aggregateCaps"][1]["maxGPUHours"] == 50_000
    assert "forgets half of the usage every 7d" in note(migration, "PriorityDecayHalfLife").text
    assert note(migration, "sacct").outcome is Outcome.DROPPED


def test_minutes_that_a_window_cannot_hold_are_cut_to_it() -> None:
    rows = edited("associations", ("|gres/gpu:a100=16||", "|gres/gpu:a100=16|gres/gpu:a100=999999999|"))
    hours = 34 * 24 + 15
    assert envelope("budgets/bio-chem.yaml", "a100", associations=rows)["maxGPUHours"] == 16 * hours


def test_limits_that_were_not_enforced_are_now() -> None:
    config = edited("config", ("associations,limits,qos,safe", "associations"))
    assert "did not enforce limits" in note(imported(config=config), "AccountingStorageEnforce").text


def test_switches_are_domains_and_types_flavors() -> None:
    migration = imported()
    assert [path for path in migration.files if path.startswith("topology/")] == [
        "topology/leaf1.yaml", "topology/leaf2.yaml", "topology/leaf3.yaml",
    ]  # fmt: skip
    node = migration.files["topology/leaf3.yaml"][7]
    assert node["metadata"] == {
        "name": "a08",
        "labels": {
            "region": "default", "cluster": "lab", "fabric.domain": "leaf3", "gpu.flavor": "a100",
            "feature.ib": "true", "partition.debug": "true",
        },
    }  # fmt: skip
    assert node["status"] == {"allocatable": {"nvidia.com/gpu": "4"}}


def test_topology_conf_with_comments_is_read_as_well() -> None:
    conf = (
        "# ours\nSwitchName=leaf1 Nodes=h[01-08]\nSwitchName=leaf2 Nodes=h[09-16]\nSwitchName=top Switches=leaf[1-2]\n"
    )
    assert len(imported(topology=conf).files["topology/leaf2.yaml"]) == 8


def test_without_a_topology_there_is_one_domain() -> None:
    migration = imported(topology=None)
    assert [path for path in migration.files if path.startswith("topology/")] == ["topology/lab.yaml"]
    assert note(migration, "no topology").outcome is Outcome.CHANGED


def test_a_drained_node_is_cordoned() -> None:
    nodes = edited("nodes", ("State=IDLE+CLOUD", "State=IDLE+DRAIN+CLOUD"))
    assert all("spec" in node for node in imported(nodes=nodes).files["topology/leaf2.yaml"][2:])
    assert "spec" not in imported().files["topology/leaf2.yaml"][7]


def test_the_longest_partition_limit_is_a_house_rule() -> None:
    (rule,) = spec(imported(), "policies/slurm.yaml")["rules"]
    assert rule["rule"] == {"type": "maxDuration", "duration": "7d"}
    endless = edited("partitions", ("MaxTime=7-00:00:00", "MaxTime=UNLIMITED"))
    assert "policies/slurm.yaml" not in imported(partitions=endless).files


def test_preempt_exempt_time_is_protection() -> None:
    assert spec(imported(), "fleet.yaml")["planning"] == {"activation": {"protection": "1h"}}


def test_a_job_is_a_run() -> None:
    assert spec(imported(), "runs/vision/train.yaml") == {
        "owner": "ai:vision",
        "resources": {"gpuType": "h100", "totalGPUs": 32, "gpusPerPod": 8},
        "locality": {"allowCrossGroupSpread": False},
        "runtime": {"duration": "3d"},
    }
    assert spec(imported(), "runs/vision/evaluate.yaml")["after"] == ["train"]


def test_an_array_is_a_job_tree_whose_percent_is_its_quota() -> None:
    tree = spec(imported(), "runs/vision/sweep.yaml")
    assert tree["quota"] == {"maxGPUs": 16}
    assert [run["name"] for run in tree["runs"]] == [str(task) for task in range(12)]


def test_scripts_say_the_same_as_the_queue() -> None:
    queued, alone = imported(), imported(queue=None)
    for name in ("train", "sweep", "finetune"):
        by_namespace = next(path for path in queued.files if path.endswith(f"/{name}.yaml"))
        assert spec(alone, by_namespace) == spec(queued, by_namespace)


def test_scripts_say_what_has_no_counterpart() -> None:
    migration = imported(queue=None)
    assert "checkpoint" in note(migration, "train.sbatch (train): --signal").text
    assert note(migration, "train.sbatch (train): --requeue").outcome is Outcome.MAPPED


def test_a_job_longer_than_its_partition_lets_it_never_starts() -> None:
    queue = edited("queue", ("|10:00:00|4|", "|3-00:00:00|4|"))
    migration = imported(queue=queue)
    assert "runs/vision/ablation.yaml" not in migration.files
    assert "never start in Slurm" in note(migration, "job 7").text


def test_a_job_without_a_limit_is_told() -> None:
    queue = edited("queue", ("|10:00:00|4|", "|UNLIMITED|4|"))
    partitions = edited("partitions", ("MaxTime=2-00:00:00", "MaxTime=UNLIMITED"))
    migration = imported(queue=queue, partitions=partitions)
    assert "runtime" not in spec(migration, "runs/vision/ablation.yaml")
    assert note(migration, "job 7 (ablation): no time limit").outcome is Outcome.CHANGED


def test_any_type_is_the_one_that_the_owner_has_a_limit_for() -> None:
    assert spec(imported(), "runs/bio-chem/screen.yaml")["resources"]["gpuType"] == "a100"
    assert note(imported(), "job 12 (screen): any type").target == "gpuType a100 (or h100)"


def test_equal_names_get_the_job_id() -> None:
    migration = imported(queue=edited("queue", ("|ablation|", "|evaluate|")))
    assert {"runs/vision/evaluate.yaml", "runs/vision/evaluate-7.yaml"} <= migration.files.keys()


def test_running_jobs_start_anew_and_held_ones_stay_away() -> None:
    assert "starts anew" in note(imported(), "job 1 (train) is running").text
    assert "runs/nlp/tokenise.yaml" not in imported().files
    assert "tokenise" in note(imported(), "held jobs").source


def test_a_dependency_on_a_later_job_is_dropped() -> None:
    queue = edited("queue", ("afterok:1(unfulfilled)", "afterok:7(unfulfilled)"))
    migration = imported(queue=queue)
    assert "after" not in spec(migration, "runs/vision/evaluate.yaml")
    assert note(migration, "job 6 (evaluate): after job 7").outcome is Outcome.DROPPED


@pytest.mark.parametrize(
    "start",
    [
        "qos high: GrpTRES=gres/gpu=32", "qos normal: MaxTRESPerUser", "qos scavenger: UsageFactor",
        "account vision: Fairshare=50 of 80, down the tree 80 of 160 GPUs", "MaxTRES=gres/gpu=8: bio_chem",
        "partition gpu: TRESBillingWeights", "priority/multifactor", "preempt/qos", "reservation cooling",
        "qos high: Priority",
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_told(start: str) -> None:
    assert note(imported(), start).outcome is Outcome.DROPPED


def test_other_clusters_stay_out() -> None:
    rows = recorded()["associations.txt"]
    extra = "".join(f"far|{line.split('|', 1)[1]}\n" for line in rows.splitlines()[1:])
    migration = imported(associations=rows + extra)
    assert note(migration, "associations of far").outcome is Outcome.DROPPED
    assert migration.files == imported().files


def test_a_job_whose_name_holds_a_bar_is_left_out_with_a_warning() -> None:
    queue = edited("queue", ("|pretrain|", "|pre|train|"))
    assert "runs/nlp/pretrain.yaml" not in imported(queue=queue).files


HISTORY = "JobID|JobName|User|Account|Partition|QOS|State|Submit|Start|End|ElapsedRaw|TimelimitRaw|NNodes|AllocTRES\n"


def hours(start: str, elapsed: int, tres: str) -> tuple[object, Migration]:
    """What is left of the 50,000 h100 hours of account vision after one job."""
    row = f"7|j|ada|vision|gpu|normal|COMPLETED|{start}|{start}|{start}|{elapsed}|60|1|{tres}\n"
    migration = imported(history=HISTORY + row)
    return spec(migration, "budgets/vision.yaml")["aggregateCaps"][1]["maxGPUHours"], migration


def test_gpus_without_a_type_count_against_every_type() -> None:
    left, migration = hours("2026-11-26T09:00:00", 36_000, "cpu=1,gres/gpu=8")
    assert left == 50_000 - 80
    assert note(migration, "sacct: 1 job without a type").outcome is Outcome.CHANGED


def test_of_a_job_that_spans_the_reset_the_rest_counts() -> None:
    left, _ = hours("2026-09-30T23:00:00", 11 * 3_600, "gres/gpu:h100=8")
    assert left == 50_000 - 80
    assert hours("2026-09-30T23:00:00", 1_800, "gres/gpu:h100=8")[0] == 50_000


def script(*options: str) -> Migration:
    """The lab with one more batch script."""
    head = "".join(f"#SBATCH {option}\n" for option in ("--job-name=extra", "--account=vision", *options))
    texts = {**recorded(), "extra.sbatch": f"#!/bin/sh\n{head}srun x\n"}
    migration, findings = migrate_slurm(texts, SETTINGS)
    assert migration is not None, findings
    return migration


def gpus(migration: Migration) -> object:
    (document,) = [one for path, found in migration.files.items() for one in found if path.endswith("/extra.yaml")]
    return document["spec"]["resources"]["totalGPUs"]


def test_one_task_runs_on_each_node_if_nobody_says_how_many() -> None:
    assert gpus(script("--nodes=4", "--gpus-per-task=h100:8")) == 32
    assert gpus(script("--nodes=4", "--ntasks=2", "--gpus-per-task=h100:8")) == 16


def test_gpus_of_sockets_are_counted() -> None:
    assert gpus(script("--nodes=2", "--gpus-per-socket=h100:4", "--sockets-per-node=2")) == 16
    migration = script("--nodes=2", "--gpus-per-socket=h100:4")
    (found,) = [one for one in migration.notes if "extra" in one.source]
    assert (found.outcome, found.text) == (Outcome.DROPPED, "It asks for no GPUs that can be counted.")


def test_any_of_several_dependencies_is_told() -> None:
    migration = script("--gres=gpu:h100:8", "--dependency=afterok:1?afterok:2")
    told = [one for one in migration.notes if one.text == "Any of them was enough; here all must be over."]
    assert [one.outcome for one in told] == [Outcome.CHANGED]


def test_types_of_limits_are_those_of_nodes_whatever_their_case() -> None:
    nodes = edited("nodes", ("gpu:h100:8", "gpu:H100:8"))
    caps = spec(imported(nodes=nodes), "budgets/vision.yaml")["aggregateCaps"]
    assert {cap["flavor"]: cap["maxConcurrency"] for cap in caps} == {"a100": 8, "H100": 64}


def test_a_byte_order_mark_is_no_text_of_slurm() -> None:
    from jobtree.cli.import_slurm import decoded

    assert decoded("\ufeffNodeName=h1".encode()) == "NodeName=h1"
