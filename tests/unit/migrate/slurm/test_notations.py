"""Slurm's notations, one by one."""

import time

import pytest

from jobtree.base.diagnostic import Severity
from jobtree.migrate.slurm import hostlist
from jobtree.migrate.slurm.jobs import parse_after, parse_tasks, parse_time
from jobtree.migrate.slurm.names import dns_label, unique
from jobtree.migrate.slurm.options import read_options
from jobtree.migrate.slurm.printed import Printed, recognise
from jobtree.migrate.slurm.records import read_records
from jobtree.migrate.slurm.tables import read_table
from jobtree.migrate.slurm.tres import GpuCount, parse_clock, parse_gpus, parse_gres, parse_tres
from tests.unit.migrate.slurm.recorded import recorded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cpu=32,gres/gpu:h100=32,gres/gpu=40", GpuCount(total=40, typed={"h100": 32})),
        ("billing=8,mem=1000000M,gres/gpumem=5", GpuCount()),
        ("gres/gpu=-1", GpuCount()),
        ("gres/gpu=0", GpuCount(total=0)),
        ("", GpuCount()),
    ],
)
def test_tres(text: str, expected: GpuCount) -> None:
    assert parse_tres(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpu:h100:8(S:0-1)", GpuCount(typed={"h100": 8})),
        ("gpu:8", GpuCount(total=8)),
        ("gpu:h100", GpuCount(typed={"h100": 1})),
        ("gpu", GpuCount(total=1)),
        ("gres:gpu:a100:2", GpuCount(typed={"a100": 2})),
        ("gres/gpu:a100=2", GpuCount(typed={"a100": 2})),
        ("gres/gpu=2", GpuCount(total=2)),
        ("gpu:h100:4(S:0,1),gpu:a100:2,shard:8,gpu_mem:3", GpuCount(typed={"h100": 4, "a100": 2})),
        ("gpu:1g.10gb:7", GpuCount(typed={"1g.10gb": 7})),
    ],
)
def test_gres(text: str, expected: GpuCount) -> None:
    assert parse_gres(text) == expected


def test_gpus() -> None:
    assert parse_gpus("h100:8") == GpuCount(typed={"h100": 8})
    assert parse_gpus("16") == GpuCount(total=16)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 1_800),
        ("30:15", 1_815),
        ("12:00:00", 43_200),
        ("2-12", 216_000),
        ("2-12:30", 217_800),
        ("7-00:00:00", 604_800),
        ("UNLIMITED", None),
        ("INFINITE", None),
    ],
)
def test_clock(text: str, seconds: int | None) -> None:
    assert parse_clock(text) == seconds


@pytest.mark.parametrize("text", ["soon", "1:2:3:4", "-5", "1-"])
def test_no_clock(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time like"):
        parse_clock(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("h[01-03,7],login", ("h01", "h02", "h03", "h7", "login")),
        ("r[1-2]n[8-9]", ("r1n8", "r1n9", "r2n8", "r2n9")),
        ("", ()),
    ],
)
def test_hostlist(text: str, names: tuple[str, ...]) -> None:
    assert hostlist.expand(text) == names


