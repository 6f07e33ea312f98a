"""Cuts, lotteries and commitments as plan.json and the ledger tell them (semantics.md 8)."""

from dataclasses import dataclass

from jobtree.verify.field import Field
from jobtree.verify.runs import Key

RECLAIM, DROP, NARROW, LOTTERY = "ReclaimUnfunded", "DropSpare", "Shrink", "Lottery"
CUT_ORDER = (RECLAIM, DROP, NARROW, LOTTERY)
LOTTERIES = (RECLAIM, LOTTERY)
RULE = "jobtree/lottery/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is cut together or not at all. ``frees`` are GPUs by node."""

    owner: str
    name: str
    kind: str
    runs: tuple[Key, ...]
    gpus: int
    frees: tuple[tuple[str, int], ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a claim lacks in one domain: pods of equal size, on nodes with so many GPUs free."""

    pods: int
    per_pod: int
    free: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """What a reservation fixes before its entropy exists."""

    rule: str
    units: tuple[Unit, ...]
    digest: str
    input_digest: str
    published: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lottery:
    """A lottery as it was held. ``reservation`` is the name of the Reservation object, with its namespace."""

    claim: Key
    reservation: str
    kind: str
    needs: tuple[Need, ...]
    units: tuple[Unit, ...]
    committed_digest: str
    input_digest: str
    entropy: str
    seed: str
    draws: tuple[str, ...]
    returned: tuple[str, ...]

    def __str__(self) -> str:
        return f"the {self.kind} lottery for {'/'.join(self.claim)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One unit that lost its GPUs, and for whom. ``draw`` is its place in the lottery, if any."""

    unit: str
    runs: tuple[Key, ...]
    kind: str
    gpus: int
    claim: Key
    draw: int | None

    def __str__(self) -> str:
        return f"the cut of {self.unit} for {'/'.join(self.claim)}"


def read_key(entry: Field) -> Key:
    """A key as ``namespace/name``."""
    namespace, slash, name = entry.text().partition("/")
    if not slash:
        raise entry.wrong("namespace/name")
    return (namespace, name)


def read_cut(entry: Field) -> Cut:
    """One entry of ``cuts``."""
    return Cut(
        unit=entry["unit"].text(),
        runs=tuple(map(read_key, entry["runs"])),
        kind=entry["kind"].word(CUT_ORDER),
        gpus=entry["gpus"].integer(),
        claim=read_key(entry["for"]),
        draw=entry["draw"].integer_or_none(),
    )


def read_lottery(entry: Field) -> Lottery:
    """One entry of ``lottery``, or a lottery line of the ledger."""
    return Lottery(
        claim=read_key(entry["for"]),
        reservation=entry["reservation"].text(),
        kind=entry["kind"].word(LOTTERIES),
        needs=tuple(map(_need, entry["needs"])),
        units=_units(entry["candidates"]),
        committed_digest=entry["committedDigest"].hex(),
        input_digest=entry["inputDigest"].text(),
        entropy=entry["entropy"].text(),
        seed=entry["seed"].hex(),
        draws=entry["draws"].texts(),
        returned=entry["returned"].texts(),
    )


def read_commitment(entry: Field) -> Commitment:
    """The lottery of a forecast."""
    return Commitment(
        rule=entry["rule"].text(),
        units=_units(entry["candidates"]),
        digest=entry["digest"].hex(),
        input_digest=entry["inputDigest"].text(),
        published=entry["published"].instant(),
    )


def _units(entry: Field) -> tuple[Unit, ...]:
    units = tuple(map(_unit, entry))
    if len({unit.name for unit in units}) < len(units):
        raise entry.wrong("a list that names each unit once")
    return units


def _unit(entry: Field) -> Unit:
    return Unit(
        owner=entry["owner"].text(),
        name=entry["unit"].text(),
        kind=entry["kind"].word(CUT_ORDER),
        runs=tuple(map(read_key, entry["runs"])),
        gpus=entry["gpus"].integer(),
        frees=tuple((node, gpus.integer()) for node, gpus in entry["frees"].members()),
        after=entry["after"].texts(),
    )


def _need(entry: Field) -> Need:
    per_pod = entry["perPod"].integer()
    if per_pod == 0:
        raise entry["perPod"].wrong("an integer above 0")
    free = tuple((node, gpus.whole()) for node, gpus in entry["free"].members())
    return Need(pods=entry["pods"].integer(), per_pod=per_pod, free=free)
