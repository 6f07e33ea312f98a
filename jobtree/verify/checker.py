"""The checker: reads inputs and output tree on its own, then runs every check (semantics.md 11)."""

from collections.abc import Callable, Iterable, Mapping

from jobtree.verify.bound import wait_bound
from jobtree.verify.closures import closure_reason, closures, ledger_chain
from jobtree.verify.elastic import growth, renewal, running_whole, swap
from jobtree.verify.exclusive import opportunistic, reservation_free, slot_exclusive
from jobtree.verify.facts import Facts, Source, gather
from jobtree.verify.inputs import read_inputs
from jobtree.verify.ledger import read_ledger
from jobtree.verify.levels import wait_level
from jobtree.verify.limits import (
    aggregate_cap,
    borrow_limit,
    concurrency,
    gpu_hours,
    lending_limit,
    statement,
    tree_quota,
)
from jobtree.verify.lock import lock_matches_plan
from jobtree.verify.lotteries import draw, odds
from jobtree.verify.order import co_start, deadline, decision_complete, dependency, duration, horizon
from jobtree.verify.output import (
    facts_kept,
    input_digest,
    kustomization,
    manifest_matches_plan,
    name_content,
    name_unique,
    seal,
)
from jobtree.verify.past import read_past
from jobtree.verify.payers import family, lending, one_payer, registry, window
from jobtree.verify.promises import promise
from jobtree.verify.served import cut_order
from jobtree.verify.shape import gang_whole, group_whole, one_cluster, one_domain, spare_apart, width_grid
from jobtree.verify.slots import flavor_match, selector_match, slot_exists, unusable_node
from jobtree.verify.standing import envelope_use, funding_class
from jobtree.verify.tree import read_tree_files
from jobtree.verify.violation import FormatError, Violation
from jobtree.verify.whole import cut_exempt, cut_whole, protection

Check = Callable[[Facts], Iterable[Violation]]

CHECKS: tuple[Check, ...] = (
    seal,
    input_digest,
    kustomization,
    manifest_matches_plan,
    facts_kept,
    lock_matches_plan,
    name_content,
    name_unique,
    ledger_chain,
    closures,
    closure_reason,
    decision_complete,
    horizon,
    duration,
    deadline,
    dependency,
    co_start,
    slot_exists,
    unusable_node,
    flavor_match,
    selector_match,
    slot_exclusive,
    reservation_free,
    opportunistic,
    gang_whole,
    group_whole,
    one_domain,
    one_cluster,
    width_grid,
    spare_apart,
    running_whole,
    growth,
    swap,
    renewal,
    one_payer,
    window,
    family,
    lending,
    registry,
    concurrency,
    gpu_hours,
    aggregate_cap,
    lending_limit,
    borrow_limit,
    tree_quota,
    statement,
    funding_class,
    envelope_use,
    cut_order,
    cut_whole,
    cut_exempt,
    protection,
    draw,
    odds,
    wait_level,
    wait_bound,
    promise,
)
"""Every check, in the order in which it reports."""


def verify(
    inputs: Mapping[str, bytes],
    tree: Mapping[str, bytes],
    *,
    previous: Mapping[str, bytes] | None = None,
    registry: bytes | None = None,
    ledger: Mapping[str, bytes] | None = None,
    checks: tuple[Check, ...] = CHECKS,
) -> tuple[Violation, ...]:
    """What is wrong with an output tree; nothing means that every invariant of semantics.md 11 holds.

    ``inputs`` are the files that the tree was compiled from, by path; ``tree`` the files of OUT, by path relative to
    it. ``previous`` is OUT as it stood before, where known: its leases are facts even if they start at this very
    instant, and its promises are held against the plan. ``registry`` is the Fleet document of the base revision, where
    that counts. ``ledger`` are the files of the ledger, with the lines that this plan appended; None is an empty one.
    Never raises on any bytes: what cannot be read is a ``format`` violation, and then nothing else is checked.
    """
    found = read_tree_files(tree)
    admissions = found.lock.admissions() if found.lock else {}
    read, faults = read_inputs(inputs, admissions, registry)
    earlier = read_tree_files(previous) if previous is not None else None
    if faults or found.faults:
        return (*faults, *found.faults)
    source = Source(files=dict(inputs), inputs=read, past=read_past(earlier), ledger=read_ledger(ledger or {}))
    try:
        facts = gather(source, found)
    except FormatError as error:
        return (Violation("format", str(error)),)
    return tuple(violation for check in checks for violation in check(facts))
