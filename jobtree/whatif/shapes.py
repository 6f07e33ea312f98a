"""Ideas about the run itself: fewer GPUs, no spares, more domains, less time (semantics.md 3)."""

from collections.abc import Iterator
from dataclasses import replace
from math import gcd

from jobtree.base.instant import Instant, format_instant, parse_instant
from jobtree.base.moments import moment
from jobtree.base.quantity import format_duration
from jobtree.base.words import count
from jobtree.model.altered import with_run
from jobtree.model.plan import Reserve
from jobtree.model.run import Elastic, Run
from jobtree.whatif.idea import Case, Chain, Idea

_MINUTE = 60


def narrower(case: Case) -> Chain:
    """A smaller run: first what the reason says there is, then less."""
    return tuple(_narrower(case, width) for width in _widths(case))


def without_spares(case: Case) -> Chain:
    """No spares: what they hold is asked of budgets and nodes like anything else."""
    if not case.run.spares:
        return ()
    changed = with_run(case.catalog, replace(case.run, spares=0))
    return (Idea(words="no spares", edit="spec.spares: 0", catalog=changed),)


def spread(case: Case) -> Chain:
    """Groups in several domains."""
    if case.run.spread:
        return ()
    changed = with_run(case.catalog, replace(case.run, spread=True))
    edit = "spec.locality.allowCrossGroupSpread: true"
    return (Idea(words="groups in more than one domain", edit=edit, catalog=changed),)


def unfunded(case: Case) -> Chain:
    """A start that nobody pays for, while GPUs are idle."""
    funding = case.run.funding
    if funding.allow_opportunistic:
        return ()
    changed = with_run(case.catalog, replace(case.run, funding=replace(funding, allow_opportunistic=True)))
    words = "start unfunded: the first to yield when a funded run needs the GPUs"
    return (Idea(words=words, edit="spec.funding.allowOpportunistic: true", catalog=changed),)


def shorter(case: Case) -> Chain:
    """A declared duration that fits what is short: a window, GPU-hours, the deadline, or a gap between others."""
    return tuple(
        Idea(
            words=f"{format_duration(seconds)} instead of {format_duration(case.run.duration)}, if it is done by then",
            edit=f"spec.runtime.duration: {format_duration(seconds)}",
            catalog=with_run(case.catalog, replace(case.run, duration=seconds)),
        )
        for seconds in _durations(case)
        if 0 < seconds < case.run.duration
    )


def later_deadline(case: Case) -> Chain:
    """The deadline at the instant at which the run would end."""
    if case.run.deadline is None or case.reason.code != "JT503":
        return ()
    end = parse_instant(str(case.reason.facts["earliestEnd"]))
    changed = with_run(case.catalog, replace(case.run, deadline=end))
    text = format_instant(end)
    return (Idea(words=f"a deadline at {moment(text)} UTC", edit=f"spec.runtime.deadline: {text}", catalog=changed),)


def _narrower(case: Case, width: int) -> Idea:
    run = case.run
    if run.elastic is not None:
        elastic = replace(run.elastic, minimum=width)
        words = f"a minimum of {count(width, 'GPU')} instead of {run.elastic.minimum:,}"
        return Idea(
            words=words,
            edit=f"spec.malleable.minTotalGPUs: {width}{_pods(case, elastic, width)}",
            catalog=with_run(case.catalog, replace(run, elastic=elastic)),
        )
    words = f"{count(width, 'GPU')} instead of {run.total_gpus:,}"
    edit = f"spec.resources.totalGPUs: {width}{_pods(case, None, width)}"
    return Idea(words=words, edit=edit, catalog=with_run(case.catalog, replace(run, total_gpus=width)))


def _widths(case: Case) -> Iterator[int]:
    """Widths on the run's grid, widest first: what the reason says there is, a half and a quarter of what it asks."""
    run = case.run
    unit = run.elastic.step if run.elastic else run.group_gpus or run.gpus_per_pod
    top = run.elastic.minimum if run.elastic else run.total_gpus
    found = (_widest(run, most, top, unit) for most in (min(_free(case), top - 1), top // 2, top // 4))
    yield from sorted({width for width in found if width > 0}, reverse=True)


def _widest(run: Run, most: int, top: int, unit: int) -> int:
    """The widest width below ``top``, in whole units from it, that fits ``most`` GPUs with its spares; 0 for none."""
    width = top - -(-(top - most) // unit) * unit
    while width > 0 and width + _spare(run, width) > most:
        width -= unit
    return max(0, width)


def _free(case: Case) -> int:
    """GPUs that the reason says there are; where it says nothing of the kind, all but what the domains lack."""
    have = case.number("have")
    if have is not None and case.reason.code != "JT402":
        return have // case.run.duration if case.reason.facts.get("unit") == "GPU-seconds" else have
    if isinstance(case.decided.decision, Reserve):
        missing = sum(shortage.gpus for shortage in case.decided.decision.forecast.deficit)
        return case.run.total_gpus - missing
    return case.run.total_gpus - 1


def _spare(run: Run, width: int) -> int:
    """GPUs of spares at a width; of one group, where groups follow from the placement."""
    groups = -(-width // run.group_size) if run.group_size else 1
    return run.spares * run.gpus_per_pod * groups


def _durations(case: Case) -> Iterator[int]:
    need, have = case.number("need"), case.number("have")
    match case.reason.code:
        case "JT402" if have is not None:
            yield have - have % _MINUTE
        case "JT404" | "JT405" | "JT406" if need and have and case.reason.facts.get("unit") == "GPU-seconds":
            seconds = case.run.duration * have // need
            yield seconds - seconds % _MINUTE
        case "JT503" if case.run.deadline is not None:
            start = Instant(parse_instant(str(case.reason.facts["earliestEnd"])) - case.run.duration)
            seconds = case.run.deadline - start
            yield seconds - seconds % _MINUTE
        case "JT502" | "JT511" | "JT512" | "JT601":
            for seconds in (case.run.duration // 2, case.run.duration // 4):
                yield seconds - seconds % _MINUTE
        case _:
            return


def _pods(case: Case, elastic: Elastic | None, width: int) -> str:
    """The size of pods, where the new sizes alone would give larger ones."""
    run = case.run
    sizes = [run.group_gpus or 0, width] + ([run.total_gpus, elastic.step] if elastic else [])
    whole = gcd(*sizes, *(node.gpus for node in case.catalog.nodes if node.flavor == run.flavor))
    return "" if whole == run.gpus_per_pod else f", spec.resources.gpusPerPod: {run.gpus_per_pod}"
