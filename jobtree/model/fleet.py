"""The Fleet: the settings of the compile, and the owner registry (semantics.md 3)."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from jobtree.base.identity import Owner


class CoverOrder(StrEnum):
    """Whether proximity stands above location among payers, or below it (semantics.md 5)."""

    PROXIMITY = "proximity"
    LOCATION = "location"


class Effort(StrEnum):
    """How hard the planner tries, as counts of work and never as time."""

    QUICK = "quick"
    NORMAL = "normal"
    THOROUGH = "thorough"


class SolverName(StrEnum):
    """Who solves the exact model of a small component."""

    CBC = "cbc"
    HIGHS = "highs"


class EntropySource(StrEnum):
    """Where the lottery takes its entropy from."""

    COMMIT = "commit"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerEntry:
    """One owner of the registry: the namespaces it runs in, the path globs it may write, who approves."""

    name: Owner
    namespaces: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """Seconds throughout, but for ``spare_rate`` (share of a GPU-hour that a spare is charged)."""

    horizon: int = 14 * 86_400
    accounting_period: int = 86_400
    default_duration: int = 86_400
    default_checkpoint: int | None = None
    cover_order: CoverOrder = CoverOrder.PROXIMITY
    activation_lead: int = 900
    protection: int = 4 * 3_600
    spare_rate: Fraction = Fraction(1, 4)
    gpu_resource: str = "nvidia.com/gpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverSettings:
    """Which solver, and how hard it tries."""

    name: SolverName = SolverName.CBC
    effort: Effort = Effort.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The one Fleet of a repository. ``clusters`` empty means: whatever the nodes say."""

    name: str
    clusters: tuple[str, ...] = ()
    owners: tuple[OwnerEntry, ...] = ()
    planning: Planning = Planning()
    entropy: EntropySource = EntropySource.COMMIT
    entropy_file: str = "beacon.json"
    solver: SolverSettings = SolverSettings()
    policy_bundles: tuple[str, ...] = ()
    output_dir: str = "rendered"
