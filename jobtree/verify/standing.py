"""Checks on classes: what plan.json says about payers and envelopes is what the fill gives (semantics.md 4)."""

from collections.abc import Iterator

from jobtree.verify.budgets import EnvelopeKey, spell
from jobtree.verify.facts import Facts
from jobtree.verify.lease import SPARE
from jobtree.verify.plan import CLASSES, Entry
from jobtree.verify.violation import Violation

Shares = dict[tuple[EnvelopeKey | None, str | None, str], int]


def funding_class(facts: Facts) -> Iterator[Violation]:
    """Every payer of every run is stated with its owner, class and GPUs."""
    for entry in facts.entries.values():
        stated = [(share.envelope, share.owner, share.funding, share.gpus) for share in entry.payers]
        expected = [(*key, gpus) for key, gpus in shares_of(facts, entry).items()]
        if sorted(stated, key=str) != sorted(expected, key=str):
            told = f"payers {_written(stated)}, expected {_written(expected)}"
            yield Violation("class", f"{entry.name} is stated with {told}")


def envelope_use(facts: Facts) -> Iterator[Violation]:
    """Every envelope is stated with the GPUs that it pays for now, by class."""
    for line in facts.plan.statements:
        expected = use_of(facts, line.envelope)
        if line.used != expected:
            yield Violation("class", f"{spell(line.envelope)} is stated with use {line.used}, expected {expected}")


def use_of(facts: Facts, key: EnvelopeKey) -> dict[str, int]:
    """GPUs that an envelope pays for at the plan's instant, by class, and spares again on their own."""
    return dict.fromkeys((*CLASSES, SPARE), 0) | facts.used.get(key, {})


def shares_of(facts: Facts, entry: Entry) -> Shares:
    """GPUs by payer and class: of the leases that are open now, else of those at the start by relation."""
    now: Shares = {}
    first: Shares = {}
    for claim in facts.claims[entry.run]:
        payer = (claim.payer, claim.payer_owner)
        if id(claim) in facts.open_classes:
            key = (*payer, facts.open_classes[id(claim)])
            now[key] = now.get(key, 0) + claim.gpus
        if entry.interval and claim.interval[0] <= entry.interval[0] < claim.interval[1]:
            key = (*payer, claim.relation)
            first[key] = first.get(key, 0) + claim.gpus
    return now or first


def _written(shares: list[tuple[EnvelopeKey | None, str | None, str, int]]) -> str:
    parts = [f"{gpus} GPUs {funding} by {spell(key or ())} of {owner}" for key, owner, funding, gpus in shares]
    return "; ".join(sorted(parts)) or "nobody"