@pytest.mark.parametrize("text", ["h[1-999999999]", "h[1-400]x[1-400]", "h[1", "h[5-1]", "h[a-b]"])
def test_a_hostlist_that_is_none_or_too_long(text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(ValueError, match="is no"):
        hostlist.expand(text)
    assert time.perf_counter() - began < 1


def test_hostile_lists_are_read_in_linear_time() -> None:
    began = time.perf_counter()
    assert len(hostlist.expand("," * 1_000_000 + "a")) == 1
    with pytest.raises(ValueError, match="is not like"):
        parse_gres("gpu:" + "a" * 1_000_000)
    assert time.perf_counter() - began < 5


def test_tasks() -> None:
    assert parse_tasks("0-6:3,9%2", most=10) == ((0, 3, 6, 9), 2)
    for text in ("0-99999999", "3-1", "1-2:0", "1%0", "a"):
        with pytest.raises(ValueError, match=r"is no range|at once"):
            parse_tasks(text, most=1_000)


def test_dependencies() -> None:
    assert parse_after("afterok:12:13_*(unfulfilled),afterany:14") == (("12", "13", "14"), ())
    assert parse_after("singleton,after:5,afternotok:6") == ((), ("singleton", "after:5", "afternotok:6"))


def test_times() -> None:
    assert parse_time("2026-03-02T10:00:00", 3_600) == parse_time("2026-03-02T09:00:00", 0) == 1_772_442_000
    assert parse_time("N/A", 0) is None


def test_records_in_both_forms_of_scontrol() -> None:
    one = "NodeName=h01 Arch=x86_64 Gres=gpu:h100:8 OS=Linux 6.1 #1 SMP State=IDLE Comment=say Gres=gpu:99\n"
    several = "NodeName=h01 Arch=x86_64\n   Gres=gpu:h100:8\n   OS=Linux 6.1 #1 SMP\n   State=IDLE\n\n"
    for text in (one, several):
        (record,), findings = read_records("n", text, "NodeName")
        assert not findings
        values = (record.get("Gres"), record.get("OS"), record.get("State"))
        assert values == ("gpu:h100:8", "Linux 6.1 #1 SMP", "IDLE")


def test_a_row_of_another_width_is_left_out() -> None:
    records, (finding,) = read_table("q", "JOBID|NAME|\n1|train|\n2|a|b|\n", Severity.WARNING)
    assert [record.get("NAME") for record in records] == ["train"]
    assert (finding.code, str(finding.location), finding.severity) == ("JT742", "q:3:1", Severity.WARNING)


def test_every_recorded_file_is_told_by_its_content() -> None:
    found = {name: recognise(text) for name, text in recorded().items()}
    assert found == {
        "associations.txt": Printed.ASSOCIATIONS,
        "config.txt": Printed.CONFIG,
        "evaluate.sbatch": Printed.SCRIPT,
        "finetune.sbatch": Printed.SCRIPT,
        "history.txt": Printed.HISTORY,
        "nodes.txt": Printed.NODES,
        "partitions.txt": Printed.PARTITIONS,
        "qos.txt": Printed.QOS,
        "queue.txt": Printed.QUEUE,
        "reservations.txt": Printed.RESERVATIONS,
        "sweep.sbatch": Printed.SCRIPT,
        "topology.txt": Printed.TOPOLOGY,
        "train.sbatch": Printed.SCRIPT,
    }


def test_sbatch_options_in_all_spellings() -> None:
    text = (
        "#!/bin/sh\n# a comment\n#SBATCH --nodes=2 -t 30  # half an hour\n#SBATCH -Avision --requeue --gres gpu:4\n"
        "#SBATCH --nodes=3\n\n##SBATCH --qos=no\necho\n#SBATCH --qos=high\n"
    )
    options, findings = read_options("s", text)
    assert not findings
    found = {name: option.value for name, option in options.items()}
    assert found == {"nodes": "3", "time": "30", "account": "vision", "requeue": "", "gres": "gpu:4"}


def test_an_option_line_that_no_shell_could_split() -> None:
    _, (finding,) = read_options("s", '#!/bin/sh\n#SBATCH --comment="open\n')
    assert (finding.code, str(finding.location)) == ("JT742", "s:2:9")


def test_names_stay_apart() -> None:
    names = unique(["a-b", "A_B", "a b", "", "ü"], dns_label)
    assert names["a-b"] == "a-b"
    assert len(set(names.values())) == 5


def test_a_type_may_look_like_a_number() -> None:
    assert parse_gres("gpu:3090:8").typed == {"3090": 8}
    assert parse_gres("gpu:8").total == 8
    assert parse_gres("gpu:h100:8(S:0-1)").typed == {"h100": 8}
