"""Checks on accounts: no new claim pushes anything over its limit, at any instant or in all (semantics.md 4)."""

from collections.abc import Iterator
from typing import Any

from jobtree.verify.budgets import EnvelopeKey, spell
from jobtree.verify.facts import Facts
from jobtree.verify.sweep import Excess
from jobtree.verify.units import show
from jobtree.verify.violation import Violation


def concurrency(facts: Facts) -> Iterator[Violation]:
    """No envelope holds more GPUs at once than its concurrency."""
    yield from _over(facts, "concurrency")


def gpu_hours(facts: Facts) -> Iterator[Violation]:
    """No envelope is charged more GPU-seconds than its hours."""
    yield from _over(facts, "gpu-hours")


def aggregate_cap(facts: Facts) -> Iterator[Violation]:
    """No aggregate or subtree cap is exceeded, in whatever clusters its envelopes pay."""
    yield from _over(facts, "aggregate-cap")


def lending_limit(facts: Facts) -> Iterator[Violation]:
    """No envelope lends more than its lending limits."""
    yield from _over(facts, "lending")


def borrow_limit(facts: Facts) -> Iterator[Violation]:
    """No run borrows more GPUs than its ``maxBorrowGPUs``."""
    yield from _over(facts, "borrow-limit")


def tree_quota(facts: Facts) -> Iterator[Violation]:
    """No tree holds more GPUs at once, or GPU-seconds in all, than its quota."""
    yield from _over(facts, "tree-quota")


def statement(facts: Facts) -> Iterator[Violation]:
    """plan.json states every envelope's limits and what is charged and planned, as the accounts have them."""
    stated = [line.envelope for line in facts.plan.statements]
    if stated != sorted(facts.inputs.envelopes):
        yield Violation("gpu-hours", "plan.json does not state every envelope once, sorted by key")
    for line in facts.plan.statements:
        if line.envelope not in facts.inputs.envelopes:
            continue
        wanted = statement_of(facts, line.envelope)
        found = {"cap": line.cap, "spent": line.spent, "planned": line.planned}
        if found != wanted["gpuSeconds"]:
            told = f"GPU-seconds {found}, expected {wanted['gpuSeconds']}"
            yield Violation("gpu-hours", f"plan.json states for {spell(line.envelope)} {told}")
        if line.concurrency != wanted["concurrency"]:
            told = f"concurrency {line.concurrency}, expected {wanted['concurrency']}"
            yield Violation("concurrency", f"plan.json states for {spell(line.envelope)} {told}")


def statement_of(facts: Facts, key: EnvelopeKey) -> dict[str, Any]:
    """What plan.json must state of an envelope's limits and charges."""
    limits = facts.inputs.envelopes[key].limits
    charged = facts.charged.get(key, {"spent": 0, "planned": 0})
    return {"concurrency": limits.gpus, "gpuSeconds": {"cap": limits.gpu_seconds, **charged}}


def _over(facts: Facts, invariant: str) -> Iterator[Violation]:
    for excess in facts.excesses:
        if excess.account.invariants[excess.instant is None] == invariant:
            yield Violation(invariant, _told(excess))


def _told(excess: Excess) -> str:
    if excess.instant is None:
        return f"{excess.account} is charged {excess.used} GPU-seconds, allowed {excess.allowed}"
    return f"{excess.account} holds {excess.used} GPUs at {show(excess.instant)}, allowed {excess.allowed}"
