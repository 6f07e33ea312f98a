"""What ``bench/slurm`` reads from Slurm, from outputs that Slurm 22.05 printed; Slurm itself is not needed."""

import datetime as dt
import sys
from pathlib import Path

import pytest

sys.path.extend(str(Path(__file__).parents[2] / folder) for folder in ("bench", "bench/slurm"))
from output import backfilling, starts, version
from planners import Planned, Setting, submission
from quality import row, table
from traces import Job, gangs, philly

PRINTED = Path(__file__).parent / "slurm_output"


def printed(name: str) -> str:
    return (PRINTED / name).read_text(encoding="utf-8")


def test_sdiag_before_any_cycle() -> None:
    idle = backfilling(printed("sdiag_idle.txt"))
    assert (idle.cycles, idle.began, idle.depth, idle.seconds, idle.running) == (0, 0, 0, 0.0, False)


def test_sdiag_after_a_cycle() -> None:
    done = backfilling(printed("sdiag_done.txt"))
    assert (done.cycles, done.began, done.depth, done.running) == (1, 1_795_672_247, 25, False)
    assert done.seconds == pytest.approx(0.118597)


def test_sdiag_within_a_cycle_tells_of_the_last_complete_one() -> None:
    midway = backfilling(printed("sdiag_midway.txt"))
    assert (midway.cycles, midway.depth, midway.running) == (1, 165, True)
    assert midway.seconds == pytest.approx(99.892578)


@pytest.mark.parametrize("text", ["", "slurm_get_statistics: Unable to contact slurm controller\n"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="sdiag told nothing"):
        backfilling(text)


def test_a_missing_number_is_named() -> None:
    text = printed("sdiag_done.txt").replace("Last cycle:", "Latest cycle:")
    with pytest.raises(ValueError, match="'Last cycle'"):
        backfilling(text)


def test_squeue_tells_when_jobs_start() -> None:
    began = backfilling(printed("sdiag_done.txt")).began
    found = starts(printed("squeue.txt"), began)
    assert len(found) == 38
    assert "gang-00022" not in found, "it has no start"
    assert found["gang-00000"] == 0, "the main scheduler started it before the cycle began"
    assert found["gang-00021"] == 0
    assert found["gang-00015"] == 35_993


def test_version() -> None:
    assert version(printed("version.txt")) == "22.05.8"


def test_jobs_are_the_runs_in_their_order() -> None:
    trace = gangs(20, 128)
    runs = [document["metadata"]["name"] for document in trace.documents if document["kind"] == "Run"]
    assert [job.name for job in trace.jobs] == runs
    assert all(job.gpus == 8 and job.seconds % 3_600 == 0 for job in trace.jobs)


def test_a_philly_day_as_pods_of_whole_minutes(tmp_path: Path) -> None:
    csv = tmp_path / "trace.csv"
    rows = (
        "timestamp,duration,num_gpus,gpu_time,cluster",
        "2017-10-20 10:00:00,3600.5,1,3600.5,a",
        "2017-10-20 09:00:00,60.0,16,60.0,b",
    )
    csv.write_text("\n".join(rows), encoding="utf-8")
    trace = philly(csv, day=dt.date(2017, 10, 20), runs=9, nodes=4)
    assert trace.jobs == (
        Job(name="job-0001", pods=2, gpus=8, seconds=60),
        Job(name="job-0002", pods=1, gpus=1, seconds=3_660),
    )


JOB = Job(name="j", pods=2, gpus=4, seconds=7_200)


def test_a_pod_is_a_task_and_a_gpu_a_cpu() -> None:
    assert {"--ntasks=2", "--cpus-per-task=4", "--time=120"} <= {*submission(JOB, Setting())}
    assert {"--ntasks=8", "--cpus-per-task=1", "--time=60"} <= {*submission(JOB, Setting(pace=2, split=True))}


def test_half_minutes_are_refused() -> None:
    with pytest.raises(SystemExit, match="no whole minutes at pace 7"):
        submission(JOB, Setting(pace=7))


def test_the_window_is_as_long_as_slurm_looks() -> None:
    trace = gangs(1, 128)
    assert "bf_window=43200," in Setting().scheduler(trace)
    assert "bf_window=43200," in Setting(pace=2).scheduler(trace)
    assert "bf_window=21600," in Setting(pace=4).scheduler(trace)
    assert (Setting().nodes(trace), Setting(split=True).nodes(trace)) == ((128, 8), (1024, 1))


def test_means_are_over_jobs_with_a_start() -> None:
    jobs = [
        Job(name="a", pods=1, gpus=1, seconds=3_600),
        Job(name="b", pods=1, gpus=3, seconds=3_600),
        Job(name="c", pods=1, gpus=8, seconds=3_600),
    ]
    plan = Planned(tool="t", starts={"a": 0, "b": 7_200}, seconds=1.25)
    assert row(jobs, plan) == ("t", "3.0 h", "1.0 h", "1.5 h", "2.0 h", "66.6 %", "1.2 s")
    assert [line.count("|") for line in table(jobs, [plan])] == [8, 8, 8]
