"""What of associations and QOS has no counterpart: priorities, shares, limits per user and per job, preemption."""

from collections.abc import Mapping, Sequence

from jobtree.migrate.slurm.accounts import DEEPEST, Holder
from jobtree.migrate.slurm.records import Record
from jobtree.migrate.slurm.site import Log, listed
from jobtree.migrate.slurm.tres import parse_tres

_PER_USER = (
    "There are no limits per user: users whose association has a GrpTRES of GPUs have a budget, others share one."
)
_PER_JOB = "Nothing bounds a single run but what its budget has."
_COUNT = "Runs are not counted, GPUs and GPU-hours are; a JobTree's quota bounds runs that belong together."
_CLASSES = "There are no classes of jobs: budgets bound owners. Give the work an owner with an envelope of that size."
_INSTEAD = (
    "There are no classes of jobs. In Slurm this bound took the place of the accounts' bounds for such jobs; here an "
    "owner's budget holds for all its work."
)
_PRIORITY = "There is no priority: whoever has budget is planned, and equals go by the instant they were asked for."
_PARTITION = "It held on one partition only, and a budget holds on all nodes that its selector matches."
_MINUTES = "Hours are bounded for an owner in a window, not for one job."
_TEXTS = {
    "Priority": _PRIORITY,
    "Preempt": "Nobody is preempted for a class of jobs: who is paid for and would wait too long cuts, in order.",
    "PreemptMode": "A run that is cut keeps its place in the repository and is planned again.",
    "GraceTime": "What a pod is told before it ends, and how long before, is its terminationGracePeriodSeconds.",
    "UsageFactor": "Every GPU is charged 1, a spare one planning.spareRate. Put cheap work under an owner of its own.",
    "GrpTRES": _INSTEAD,
    "GrpTRESMins": _INSTEAD,
    "GrpTRESRunMins": "Hours are charged when a lease ends, and planned work counts against maxGPUHours at once.",
    "GrpWall": "Wall time of all jobs together is not bounded, GPU-hours are.",
    "MaxTRES": _PER_JOB,
    "MaxTRESPerNode": _PER_JOB,
    "MaxTRESMins": _MINUTES,
    "MaxWall": "Only the longest limit of all partitions became a house rule (policies/slurm.yaml).",
    "MaxTRESPerUser": _PER_USER,
    "MaxTRESPerAccount": _CLASSES,
    "MinTRES": _PER_JOB,
    "Flags": "There are no classes of jobs.",
}
_COUNTS = frozenset(
    ["GrpJobs", "GrpSubmit", "MaxJobs", "MaxSubmit", "MaxJobsPerUser", "MaxSubmitPerUser", "MaxJobsPerAccount"]
)
_USUAL = {
    "Priority": ("0",),
    "UsageFactor": ("1.000000",),
    "GraceTime": ("00:00:00",),
    "PreemptMode": ("cluster",),
    "UsageThres": ("0.000000",),
}
_TRES = frozenset(["GrpTRES", "GrpTRESMins", "GrpTRESRunMins", "MaxTRES", "MaxTRESPerNode", "MaxTRESMins"])
_TRES |= {"MaxTRESPerUser", "MaxTRESPerAccount", "MinTRES"}
_NAMES = frozenset(
    ["Name", "Cluster", "Account", "ParentName", "User", "Partition", "Share", "QOS", "DefaultQOS", "ID"]
)


def note_qos(rows: Sequence[Record], log: Log) -> None:
    """Every setting of every QOS that is not the usual one."""
    for record in sorted(rows, key=lambda record: (record.get("Name"), record.location)):
        for column, value in _unusual(record):
            log.dropped(f"qos {record.get('Name')}: {column}={value}", _text(column))


def note_associations(rows: Sequence[Record], holders: Sequence[Holder], fleet_gpus: int, log: Log) -> None:
    """Every setting of associations but the limits that became budgets, those with equal values together."""
    _note_shares(rows, fleet_gpus, log)
    limited = {holder.key for holder in holders}
    found: dict[tuple[str, str], list[str]] = {}
    for record in rows:
        key = (record.get("Account"), record.get("User"))
        title = f"{key[1]} of {key[0]}" if key[1] else key[0]
        for column, value in _unusual(record):
            if column not in ("GrpTRES", "GrpTRESMins") or key not in limited:
                found.setdefault((column, value), []).append(title)
    for (column, value), titles in sorted(found.items()):
        text = _PARTITION if column in ("GrpTRES", "GrpTRESMins") else _text(column)
        log.dropped(f"{column}={value}: {listed(sorted(titles))}", text)
    classes = sorted({name for record in rows for name in record.get("QOS").split(",") if name} - {"normal"})
    if classes:
        log.dropped(
            f"associations with QOS {listed(classes)}", "There are no classes of jobs: budgets say who may run."
        )


def _unusual(record: Record) -> list[tuple[str, str]]:
    """Columns that say something about GPUs, or about all jobs."""
    return [
        (column, value)
        for column in sorted(record.values.keys() - _NAMES)
        if (value := record.get(column))
        and value not in _USUAL.get(column, ())
        and (column not in _TRES or _gpus(value))
    ]


def _gpus(value: str) -> bool:
    try:
        return parse_tres(value).says_something
    except ValueError:
        return True


def _text(column: str) -> str:
    return _TEXTS.get(column, _COUNT if column in _COUNTS else "It has no counterpart.")


def _note_shares(rows: Sequence[Record], fleet_gpus: int, log: Log) -> None:
    """What a share would be in GPUs, should somebody want to make it a budget."""
    parents = {record.get("Account"): record.get("ParentName") for record in rows if not record.get("User")}
    shares = _shares(rows)
    for account, (part, whole) in shares.items():
        gpus = _down(account, parents, shares, fleet_gpus)
        text = "There are no shares: what is fair stands in the budgets, and the plan minds who waits longest."
        source = f"account {account}: Fairshare={part} of {whole}, down the tree {gpus} of {fleet_gpus} GPUs"
        log.dropped(source, text)


def _shares(rows: Sequence[Record]) -> dict[str, tuple[int, int]]:
    """Account to its shares and those of all accounts with the same parent, sorted."""
    by_parent: dict[str, list[tuple[str, int]]] = {}
    for record in rows:
        shares = record.get("Share")
        if not record.get("User") and record.get("ParentName") and shares.isdecimal() and len(shares) < 10:
            by_parent.setdefault(record.get("ParentName"), []).append((record.get("Account"), int(shares)))
    found: dict[str, tuple[int, int]] = {}
    for siblings in by_parent.values():
        whole = sum(shares for _, shares in siblings)
        if len(siblings) > 1 and whole:
            found.update((account, (shares, whole)) for account, shares in siblings)
    return dict(sorted(found.items()))


def _down(account: str, parents: Mapping[str, str], shares: Mapping[str, tuple[int, int]], gpus: int) -> int:
    """What part of so many GPUs an account has if shares are cut from the root down; rounded down."""
    above, below, name = gpus, 1, account
    for _ in range(DEEPEST):
        part, whole = shares.get(name, (1, 1))
        above, below = above * part, below * whole
        name = parents.get(name, "")
    return above // below
