"""What is refused, where, and with which code."""

import pytest

from tests.unit.migrate.slurm.recorded import attempted, edited, recorded

ROW = "lab|bio_chem|root|||20|"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"notes": "remember the milk\n"}, "notes.txt:1:1: JT741"),
        ({"slurm": "ClusterName=lab\nNodeName=h[01-16]\n"}, "slurm.txt:1:1: JT741"),
        ({"associations": edited("associations", (ROW, "lab|bio_chem|root|"))}, "associations.txt:10:1: JT742"),
        ({"nodes": recorded()["nodes.txt"] + "slurm_load_node error\n"}, "nodes.txt:29:1: JT742"),
        ({"associations": edited("associations", ("=96|", "=many|"))}, "associations.txt:5:1: JT743"),
        ({"topology": "SwitchName=leaf1 Nodes=h[1-999999999]\n"}, "topology.txt:1:1: JT743"),
        ({"nodes": edited("nodes", ("NodeName=a02", "NodeName=a01"))}, "nodes.txt:2:1: JT743"),
        ({"queue": edited("queue", ("|10:00:00|4|", "|ages|4|"))}, "queue.txt:11:1: JT743"),
        ({"associations": edited("associations", ("lab|ai|root|", "lab|ai|nlp|"))}, "associations.txt:4:1: JT744"),
        ({"associations": edited("associations", ("lab|nlp|ai|", "lab|nlp|gone|"))}, "associations.txt:5:1: JT744"),
        ({"associations": edited("associations", ("lab|nlp|ai|", "lab|ai|root|"))}, "associations.txt:5:1: JT744"),
        ({"nodes": None}, "JT745"),
        ({"associations": None}, "JT745"),
        ({"associations": edited("associations", ("|ParentName|", "|Elsewhere|"))}, "associations.txt:1:1: JT745"),
        ({"nodes": "NodeName=c01 Gres=(null) State=IDLE\n"}, "nodes.txt:1:1: JT746"),
        ({"associations": edited("associations").split("\n")[0] + "\nlab|root" + "|" * 16 + "\n"}, "JT746"),
    ],
)
def test_refused(changed: dict[str, str | None], expected: str) -> None:
    migration, findings = attempted(**changed)
    assert migration is None
    assert all(finding.help for finding in findings)
    places = [f"{finding.location}: {finding.code}" if finding.location else finding.code for finding in findings]
    assert any(expected in place for place in places), places


def test_a_script_with_a_count_that_is_none() -> None:
    from jobtree.migrate.slurm.convert import migrate_slurm
    from tests.unit.migrate.slurm.recorded import SETTINGS

    script = "#!/bin/sh\n#SBATCH -A nlp\n#SBATCH --gres=gpu:1:2:3\nsrun true\n"
    migration, (finding,) = migrate_slurm({**recorded(), "bad.sbatch": script}, SETTINGS)
    assert migration is None
    assert (finding.code, str(finding.location)) == ("JT743", "bad.sbatch:3:9")


def test_a_cycle_is_shown_link_by_link() -> None:
    rows = edited("associations", ("lab|ai|root|", "lab|ai|vision|"))
    _, findings = attempted(associations=rows)
    assert "ai -> vision -> ai" in {text for finding in findings for text in finding.notes}


def test_squeue_without_a_format_is_told_how_to_print() -> None:
    _, (finding,) = attempted(other="             JOBID PARTITION     NAME\n                 1       gpu    train\n")
    assert "JobArrayID:|" in (finding.help or "")


def test_all_findings_come_at_once() -> None:
    rows = edited("associations", ("=96|", "=many|"))
    _, findings = attempted(associations=rows, notes="x\n", topology="SwitchName=a Nodes=h[\n")
    assert {finding.code for finding in findings} == {"JT741", "JT743"}
    assert len(findings) == 3
