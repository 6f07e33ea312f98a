"""The script that makes a day: equal arguments give equal bytes, the rules hold, and the result compiles."""

import subprocess
import sys
from pathlib import Path

from tests.docs.documents import ROOT

TRACE = """\
timestamp,duration,num_gpus,gpu_time,cluster
2017-10-19 09:00:00,864000.0,16,864000.0,1a2b3c
2017-10-20 10:00:00,3600.5,1,3600.5,123456
2017-10-20 09:00:00,7200.0,16,7200.0,1a2b3c
2017-10-20 11:00:00,60.0,1,60.0,999e10
2017-10-20 12:00:00,,4,,1a2b3c
2017-10-21 08:00:00,60.0,1,60.0,999e10
"""
DAY = ("--day", "2017-10-20")


def make(folder: Path, *options: str) -> dict[str, str]:
    trace = folder / "trace.csv"
    trace.write_text(TRACE, encoding="utf-8")
    out = folder / "day"
    command = [sys.executable, str(ROOT / "bench" / "philly.py"), str(trace), "--out", str(out), *options]
    subprocess.run(command, check=True)
    return {str(path.relative_to(out)): path.read_text("utf-8") for path in sorted(out.rglob("*")) if path.is_file()}


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    assert make(tmp_path, *DAY) == make(tmp_path, *DAY)


def test_jobs_of_the_day_become_runs_in_order_of_submission(tmp_path: Path) -> None:
    files = make(tmp_path, *DAY)
    runs = {path: text for path, text in files.items() if path.startswith("runs/")}
    assert sorted(runs) == ["runs/team-123456.yaml", "runs/team-1a2b3c.yaml", "runs/team-999e10.yaml"]
    assert (
        'name: "job-0002", namespace: "team-123456", creationTimestamp: "2017-10-20T10:00:00Z"'
        in runs["runs/team-123456.yaml"]
    )
    assert 'duration: "1h1s"' in runs["runs/team-123456.yaml"]
    assert "totalGPUs: 16, gpusPerPod: 8" in runs["runs/team-1a2b3c.yaml"]


def test_the_largest_are_kept(tmp_path: Path) -> None:
    files = make(tmp_path, *DAY, "--runs", "1")
    assert [path for path in files if path.startswith("runs/")] == ["runs/team-1a2b3c.yaml"]


def test_an_earlier_day_leaves_nothing_behind(tmp_path: Path) -> None:
    make(tmp_path, *DAY)
    assert "runs/team-1a2b3c.yaml" not in make(tmp_path, "--day", "2017-10-21")


def test_the_result_is_sound_and_names_its_source(tmp_path: Path) -> None:
    files = make(tmp_path, *DAY, "--gpus", "100")
    assert all("CC BY 4.0" in text and "Jeon et al." in text for text in files.values())
    jobtree = Path(sys.executable).parent / "jobtree"
    done = subprocess.run([jobtree, "check", tmp_path / "day"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 runs, 6 budgets with 6 envelopes, 23 nodes with 100 GPUs" in done.stdout
