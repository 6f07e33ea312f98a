"""Which command printed a file: told by its content, never by its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from jobtree.base.diagnostic import Diagnostic, Location, Severity, error
from jobtree.migrate.slurm.records import Record, read_records, read_settings
from jobtree.migrate.slurm.tables import header, read_table

LONGEST = 64 * 1024 * 1024
"""Characters of one file: some hundred thousand nodes or jobs."""


class Printed(StrEnum):
    """What a file holds, as the command that prints it."""

    CONFIG = "scontrol show config"
    PARTITIONS = "scontrol show partition"
    NODES = "scontrol show node"
    TOPOLOGY = "scontrol show topology"
    RESERVATIONS = "scontrol show reservation"
    ASSOCIATIONS = "sacctmgr -P show assoc"
    QOS = "sacctmgr -P show qos"
    QUEUE = "squeue"
    HISTORY = "sacct -P"
    SCRIPT = "a batch script"


COMMANDS = {
    Printed.NODES: "scontrol -o show node",
    Printed.ASSOCIATIONS: (
        "sacctmgr -P show assoc format=Cluster,Account,ParentName,User,Partition,Share,Priority,GrpJobs,GrpTRES,"
        "GrpTRESMins,GrpTRESRunMins,GrpWall,MaxJobs,MaxTRES,MaxTRESMins,MaxWall,QOS,DefaultQOS"
    ),
    Printed.QUEUE: (
        "squeue --all --Format 'JobArrayID:|,Name:|,UserName:|,Account:|,Partition:|,QOS:|,State:|,Reason:|,"
        "SubmitTime:|,StartTime:|,TimeLimit:|,NumNodes:|,NumTasks:|,Feature:|,tres-alloc:|,tres-per-job:|,"
        "tres-per-node:|,tres-per-task:|,Dependency:|,Requeue:|,ReqSwitch:|,Deadline:|'"
    ),
}
"""The whole command where the short one prints too little."""
_FIRST_KEYS = {
    "PartitionName": Printed.PARTITIONS,
    "NodeName": Printed.NODES,
    "SwitchName": Printed.TOPOLOGY,
    "BlockName": Printed.TOPOLOGY,
    "ReservationName": Printed.RESERVATIONS,
}
_HEADERS = (
    (Printed.ASSOCIATIONS, {"Cluster", "Account", "User"}),
    (Printed.QUEUE, {"JOBID", "NAME", "STATE"}),
    (Printed.HISTORY, {"JobID", "State"}),
    (Printed.QOS, {"Name", "Priority"}),
)
_SILENT = ("No reservations in the system", "No topology information available")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything read: records by what printed them, sorted by place; and scripts by path."""

    records: Mapping[Printed, tuple[Record, ...]]
    scripts: Mapping[str, str]

    def all(self, printed: Printed) -> tuple[Record, ...]:
        """The records of one command."""
        return self.records.get(printed, ())


def read_inputs(texts: Mapping[str, str]) -> tuple[Inputs, tuple[Diagnostic, ...]]:
    """Sorts files by what they hold. Codes: JT741 (nothing that is known), JT742."""
    records: dict[Printed, list[Record]] = {}
    scripts: dict[str, str] = {}
    findings: list[Diagnostic] = []
    for path, text in sorted(texts.items()):
        printed = recognise(text)
        if printed is Printed.SCRIPT:
            scripts[path] = text
        elif printed is not None:
            found, wrong = _read(printed, path, text)
            records.setdefault(printed, []).extend(found)
            findings.extend(wrong)
        elif not text.strip().startswith(_SILENT):
            findings.append(_unknown(path, text))
    sorted_records = {printed: tuple(found) for printed, found in records.items()}
    return Inputs(records=sorted_records, scripts=scripts), tuple(findings)


def recognise(text: str) -> Printed | None:
    """What a file holds; None if it is nothing that is known, or too long."""
    start = text[:4096].lstrip("\n")
    if len(text) > LONGEST:
        return None
    if start.startswith("Configuration data as of"):
        return Printed.CONFIG
    if start.startswith("#!") and "\n#SBATCH" in text:
        return Printed.SCRIPT
    for line in start.split("\n"):
        if line and not line.startswith("#"):  # topology.conf may begin with comments
            return _FIRST_KEYS.get(line.partition("=")[0]) or _table(line)
    return None


def _table(line: str) -> Printed | None:
    columns: Sequence[str] = header(line)
    return next((printed for printed, needed in _HEADERS if needed <= set(columns)), None)


def _read(printed: Printed, path: str, text: str) -> tuple[list[Record], list[Diagnostic]]:
    if printed is Printed.CONFIG:
        return [read_settings(path, text)], []
    if printed in _FIRST_KEYS.values():
        body = "\n".join("" if line.startswith("#") else line for line in text.split("\n"))
        return read_records(path, body, body.lstrip("\n").partition("=")[0])
    jobs = printed in (Printed.QUEUE, Printed.HISTORY)  # whoever names a job with a | stops nobody's import
    text = text.lstrip("\n")
    return read_table(path, text, Severity.WARNING if jobs else Severity.ERROR)


def _unknown(path: str, text: str) -> Diagnostic:
    size = f"{len(text):,} characters, at most {LONGEST:,} are read"
    known = "; ".join(printed.value for printed in Printed)
    notes = (f"known are: {known}", *((size,) if len(text) > LONGEST else ()))
    hint = "leave the file out, or record it with one of these commands"
    if text[:400].split()[:2] == ["JOBID", "PARTITION"]:
        hint = f"squeue pads and cuts columns unless it is told not to; record it with: {COMMANDS[Printed.QUEUE]}"
    return error("JT741", "this is nothing that Slurm printed", Location(path), notes=notes, help=hint)
