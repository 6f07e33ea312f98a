"""Contention: who could be cut for whom, with which odds, and what a lottery drew (semantics.md 8)."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from jobtree.base.identity import Domain, Key, Owner
from jobtree.base.instant import Instant


class CutKind(StrEnum):
    """Kinds of cut, in the order in which they are used: never a later one while an earlier one can supply."""

    RECLAIM_UNFUNDED = "ReclaimUnfunded"
    DROP_SPARE = "DropSpare"
    SHRINK = "Shrink"
    LOTTERY = "Lottery"


CUT_ORDER = tuple(CutKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGpus:
    """GPUs of one node."""

    node: str
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a claim lacks in one domain: ``pods`` of ``per_pod`` GPUs each, on nodes with so many GPUs free.

    ``free`` are all nodes of the domain that it may use, by name, with what nobody holds there for as long as the claim
    would; a negative number means that more is promised than there is. The need is met when the sum over nodes of
    ``max(0, free + cut) // per_pod`` reaches ``pods``.
    """

    domain: Domain
    pods: int
    per_pod: int
    free: tuple[NodeGpus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutUnit:
    """What is cut together or not at all.

    ``name`` is unique in a claim's list: run keys joined by ``+`` (a ``with`` set), with ``#group`` for one group of a
    malleable run and ``#group/s<index>`` for a spare. ``runs`` are the runs that lose something. ``frees`` are GPUs on
    nodes of the need, by node. ``after`` names units that must have been cut before this one can be: the groups of a
    malleable run above its minimum come before the run itself.
    """

    owner: Owner
    name: str
    kind: CutKind
    runs: tuple[Key, ...]
    gpus: int
    frees: tuple[NodeGpus, ...]
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """GPUs that a kind of cut would take from a run; for a lottery, that it may take."""

    kind: CutKind
    run: Key
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """The chance that a run loses GPUs in the lottery of a claim.

    Exact where all outcomes were counted (``samples`` 0), else the share of ``samples`` seeded draws.
    """

    run: Key
    chance: Fraction
    samples: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """What a reservation fixes before the entropy of its lottery exists.

    ``units`` are the candidates of both lotteries in canonical order, ``digest`` is theirs; ``input_digest`` is of the
    inputs that it was published with; ``published`` is the instant of that plan: entropy must come after it.
    """

    rule: str
    units: tuple[CutUnit, ...]
    digest: str
    input_digest: str
    published: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Contention:
    """What is cut at a reservation's instant, if nothing changes until then.

    ``conflict_set`` are all runs that may lose anything, sorted; ``odds`` are of those that a lottery may draw.
    """

    remedies: tuple[Remedy, ...]
    conflict_set: tuple[Key, ...]
    odds: tuple[Odds, ...] = ()
    commitment: Commitment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One unit that lost its GPUs, and the claim that it was cut for. ``draw`` is its place in the lottery, if any."""

    unit: str
    runs: tuple[Key, ...]
    kind: CutKind
    gpus: int
    claim: Key
    draw: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A lottery as it was held: everything that replaying it needs (docs/lottery.md).

    ``needs`` are as they stood when this lottery began, after all earlier cuts; ``drawn`` are unit names in the order
    of the draw, ``returned`` those that turned out unnecessary, in the order in which they were returned.
    """

    claim: Key
    reservation: str
    kind: CutKind
    needs: tuple[Need, ...]
    units: tuple[CutUnit, ...]
    committed_digest: str
    input_digest: str
    entropy: str
    seed: str
    drawn: tuple[str, ...]
    returned: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entropy:
    """What a lottery is drawn with: its text, and the instant at which it came to be, where that is known.

    ``predictable``: anyone could have known it before; a draw with it is warned about.
    """

    text: str
    came: Instant | None = None
    predictable: bool = False
