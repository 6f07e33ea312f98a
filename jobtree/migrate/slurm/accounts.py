"""Associations to owners: an account is an owner, and so is a user who has a limit of GPUs of their own.

Slurm's limits hold for an association and everything below it, and a user's association is a leaf of that tree. Codes:
JT743 (a limit that cannot be read), JT744 (no tree: a cycle, a parent that is missing, an account listed twice).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import error
from jobtree.migrate.slurm.names import dns_label, label_text, unique
from jobtree.migrate.slurm.records import Record
from jobtree.migrate.slurm.site import Log
from jobtree.migrate.slurm.tres import GpuCount, parse_tres

Key = tuple[str, str]
"""Account and user; the user is '' for the account itself."""
ROOT = "root"
DEEPEST, MOST_OWNERS, LONGEST_OWNER = 32, 10_000, 253


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A node of the tree that becomes an owner. ``key`` is (account, user), the user '' for the account itself.

    ``at_once`` are GPUs (GrpTRES), ``minutes`` GPU-minutes (GrpTRESMins). ``runs`` says whether work is charged to it
    directly: it has users without limits of their own.
    """

    key: Key
    parent: Key | None
    owner: str
    namespace: str
    at_once: GpuCount
    minutes: GpuCount
    runs: bool
    record: Record

    @property
    def title(self) -> str:
        """``account vision`` or ``user bob of vision``."""
        account, user = self.key
        return f"user {user} of {account}" if user else f"account {account}"


def read_holders(rows: Sequence[Record], log: Log) -> tuple[Holder, ...]:
    """The tree, parents before children, then by name. Rows are of one cluster."""
    before = len(log.findings)
    accounts = _accounts(rows, log)
    people = _people(rows, accounts, log)
    chains = _chains(accounts, log)
    if len(log.findings) > before:
        return ()
    limited = {key: record for key, record in people.items() if _limits(record, log) != (GpuCount(), GpuCount())}
    plain = {account for account, user in people if (account, user) not in limited}
    keys = {(name, ""): record for name, record in accounts.items() if name != ROOT or _says(record)} | limited
    owners, namespaces = _owner_names(keys, chains), _namespaces(keys)
    holders = []
    for key, record in keys.items():
        at_once, minutes = _limits(record, log)
        parent = _parent(key, accounts, keys)
        holder = Holder(
            key=key, parent=parent, owner=owners[key], namespace=namespaces[key], at_once=at_once, minutes=minutes,
            runs=bool(key[1]) or key[0] in plain, record=record,
        )  # fmt: skip
        holders.append(holder)
    return tuple(sorted(holders, key=lambda holder: (len(chains[holder.key[0]]), holder.key)))


def _says(record: Record) -> bool:
    return "gres/gpu" in record.get("GrpTRES") + record.get("GrpTRESMins")


def _accounts(rows: Sequence[Record], log: Log) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for record in rows:
        name = record.get("Account")
        if record.get("User"):
            continue
        if not name or name in found:
            what = f"account {name} is listed twice" if name else "an association has no account"
            hint = "record one cluster once, with sacctmgr -P show assoc"
            log.findings.append(error("JT744", what, record.location, help=hint))
        else:
            found[name] = record
    return dict(sorted(found.items()))


def _people(rows: Sequence[Record], accounts: Mapping[str, Record], log: Log) -> dict[Key, Record]:
    """Associations of users. One on several partitions is bounded by the sum, where each has a bound."""
    found: dict[Key, Record] = {}
    for record in sorted(rows, key=lambda record: record.location):
        key = (record.get("Account"), record.get("User"))
        if not key[1]:
            continue
        if key[0] not in accounts:
            fault = f"user {key[1]} is in account {key[0]}, which is not listed"
            log.findings.append(error("JT744", fault, record.location, help="record all associations of the cluster"))
        found[key] = record if key not in found else _joined(found[key], record)
    return dict(sorted(found.items()))


def _joined(one: Record, other: Record) -> Record:
    values = {name: _sum(one.get(name), other.get(name)) for name in ("GrpTRES", "GrpTRESMins")}
    return replace(one, values={**one.values, **values})


