"""Budget: wire to model, and the rules between its fields (semantics.md 3).

end > start; maxGPUHours <= concurrency x window hours when both bounds are set; a cap covers named envelopes or a
subtree, not both. Subtree caps are resolved by ``link_family``. Codes: JT215, JT216, JT217, JT224, JT226, JT231, JT303.
"""

from jobtree.base.diagnostic import Diagnostic, error, warning
from jobtree.base.identity import EnvelopeKey, Key, Owner
from jobtree.base.instant import Window, parse_instant
from jobtree.base.quantity import GpuSeconds, parse_duration
from jobtree.load.document import Document
from jobtree.load.placed import Placed, twice
from jobtree.load.wire.budget import AggregateCap as WireCap
from jobtree.load.wire.budget import BudgetDocument
from jobtree.load.wire.budget import Envelope as WireEnvelope
from jobtree.load.wire.budget import Lending as WireLending
from jobtree.model.budget import AggregateCap, AutoRenew, Budget, Envelope, Lending, PreActivation
from jobtree.model.selector import Selector

HOUR = 3_600


def gpu_seconds(hours: int | None) -> GpuSeconds | None:
    """GPU-hours that may be missing, in GPU-seconds: converted here, once."""
    return None if hours is None else GpuSeconds(hours * HOUR)


def decode_budget(document: Document, wire: BudgetDocument) -> tuple[Placed[Budget], tuple[Diagnostic, ...]]:
    """The Budget with envelopes and caps in the order of the file, so that places can be found by index."""
    spec = wire.spec
    key = Key(wire.metadata.namespace, wire.metadata.name)
    budget = Budget(
        key=key,
        owner=Owner(spec.owner),
        parents=tuple(Owner(parent) for parent in spec.parents),
        envelopes=tuple(_envelope(key, Owner(spec.owner), envelope) for envelope in spec.envelopes),
        caps=tuple(_cap(key, cap) for cap in spec.aggregate_caps),
        auto_renew=None
        if spec.auto_renew is None
        else AutoRenew(
            period=parse_duration(spec.auto_renew.period), notify_before=parse_duration(spec.auto_renew.notify_before)
        ),
    )
    placed = Placed(value=budget, document=document)
    return placed, (*_relations(placed), *_cap_relations(placed, wire), *_lending_relations(placed))


def _envelope(budget: Key, owner: Owner, wire: WireEnvelope) -> Envelope:
    before = wire.pre_activation
    return Envelope(
        key=EnvelopeKey(budget.namespace, budget.name, wire.name),
        owner=owner,
        flavor=wire.flavor,
        selector=Selector(tuple(sorted(wire.selector.items()))),
        concurrency=wire.concurrency,
        max_gpu_seconds=gpu_seconds(wire.max_gpu_hours),
        window=Window(
            None if wire.start is None else parse_instant(wire.start),
            None if wire.end is None else parse_instant(wire.end),
        ),
        pre_activation=PreActivation(
            allow_reservations=before.allow_reservations, allow_admission=before.allow_admission
        ),
        shared_with_family=wire.sharing == "family",
        lending=_lending(wire.lending),
    )


def _lending(wire: WireLending) -> Lending:
    return Lending(
        allow=wire.allow,
        to=tuple(sorted(wire.to)),
        max_concurrency=wire.max_concurrency,
        max_gpu_seconds=gpu_seconds(wire.max_gpu_hours),
    )


def _cap(budget: Key, wire: WireCap) -> AggregateCap:
    return AggregateCap(
        budget=budget,
        name=wire.name,
        flavor=wire.flavor,
        envelopes=tuple(_reference(budget, text) for text in wire.envelopes or ()),
        subtree=wire.subtree,
        max_concurrency=wire.max_concurrency,
        max_gpu_seconds=gpu_seconds(wire.max_gpu_hours),
    )


def _reference(budget: Key, text: str) -> EnvelopeKey:
    """``envelope`` of this budget, or ``namespace/budget/envelope``."""
    namespace, _, rest = text.partition("/")
    if not rest:
        return EnvelopeKey(budget.namespace, budget.name, text)
    name, _, envelope = rest.partition("/")
    return EnvelopeKey(namespace, name, envelope)


