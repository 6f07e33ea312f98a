"""Tables with ``|`` between columns, as ``sacctmgr -P``, ``sacct -P`` and ``squeue`` with suffixes print them."""

from dataclasses import replace

from jobtree.base.diagnostic import Diagnostic, Location, Severity
from jobtree.migrate.slurm.records import Read, Record, lines, unreadable

_COLUMNS = {
    "Par Name": "ParentName", "Def QOS": "DefaultQOS", "MaxTRESPU": "MaxTRESPerUser", "MaxJobsPU": "MaxJobsPerUser",
    "MaxSubmitPU": "MaxSubmitPerUser", "MaxTRESPA": "MaxTRESPerAccount", "MaxJobsPA": "MaxJobsPerAccount",
    "MaxSubmitPA": "MaxSubmitPerAccount", "GrpSubmitJobs": "GrpSubmit", "MaxSubmitJobs": "MaxSubmit",
}  # fmt: skip
"""Headings that differ from the name by which the column is asked for."""


def header(text: str) -> tuple[str, ...]:
    """The columns of the first line; one is enough, an empty last one is the suffix of ``squeue --Format``."""
    columns = text.partition("\n")[0].rstrip("\r").split("|")
    if len(columns) > 1 and not columns[-1]:
        columns.pop()
    return tuple(_COLUMNS.get(column.strip(), column.strip()) for column in columns)


def read_table(path: str, text: str, severity: Severity) -> Read:
    """Rows as records. One with another number of columns than the header is left out, with JT742."""
    columns = header(text)
    records: list[Record] = []
    findings: list[Diagnostic] = []
    for number, line in lines(text):
        if number == 1 or not line.strip():
            continue
        where, cells = Location(path, number), line.split("|")
        if len(cells) == len(columns) + 1 and not cells[-1]:
            cells.pop()
        if len(cells) == len(columns):
            values = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
            records.append(Record(location=where, values=values))
        else:
            why = f"it has {len(cells)} columns, the first line has {len(columns)}"
            findings.append(replace(unreadable(where, why), severity=severity))
    return records, findings
