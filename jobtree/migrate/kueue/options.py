"""What the person who imports decides."""

from dataclasses import dataclass

from jobtree.base.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``now``: when the envelopes' windows open. ``duration``: of runs that nothing limits, as it is written in YAML.

    ``fabric``: the node label that names a fast-fabric domain; None: the topmost level of the flavor's Topology.
    """

    now: Instant
    cluster: str
    duration: str
    gpu_resource: str
    fabric: str | None
