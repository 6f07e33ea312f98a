"""The fleet with a change, as values. What does not fit it is JT193 (docs/simulator.md)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.quantity import HOUR, GpuSeconds
from jobtree.load.shape import suggestion
from jobtree.model.altered import with_envelope, with_nodes, with_run
from jobtree.model.budget import Envelope
from jobtree.model.catalog import Catalog
from jobtree.model.run import Run
from jobtree.model.topology import Node
from jobtree.simulate.overlays import BudgetChange, Limit, Overlay, RunChange, Sign, Topology


class _MisfitError(ValueError):
    """The overlay does not fit the fleet; ``help`` is the next thing to do."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.help = help


def overlaid(catalog: Catalog, overlay: Overlay) -> Catalog | Diagnostic:
    """The catalog with the change."""
    try:
        match overlay:
            case Topology():
                return _with_topology(catalog, overlay)
            case BudgetChange():
                return _with_budget(catalog, overlay)
            case RunChange():
                return _with_run(catalog, overlay)
    except _MisfitError as fault:
        return error("JT193", f"an overlay does not fit: {fault}", help=fault.help)
    assert_never(overlay)


def _with_topology(catalog: Catalog, change: Topology) -> Catalog:
    """New nodes are as the last one of the domain; the last ones go first."""
    alike = _alike(catalog.nodes, change)
    size = alike[-1].gpus
    if change.change.number % size:
        raise _MisfitError(f"nodes there have {size} GPUs, and {change.change.number} is no multiple of that")
    count = change.change.number // size
    if change.change.sign is not Sign.LESS:
        return with_nodes(catalog, alike[-1], count)
    if count > len(alike):
        raise _MisfitError(f"{change.domain} has {len(alike) * size} {change.flavor} only")
    gone = alike[len(alike) - count :]
    return replace(catalog, nodes=tuple(node for node in catalog.nodes if node not in gone))


def _alike(nodes: Sequence[Node], change: Topology) -> Sequence[Node]:
    """The nodes of the domain that have the flavor; there is one."""
    there = [node for node in nodes if change.domain in (node.domain.fabric, str(node.domain))]
    if not there:
        known = tuple(dict.fromkeys(node.domain.fabric for node in nodes))
        raise _MisfitError(f"there is no domain {change.domain}", suggestion(change.domain, known) or _known(known))
    if len({node.domain for node in there}) > 1:
        names = " and ".join(sorted({str(node.domain) for node in there}))
        raise _MisfitError(f"{change.domain} is {names}", "write the whole name: region/cluster/fabric")
    alike = [node for node in there if node.flavor == change.flavor]
    if not alike:
        known = tuple(dict.fromkeys(node.flavor for node in there))
        raise _MisfitError(f"{change.domain} has no {change.flavor}", suggestion(change.flavor, known) or _known(known))
    return alike


def _with_budget(catalog: Catalog, change: BudgetChange) -> Catalog:
    if change.envelope not in catalog.envelopes:
        known = tuple(map(str, catalog.envelopes))
        raise _MisfitError(f"there is no envelope {change.envelope}", suggestion(str(change.envelope), known))
    return with_envelope(catalog, change.envelope, lambda one: _limited(one, change))


def _limited(envelope: Envelope, change: BudgetChange) -> Envelope:
    match change.limit:
        case Limit.CONCURRENCY:
            gpus = change.change.of(envelope.concurrency)
            if gpus < 1:
                raise _MisfitError(f"{envelope.key} would have a concurrency of {gpus}")
            return replace(envelope, concurrency=gpus)
        case Limit.HOURS:
            if envelope.max_gpu_seconds is None and change.change.sign is not Sign.EXACTLY:
                raise _MisfitError(f"{envelope.key} has no maxGPUHours", "write maxGPUHours = N")
            hours = change.change.of((envelope.max_gpu_seconds or 0) // HOUR)
            if hours < 0:
                raise _MisfitError(f"{envelope.key} would have {hours} GPU-hours")
            return replace(envelope, max_gpu_seconds=GpuSeconds(hours * HOUR))


def _with_run(catalog: Catalog, change: RunChange) -> Catalog:
    run = catalog.run_of.get(change.run)
    if run is None:
        known = tuple(str(one.key) for one in catalog.runs)
        raise _MisfitError(f"there is no run {change.run}", suggestion(str(change.run), known))
    sized = replace(run, total_gpus=change.total_gpus)
    fault = _size_fault(sized)
    if fault is not None:
        raise _MisfitError(f"{run.key} cannot have {change.total_gpus} GPUs: {fault}")
    return with_run(catalog, sized)


def _size_fault(run: Run) -> str | None:
    """As the loader judges sizes (semantics.md 3)."""
    if run.total_gpus < 1 or run.total_gpus % run.gpus_per_pod:
        return f"a pod has {run.gpus_per_pod}"
    if run.elastic is None:
        return None
    if not run.elastic.minimum <= run.total_gpus <= min(run.elastic.maximum, run.elastic.desired):
        return f"it may have {run.elastic.minimum} to {min(run.elastic.maximum, run.elastic.desired)}"
    if (run.total_gpus - run.elastic.minimum) % run.elastic.step:
        return f"its step is {run.elastic.step}"
    return None


def _known(names: Sequence[str]) -> str:
    return f"known here: {', '.join(sorted(names))}"
