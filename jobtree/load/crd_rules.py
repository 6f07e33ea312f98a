"""What a CRD says beyond the shape: relations and immutability as CEL rules, columns, short names.

The rules are those of ``decode_budget``, ``decode_run`` and ``expand`` that one object can show by itself; the compiler
checks them all. A string of format ``date-time`` is a timestamp in CEL. Lists are bounded in the wire models, so the
estimated cost stays within the API server's budget.
"""

from dataclasses import dataclass

Rule = tuple[str, str]
"""CEL expression and message."""

_WINDOW = "!has(self.start) || !has(self.end)"

_GANG: tuple[Rule, ...] = (
    (
        "!has(self.malleable) || (self.malleable.minTotalGPUs <= self.resources.totalGPUs && "
        "self.resources.totalGPUs <= self.malleable.maxTotalGPUs)",
        "minTotalGPUs <= totalGPUs <= maxTotalGPUs",
    ),
    (
        "!has(self.malleable) || "
        "(self.resources.totalGPUs - self.malleable.minTotalGPUs) % self.malleable.stepGPUs == 0",
        "totalGPUs must be minTotalGPUs plus whole steps",
    ),
    (
        "!has(self.malleable) || !has(self.malleable.desiredTotalGPUs) || "
        "(self.malleable.desiredTotalGPUs >= self.resources.totalGPUs && "
        "self.malleable.desiredTotalGPUs <= self.malleable.maxTotalGPUs)",
        "totalGPUs <= desiredTotalGPUs <= maxTotalGPUs",
    ),
    (
        "!has(self.resources.gpusPerPod) || self.resources.totalGPUs % self.resources.gpusPerPod == 0",
        "totalGPUs must be a multiple of gpusPerPod",
    ),
    (
        "!has(self.malleable) || !has(self.locality) || !has(self.locality.groupGPUs) || "
        "self.malleable.stepGPUs % self.locality.groupGPUs == 0",
        "stepGPUs must be a whole number of groups",
    ),
)
"""The sizes of a gang agree, whether it stands alone or in a tree."""

RULES: dict[str, tuple[Rule, ...]] = {
    "Envelope": (
        (f"{_WINDOW} || self.start < self.end", "end must be after start"),
        (
            f"!has(self.maxGPUHours) || {_WINDOW} || self.end <= self.start || "
            "self.maxGPUHours * 3600 <= self.concurrency * (self.end - self.start).getSeconds()",
            "maxGPUHours must be at most concurrency times the hours of the window",
        ),
    ),
    "AggregateCap": (
        ("has(self.envelopes) != (has(self.subtree) && self.subtree)", "give exactly one of envelopes and subtree"),
    ),
    "TreeRun": (("has(self.spec) != has(self.runRef)", "give exactly one of spec and runRef"),),
    "RunSpec": _GANG,
    "TreeRunSpec": _GANG,
    "LeaseSpec": (("self == oldSelf", "a Lease is a fact: its spec never changes"),),
    "LeaseInterval": (("self.start < self.expectedEnd", "expectedEnd must be after start"),),
    "LeaseStatus": (
        ("!has(oldSelf.closed) || !oldSelf.closed || self == oldSelf", "a closed Lease stays as it was closed"),
        (
            "!has(self.closed) || !self.closed || (has(self.ended) && has(self.closureReason))",
            "a closed Lease says when and why it ended",
        ),
    ),
    "LeaseDocument": (("!has(oldSelf.status) || has(self.status)", "a Lease's closure is never taken back"),),
    "ReservationSpec": (
        ("self == oldSelf", "a Reservation is a promise: its spec never changes"),
        ("self.earliestStart < self.expectedEnd", "expectedEnd must be after earliestStart"),
    ),
}
"""Rules by the wire model that they are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How a kind is called on a cluster, and what ``kubectl get`` shows of it."""

    plural: str
    short: tuple[str, ...] = ()
    namespaced: bool = True
    columns: tuple[tuple[str, str, str], ...] = ()


NAMES: dict[str, Naming] = {
    "Budget": Naming(
        plural="budgets",
        short=("gb",),
        columns=(("Owner", "string", ".spec.owner"), ("Parents", "string", ".spec.parents")),
    ),
    "JobTree": Naming(
        plural="jobtrees",
        short=("jt",),
        columns=(("Owner", "string", ".spec.owner"), ("Max GPUs", "integer", ".spec.quota.maxGPUs")),
    ),
    "Lease": Naming(
        plural="leases",
        short=("gl",),
        columns=(
            ("Run", "string", ".spec.runRef.name"),
            ("Group", "integer", ".spec.group"),
            ("Rank", "integer", ".spec.rank"),
            ("Role", "string", ".spec.role"),
            ("Node", "string", ".spec.slice.node"),
            ("Payer", "string", ".spec.paidBy.envelope"),
            ("Start", "string", ".spec.interval.start"),
            ("Closed", "boolean", ".status.closed"),
        ),
    ),
    "NodePool": Naming(
        plural="nodepools",
        short=("gnp",),
        namespaced=False,
        columns=(("Nodes", "integer", ".spec.count"), ("GPUs per node", "integer", ".spec.gpusPerNode")),
    ),
    "Policy": Naming(plural="policies", short=("gpol",), namespaced=False),
    "Reservation": Naming(
        plural="reservations",
        short=("gr",),
        columns=(
            ("Run", "string", ".spec.runRef.name"),
            ("Width", "integer", ".spec.width"),
            ("Earliest start", "string", ".spec.earliestStart"),
            ("Confidence", "string", ".spec.forecast.confidence"),
        ),
    ),
    "Run": Naming(
        plural="runs",
        short=("gpurun",),
        columns=(
            ("Owner", "string", ".spec.owner"),
            ("Flavor", "string", ".spec.resources.gpuType"),
            ("GPUs", "integer", ".spec.resources.totalGPUs"),
            ("Phase", "string", ".status.phase"),
        ),
    ),
}
"""Every kind but Fleet, which is never applied to a cluster. ``gl``: ``lease`` is also coordination.k8s.io's."""
