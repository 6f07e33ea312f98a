"""Every way to spoil a right plan is refused by name, and every check is needed for at least one of them."""

from collections.abc import Iterator

import pytest

from jobtree.verify.checker import CHECKS, Check
from jobtree.verify.facts import Facts
from jobtree.verify.violation import Violation
from tests.faults.verify.contention import CONTENTION
from tests.faults.verify.fault import Fault, every
from tests.faults.verify.files import FILES
from tests.faults.verify.history import HISTORY
from tests.faults.verify.money import MONEY
from tests.faults.verify.placement import PLACEMENT
from tests.faults.verify.running import RUNNING
from tests.faults.verify.timing import TIMING

FAULTS = {fault.name: fault for fault in every(PLACEMENT, MONEY, TIMING, FILES, HISTORY, RUNNING, CONTENTION)}
INVARIANTS = {
    "slot-exclusive", "slot-exists", "flavor-match", "selector-match", "one-payer", "concurrency", "gpu-hours",
    "aggregate-cap", "lending", "borrow-limit", "tree-quota", "window", "family", "gang-whole", "group-whole",
    "one-domain", "one-cluster", "width-grid", "spare-apart", "dependency", "co-start", "deadline", "horizon",
    "reservation-free", "promise", "decision-complete", "class", "name-unique", "name-content",
    "manifest-matches-plan", "kustomization", "seal", "input-digest", "format", "wait-level", "wait-bound", "registry",
    "duration",
    "unusable-node", "ledger-chain", "closures", "cut-order", "cut-whole", "draw", "odds", "growth", "swap",
    "renewal",
    "opportunistic",
}  # fmt: skip
IMPLIED = {"name_unique": "name_content"}
"""Names that follow from content can only clash where a name does not follow from content, or by a broken SHA-256."""


def caught(fault: Fault) -> dict[str, list[Violation]]:
    """Violations by check; ``format`` faults are caught in reading, before any check."""
    found: dict[str, list[Violation]] = {}

    def watch(check: Check) -> Check:
        def watched(facts: Facts) -> Iterator[Violation]:
            for violation in check(facts):
                found.setdefault(check.__name__, []).append(violation)
                yield violation

        return watched

    case = fault.case()
    all_found = case.verify(tuple(map(watch, CHECKS)))
    if not found and all_found:
        found["reading"] = list(all_found)
    return found


CAUGHT: dict[str, dict[str, list[Violation]]] = {}


def caught_once(name: str) -> dict[str, list[Violation]]:
    if name not in CAUGHT:
        CAUGHT[name] = caught(FAULTS[name])
    return CAUGHT[name]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_by_name(name: str) -> None:
    violations = [violation for found in caught_once(name).values() for violation in found]
    assert FAULTS[name].invariant in {violation.invariant for violation in violations}, violations
    assert all(violation.invariant in INVARIANTS and len(violation.message) > 10 for violation in violations)


def test_every_invariant_has_a_fault() -> None:
    assert {fault.invariant for fault in FAULTS.values()} == INVARIANTS


@pytest.mark.parametrize("check", [check.__name__ for check in CHECKS])
def test_without_this_check_a_fault_would_pass(check: str) -> None:
    needed = {check} | ({IMPLIED[check]} if check in IMPLIED else set())
    alone = [name for name in FAULTS if check in caught_once(name) and set(caught_once(name)) <= needed]
    assert alone, {name: sorted(caught_once(name)) for name in FAULTS if check in caught_once(name)}
    case = FAULTS[alone[0]].case()
    checks = tuple(each for each in CHECKS if each.__name__ not in needed)
    assert case.verify(checks) == ()


def test_messages_carry_names_and_numbers() -> None:
    told = {
        "a slot sold twice": "slot b-02#0 is held by mm/serve until 2026-03-02T11:00:00Z and by rai/train",
        "one gpu too many for one second": "envelope ops/ops/hours holds 2 GPUs at 2026-03-02T09:59:59Z, allowed 1",
        "one gpu second too many": "envelope ops/ops/hours is charged 7201 GPU-seconds, allowed 7200",
        "a cap across clusters exceeded": "cap ops/ops/both holds 32 GPUs at 2026-03-02T09:00:00Z, allowed 31",
        "a tree over its hours": "quota of tree rai/weekly is charged 57600 GPU-seconds, allowed 54000",
    }
    for name, sentence in told.items():
        assert any(sentence in violation.message for found in caught_once(name).values() for violation in found), (
            caught_once(name)
        )
