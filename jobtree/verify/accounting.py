"""What claims come to: limits exceeded, classes, use, charges (semantics.md 4)."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

from jobtree.verify.accounts import ENVELOPE, Accounts
from jobtree.verify.budgets import EnvelopeKey
from jobtree.verify.claims import OWNED, SHARED, Claim
from jobtree.verify.funding import by_stretches, class_of, fill, funded_spans
from jobtree.verify.lease import SPARE
from jobtree.verify.sweep import Excess, Meter, Span, excesses
from jobtree.verify.units import cost, overlap


def excesses_of(held: list[Claim], as_of: int, accounts: Accounts) -> tuple[Excess, ...]:
    """What new claims push over a limit, on top of what is funded of earlier plans.

    Usually everything fits together. Where it does not, owners may recall what family uses of their envelopes: if some
    new run is wholly paid by its owner, runs of family count only where the fill still funds them beside all new ones.
    """
    past = [claim for claim in held if not claim.new]
    tested = [Span(claim=claim, interval=claim.interval) for claim in held if claim.new]
    kept = funded_spans(past, as_of, accounts)
    found = tuple(excesses([*_untested(kept), *tested], accounts, Meter(past, as_of)))
    recalling = _wholly(OWNED, tested)
    yielding = {span.claim.run for span in kept if span.claim.relation == SHARED}
    if not found or not recalling or not yielding:
        return found
    alive = [_last_of_tier(claim) if claim.new else claim for claim in held if claim.interval[1] > as_of]
    filled = by_stretches(alive, as_of, accounts, Meter(past, as_of))
    firm = [span for span in kept if span.claim.run not in yielding]
    rest = [span for span in filled if span.claim.run in yielding and not span.claim.new]
    return tuple(excesses([*_untested([*firm, *rest]), *tested], accounts, Meter(past, as_of)))


def _last_of_tier(claim: Claim) -> Claim:
    tier, distance, _, key = claim.rank
    return replace(claim, rank=(tier, distance, sys.maxsize, key))


def open_classes(held: list[Claim], as_of: int, accounts: Accounts) -> dict[int, str]:
    """Class by claim ``id`` at the plan's instant, new leases included."""
    leases = [claim for claim in held if not claim.promised]
    funded = fill(leases, as_of, accounts, Meter(leases, as_of))
    return {id(claim): class_of(claim, funded=funded[id(claim)]) for claim in leases if id(claim) in funded}


def used_of(held: list[Claim], classes: dict[int, str]) -> dict[EnvelopeKey, dict[str, int]]:
    """GPUs of open leases by payer and class, and of spares once more."""
    used: dict[EnvelopeKey, dict[str, int]] = {}
    for claim in held:
        if claim.payer and id(claim) in classes:
            counts = used.setdefault(claim.payer, {})
            for name in (classes[id(claim)], *([SPARE] if claim.pod.role == SPARE else [])):
                counts[name] = counts.get(name, 0) + claim.gpus
    return used


def charged_of(held: list[Claim], as_of: int) -> dict[EnvelopeKey, dict[str, int]]:
    """GPU-seconds by envelope: spent up to the plan's instant, and planned after it, whatever the class."""
    found: dict[EnvelopeKey, dict[str, int]] = {}
    for claim in held:
        if claim.payer and claim.charges and claim.charges[0].account == (ENVELOPE, *claim.payer):
            window = claim.charges[0].window
            line = found.setdefault(claim.payer, {"spent": 0, "planned": 0})
            elapsed = (claim.interval[0], min(claim.interval[1], as_of))
            spent = cost(claim.gpus, overlap(elapsed, window), claim.rate)
            line["spent"] += spent
            line["planned"] += cost(claim.gpus, overlap(claim.interval, window), claim.rate) - spent
    return found


def _untested(spans: Iterable[Span]) -> Iterator[Span]:
    return (replace(span, tested=False) for span in spans)


def _wholly(relation: str, spans: Iterable[Span]) -> set[tuple[str, str]]:
    """Runs of which all these claims have the relation."""
    runs: dict[tuple[str, str], bool] = {}
    for span in spans:
        runs[span.claim.run] = runs.get(span.claim.run, True) and span.claim.relation == relation
    return {run for run, whole in runs.items() if whole}
