"""The guide shows what is so: a script and the run that it becomes, and the commands that recorded the example."""

import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[4] / "bench/slurm"))
from record import ASSOCIATION, SACCT, SQUEUE

from jobtree.emit.yaml_writer import write_documents
from jobtree.migrate.slurm.printed import COMMANDS
from tests.unit.migrate.slurm.recorded import imported, recorded

ROOT = Path(__file__).parents[4]
GUIDE = (ROOT / "docs/guides/slurm-users.md").read_text("utf-8")


def test_the_script_becomes_the_run() -> None:
    script, run = re.findall(r"</?td><td>\n\n```yaml\n(.*?)```|<tr><td>\n\n```sh\n(.*?)```", GUIDE, re.DOTALL)
    assert script[1] in recorded()["train.sbatch"]
    for queue in ({}, {"queue": None}):
        document = write_documents(imported(**queue).files["runs/vision/train.yaml"]).decode()
        assert document.endswith(f"\n{run[0]}")


def test_the_commands_are_those_that_recorded_the_example() -> None:
    assert f"squeue --all --Format '{SQUEUE}'" in GUIDE
    assert f"show assoc {ASSOCIATION} >" in GUIDE
    assert SACCT in GUIDE
    assert all(f"{command} > " in GUIDE for command in COMMANDS.values())
