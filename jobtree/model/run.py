"""Runs: gangs of GPU pods (semantics.md 3, 6, 9)."""

from dataclasses import dataclass
from enum import StrEnum

from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.base.quantity import GpuSeconds
from jobtree.model.selector import Selector


class UpstreamFailure(StrEnum):
    """What a failed upstream does to its follower: fail it now, or after the grace."""

    WAIT = "wait"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elastic:
    """The widths a malleable run may take: minimum, minimum + step, ... maximum."""

    minimum: int
    maximum: int
    step: int
    desired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """Whether the run may borrow, from whom in which order, how much; and whether it may start unfunded."""

    allow_borrow: bool = False
    max_borrow_gpus: int | None = None
    sponsors: tuple[Owner, ...] = ()
    allow_opportunistic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeQuota:
    """A cap shared by all runs below a (sub)tree: on GPUs at every instant, and on GPU-seconds in all."""

    key: Key
    max_gpus: int | None = None
    max_gpu_seconds: GpuSeconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A gang. Sizes are GPUs and multiples of ``gpus_per_pod``; durations are seconds; defaults are filled in.

    ``group_gpus`` None and ``elastic`` None means that the run may be split by domain, each part being a group.
    ``admitted`` orders claims; ``tree`` is the outermost job tree around it; ``quotas`` are the quotas of the enclosing
    trees, outermost first; ``template`` is the pod template as canonical JSON.
    """

    key: Key
    owner: Owner
    flavor: str
    total_gpus: int
    gpus_per_pod: int
    group_gpus: int | None = None
    spread: bool = True
    selector: Selector = Selector()
    duration: int
    checkpoint: int | None = None
    deadline: Instant | None = None
    elastic: Elastic | None = None
    spares: int = 0
    funding: Funding = Funding()
    after: tuple[Key, ...] = ()
    together: tuple[Key, ...] = ()
    on_upstream_failure: UpstreamFailure = UpstreamFailure.WAIT
    upstream_failure_grace: int = 1_800
    template: str | None = None
    admitted: Instant | None = None
    tree: Key | None = None
    quotas: tuple[TreeQuota, ...] = ()

    @property
    def rank(self) -> tuple[int, Key]:
        """Admission instant, then key; a run without an instant comes after all others (semantics.md 7, level 9)."""
        return (self.admitted if self.admitted is not None else 1 << 62, self.key)

    @property
    def start_widths(self) -> tuple[int, ...]:
        """Widths at which it may start, widest first: total, total - step, ... minimum."""
        if self.elastic is None:
            return (self.total_gpus,)
        return tuple(range(self.total_gpus, self.elastic.minimum - 1, -self.elastic.step))

    @property
    def group_size(self) -> int | None:
        """GPUs of a full group; None when groups follow from the placement."""
        return self.group_gpus or (self.elastic.step if self.elastic else None)

    def groups(self, width: int) -> tuple[int, ...]:
        """Active GPUs of each group at this width; only for runs with a group size.

        The minimum is cut into groups first and each step after it, so that growth never changes an earlier group; the
        last group of the minimum may be short.
        """
        size = self.group_size
        if size is None:
            raise ValueError(f"{self.key} has no group size: its groups follow from its placement")
        base = self.elastic.minimum if self.elastic else width
        return (*_chunks(base, size), *_chunks(width - base, size))


def _chunks(gpus: int, size: int) -> tuple[int, ...]:
    whole, rest = divmod(gpus, size)
    return (size,) * whole + ((rest,) if rest else ())
