"""Run: draft to model, defaults filled in, and the rules between its fields (semantics.md 3).

min <= total <= max, (total - min) % step == 0 and likewise desired; all sizes are multiples of gpusPerPod; a step is a
whole number of groups where groups are set. gpusPerPod defaults to the gcd of all sizes and of the GPUs per node of the
flavor's nodes. Codes: JT218, JT219, JT220, JT221, JT222, JT223, JT226.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import gcd

from jobtree.base.diagnostic import Diagnostic, error, warning
from jobtree.base.identity import Owner
from jobtree.base.instant import parse_instant
from jobtree.base.quantity import parse_duration
from jobtree.load.decode_fleet import seconds
from jobtree.load.draft import Draft
from jobtree.load.placed import Placed
from jobtree.load.template import canonical_json, check_template
from jobtree.load.wire.run import Funding as WireFunding
from jobtree.load.wire.run import TreeRunSpec
from jobtree.model.fleet import Planning
from jobtree.model.run import Elastic, Funding, Run, UpstreamFailure
from jobtree.model.selector import Selector

MOST_WIDTHS = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a Run's defaults depend on: the fleet's planning, and gcd of GPUs per node by flavor (absent: no node)."""

    planning: Planning
    node_gpus: Mapping[str, int]


def decode_run(draft: Draft, setting: Setting) -> tuple[Placed[Run], tuple[Diagnostic, ...]]:
    """The Run. References are sorted and unique; nothing here looks at other runs."""
    spec, planning = draft.spec, setting.planning
    elastic = _elastic(spec)
    flavor = spec.resources.gpu_type
    run = Run(
        key=draft.key,
        owner=draft.owner,
        flavor=flavor,
        total_gpus=spec.resources.total_gpus,
        gpus_per_pod=spec.resources.gpus_per_pod or gcd(*dict(_sizes(spec)).values(), setting.node_gpus.get(flavor, 0)),
        group_gpus=spec.locality.group_gpus,
        spread=spec.locality.allow_cross_group_spread,
        selector=Selector(tuple(sorted(spec.locality.selector.items()))),
        duration=seconds(spec.runtime.duration) or planning.default_duration,
        checkpoint=seconds(spec.runtime.checkpoint) or planning.default_checkpoint,
        deadline=None if spec.runtime.deadline is None else parse_instant(spec.runtime.deadline),
        elastic=elastic,
        spares=spec.spares,
        funding=_funding(spec.funding),
        after=tuple(sorted({reference.run for reference in draft.after})),
        together=tuple(sorted({reference.run for reference in draft.together} - {draft.key})),
        on_upstream_failure=UpstreamFailure(spec.on_upstream_failure),
        upstream_failure_grace=parse_duration(spec.upstream_failure_grace),
        template=None if spec.template is None else canonical_json(spec.template),
        admitted=draft.admitted,
        tree=draft.tree,
        quotas=draft.quotas,
    )
    placed = Placed(value=run, document=draft.document, base=draft.base)
    return placed, tuple(_relations(placed, spec, planning))


def _elastic(spec: TreeRunSpec) -> Elastic | None:
    wire = spec.malleable
    if wire is None:
        return None
    desired = wire.max_total_gpus if wire.desired_total_gpus is None else wire.desired_total_gpus
    return Elastic(minimum=wire.min_total_gpus, maximum=wire.max_total_gpus, step=wire.step_gpus, desired=desired)


def _funding(wire: WireFunding) -> Funding:
    return Funding(
        allow_borrow=wire.allow_borrow,
        max_borrow_gpus=wire.max_borrow_gpus,
        sponsors=tuple(Owner(sponsor) for sponsor in wire.sponsors),
        allow_opportunistic=wire.allow_opportunistic,
    )


def _sizes(spec: TreeRunSpec) -> Iterator[tuple[tuple[str, str], int]]:
    """Every size that must be whole pods, with its field."""
    yield ("resources", "totalGPUs"), spec.resources.total_gpus
    if spec.locality.group_gpus is not None:
        yield ("locality", "groupGPUs"), spec.locality.group_gpus
    if spec.malleable is not None:
        yield ("malleable", "minTotalGPUs"), spec.malleable.min_total_gpus
        yield ("malleable", "stepGPUs"), spec.malleable.step_gpus


def _relations(placed: Placed[Run], spec: TreeRunSpec, planning: Planning) -> Iterator[Diagnostic]:
    run = placed.value
    if spec.resources.gpus_per_pod is not None:
        yield from _whole_pods(placed, spec, spec.resources.gpus_per_pod)
    if run.elastic is not None:
        yield from _grid(placed, run.total_gpus, run.elastic)
        if run.group_gpus is not None and run.elastic.step % run.group_gpus:
            notes = (f"{run.elastic.step} = {_divided(run.elastic.step, run.group_gpus)}",)
            where = placed.at("malleable", "stepGPUs")
            yield error("JT221", "stepGPUs is not a whole number of groups", where, notes=notes)
    funding = run.funding
    if not funding.allow_borrow and (funding.sponsors or funding.max_borrow_gpus is not None):
        message = "sponsors or maxBorrowGPUs without allowBorrow"
        yield warning("JT226", message, placed.key("funding"), help="set allowBorrow: true")
    if spec.template is not None:
        anything: Placed[object] = Placed(value=run, document=placed.document, base=placed.base)
        yield from check_template(anything, spec.template, planning.gpu_resource)


def _whole_pods(placed: Placed[Run], spec: TreeRunSpec, per_pod: int) -> Iterator[Diagnostic]:
    for path, size in _sizes(spec):
        if size % per_pod:
            notes = (f"{size} = {_divided(size, per_pod)}",)
            hint = f"{path[-1]} must be a multiple of gpusPerPod"
            yield error("JT220", f"{path[-1]} {size} is not whole pods", placed.at(*path), notes=notes, help=hint)


def _grid(placed: Placed[Run], total: int, elastic: Elastic) -> Iterator[Diagnostic]:
    low, high, step = elastic.minimum, elastic.maximum, elastic.step
    if not low <= total <= high:
        notes = (f"{low} <= {total} <= {high} does not hold",)
        message = "totalGPUs is not between minTotalGPUs and maxTotalGPUs"
        yield error("JT218", message, placed.key("malleable"), notes=notes, help="set min <= total <= max")
    elif not total <= elastic.desired <= high:
        notes = (f"{total} <= {elastic.desired} <= {high} does not hold",)
        message = "desiredTotalGPUs is not between totalGPUs and maxTotalGPUs"
        yield error("JT218", message, placed.at("malleable", "desiredTotalGPUs"), notes=notes)
    widths = max(0, high - low) // step + 1
    if widths > MOST_WIDTHS:
        notes = (f"({high} - {low}) / {step} + 1 = {widths}, at most {MOST_WIDTHS}",)
        yield error("JT235", "too many widths", placed.at("malleable", "stepGPUs"), notes=notes, help="raise stepGPUs")
    for name, size in (("totalGPUs", total), ("desiredTotalGPUs", elastic.desired)):
        if size >= low and (size - low) % step:
            notes = (f"{size} - {low} = {size - low} = {_divided(size - low, step)}",)
            where = placed.at("resources" if name == "totalGPUs" else "malleable", name)
            yield error("JT219", f"{name} {size} is not minTotalGPUs plus whole steps", where, notes=notes)


def _divided(size: int, unit: int) -> str:
    """``3 x 8 + 4``: the arithmetic of a size that does not divide."""
    return f"{size // unit} x {unit} + {size % unit}"