def _relations(placed: Placed[Budget]) -> list[Diagnostic]:
    budget = placed.value
    names = [(e.key.envelope, placed.at("envelopes", i, "name")) for i, e in enumerate(budget.envelopes)]
    caps = [(cap.name, placed.at("aggregateCaps", i, "name")) for i, cap in enumerate(budget.caps)]
    findings = [*twice("envelope", names), *twice("cap", caps)]
    for index, envelope in enumerate(budget.envelopes):
        findings.extend(_window_relations(placed, index, envelope))
    renewal = budget.auto_renew
    if renewal is not None and renewal.notify_before > renewal.period:
        notes = (f"{renewal.notify_before} s > {renewal.period} s",)
        where = placed.at("autoRenew", "notifyBefore")
        findings.append(error("JT231", "notifyBefore is longer than the period", where, notes=notes))
    return findings


def _window_relations(placed: Placed[Budget], index: int, envelope: Envelope) -> list[Diagnostic]:
    window, name = envelope.window, envelope.key.envelope
    if window.start is None or window.end is None:
        missing = " and ".join(bound for bound, at in (("start", window.start), ("end", window.end)) if at is None)
        where = placed.at("envelopes", index, "name")
        message = f"envelope {name} has no {missing}: its window is open there"
        return [warning("JT217", message, where, help=f"set {missing}")]
    if window.end <= window.start:
        notes = (f"the window is {window.end - window.start} s long",)
        where = placed.at("envelopes", index, "end")
        return [error("JT215", f"envelope {name} ends before it starts", where, notes=notes, help="set a later end")]
    most, asked = envelope.concurrency * (window.end - window.start), envelope.max_gpu_seconds
    if asked is None or asked <= most:
        return []
    hours = f"{(window.end - window.start) / HOUR:g}"
    notes = (f"{envelope.concurrency} GPUs x {hours} h = {most // HOUR} GPU-hours < {asked // HOUR}",)
    return [
        error(
            "JT216",
            f"envelope {name} cannot use its maxGPUHours",
            placed.at("envelopes", index, "maxGPUHours"),
            notes=notes,
            help=f"lower maxGPUHours to at most {most // HOUR}, or raise concurrency",
        )
    ]


def _cap_relations(placed: Placed[Budget], wire: BudgetDocument) -> list[Diagnostic]:
    findings = []
    for index, cap in enumerate(wire.spec.aggregate_caps):
        where = placed.at("aggregateCaps", index, "name")
        if cap.subtree == (cap.envelopes is not None):
            both = "both envelopes and subtree" if cap.subtree else "neither envelopes nor subtree"
            findings.append(error("JT224", f"cap {cap.name} names {both}", where, help="give exactly one of the two"))
        if cap.max_concurrency is None and cap.max_gpu_hours is None:
            hint = "set maxConcurrency or maxGPUHours"
            findings.append(warning("JT226", f"cap {cap.name} limits nothing", where, help=hint))
    return findings


def _lending_relations(placed: Placed[Budget]) -> list[Diagnostic]:
    findings = []
    for index, envelope in enumerate(placed.value.envelopes):
        lending = envelope.lending
        limits = (
            ("maxConcurrency", lending.max_concurrency, envelope.concurrency, 1),
            ("maxGPUHours", lending.max_gpu_seconds, envelope.max_gpu_seconds, HOUR),
        )
        for name, limit, own, unit in limits:
            if limit is not None and own is not None and limit > own:
                where = placed.at("envelopes", index, "lending", name)
                notes = (f"{limit // unit} > {own // unit}, which the envelope itself has",)
                findings.append(warning("JT226", f"lending.{name} never binds", where, notes=notes))
        if not lending.allow and lending != Lending():
            where = placed.key("envelopes", index, "lending")
            findings.append(warning("JT226", "lending is set up but not allowed", where, help="set allow: true"))
    return findings