def _sum(one: str, other: str) -> str:
    try:
        left, right = parse_tres(one), parse_tres(other)
    except ValueError:
        return f"{one},{other}"  # it is refused where limits are read
    kinds = sorted(left.typed.keys() & right.typed.keys())
    items = [f"gres/gpu:{kind}={left.typed[kind] + right.typed[kind]}" for kind in kinds]
    if left.total is not None and right.total is not None:
        items.append(f"gres/gpu={left.total + right.total}")
    return ",".join(items)


def _chains(accounts: Mapping[str, Record], log: Log) -> dict[str, tuple[str, ...]]:
    """Account to the accounts from below the root down to it."""
    chains: dict[str, tuple[str, ...]] = {}
    for name, record in accounts.items():
        chain = [name]
        while (parent := accounts[chain[-1]].get("ParentName")) and chain[-1] != ROOT:
            if parent in chain or len(chain) > DEEPEST:
                path = " -> ".join((*chain[:DEEPEST], parent))
                fault = f"account {name} has no way to the root" if parent in chain else "accounts are nested too deep"
                notes = (path, *(() if parent in chain else (f"at most {DEEPEST} levels",)))
                log.findings.append(error("JT744", fault, record.location, notes=notes, help="correct the parents"))
                break
            if parent not in accounts:
                fault = f"account {chain[-1]} has the parent {parent}, which is not listed"
                hint = "record all associations of the cluster"
                log.findings.append(error("JT744", fault, accounts[chain[-1]].location, help=hint))
                break
            chain.append(parent)
        chains[name] = tuple(part for part in reversed(chain) if part != ROOT) or (ROOT,)
    return chains


def _limits(record: Record, log: Log) -> tuple[GpuCount, GpuCount]:
    found = []
    for column in ("GrpTRES", "GrpTRESMins"):
        try:
            found.append(parse_tres(record.get(column)))
        except ValueError as fault:
            log.wrong(record.location, f"{column}: {fault}")
            found.append(GpuCount())
    return found[0], found[1]


def _parent(key: Key, accounts: Mapping[str, Record], keys: Mapping[Key, Record]) -> Key | None:
    account, user = key
    parent = (account if user else accounts[account].get("ParentName"), "")
    return parent if parent in keys and parent != key else None


def _owner_names(keys: Mapping[Key, Record], chains: Mapping[str, tuple[str, ...]]) -> dict[Key, str]:
    """``ai:vision:bob``; a path that would be too long begins further down."""
    paths = {key: (*chains[key[0]], *([key[1]] if key[1] else [])) for key in keys}
    segments = unique(_parts(paths), label_text)
    return _distinct({key: ":".join(segments[part] for part in path) for key, path in paths.items()})


def _parts(paths: Mapping[Key, tuple[str, ...]]) -> Iterator[str]:
    for path in paths.values():
        yield from path


def _distinct(owners: Mapping[Key, str]) -> dict[Key, str]:
    """Shortened from the left, and unique: an account below another may have the name of one of its users."""
    taken: set[str] = set()
    given: dict[Key, str] = {}
    for key, owner in sorted(owners.items()):
        while len(owner) > LONGEST_OWNER - 8:
            owner = owner.partition(":")[2]
        name, number = owner, 1
        while name.lower() in taken:
            number += 1
            name = f"{owner}-{number}"
        taken.add(name.lower())
        given[key] = name
    return given


def _namespaces(keys: Mapping[Key, Record]) -> dict[Key, str]:
    texts = {key: f"{key[0]}-{key[1]}" if key[1] else key[0] for key in keys}
    names = unique(texts.values(), dns_label)
    given: dict[Key, str] = {}
    taken: set[str] = set()
    for key, text in sorted(texts.items(), key=lambda item: (bool(item[0][1]), item[0])):
        name, number = names[text], 1
        while name in taken:
            number += 1
            name = f"{names[text][:55]}-{number}"
        taken.add(name)
        given[key] = name
    return given
