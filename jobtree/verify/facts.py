"""Everything a check looks at: what was read, and what follows from it for all checks alike."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from jobtree.verify.accounts import ENVELOPE, Accounts
from jobtree.verify.budgets import EnvelopeKey
from jobtree.verify.claims import Claim, Owners, claims_of
from jobtree.verify.field import Field
from jobtree.verify.funding import class_of, fill, funded_spans
from jobtree.verify.inputs import Inputs
from jobtree.verify.plan import FINISHED, RUNNING, SPARE, Entry, Plan
from jobtree.verify.runs import Key, Run
from jobtree.verify.sweep import Excess, Meter, Span, excesses
from jobtree.verify.tree import Lock, Manifest, Seal, Tree
from jobtree.verify.units import cost, overlap
from jobtree.verify.violation import FormatError


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``settled`` are runs whose leases are facts of an earlier plan: budgets and nodes may have changed under them.

    ``entries`` holds the first decision of each run; ``claims`` all terms of all pods by run; ``excesses`` are accounts
    that new claims push over a limit; ``open_classes`` gives, by ``id``, the class of each claim that is open at the
    plan's instant, ``used`` their GPUs by payer and class; ``charged`` what each envelope has spent and
    what it is still to be charged.
    """

    files: dict[str, bytes]
    inputs: Inputs
    tree: Tree
    plan: Plan
    seal: Seal
    lock: Lock
    previous: Tree | None
    entries: dict[Key, Entry]
    settled: frozenset[Key]
    accounts: Accounts
    claims: dict[Key, tuple[Claim, ...]]
    node_sizes: dict[str, tuple[int, ...]]
    excesses: tuple[Excess, ...]
    open_classes: dict[int, str]
    used: dict[EnvelopeKey, dict[str, int]]
    charged: dict[EnvelopeKey, dict[str, int]]

    def fresh(self) -> Iterator[tuple[Entry, Run]]:
        """Decisions of this plan that place a run, with what the run asks for."""
        for entry in self.entries.values():
            run = self.inputs.runs.get(entry.run)
            if entry.planned and entry.run not in self.settled and run is not None:
                yield entry, run

    def per_pod(self, run: Run) -> int:
        """GPUs of each pod of the run."""
        return run.per_pod(self.node_sizes.get(run.flavor, ()))

    def seconds(self, run: Run) -> int:
        """How long the run is expected to take."""
        return self.inputs.fleet.default_duration if run.seconds is None else run.seconds


def gather(files: dict[str, bytes], inputs: Inputs, tree: Tree, previous: Tree | None) -> Facts:
    """Derives what checks share. ``tree`` must have its plan, seal and lock."""
    if tree.plan is None or tree.seal is None or tree.lock is None:
        raise FormatError("the tree has no plan, seal or lock")
    entries: dict[Key, Entry] = {}
    for entry in tree.plan.entries:
        entries.setdefault(entry.run, entry)
    settled = frozenset(_settled(entries, previous))
    accounts = Accounts(inputs)
    owners = stated_owners(tree.manifests, settled)
    claims = {key: tuple(claims_of(entry, inputs, accounts, owners)) for key, entry in entries.items()}
    held = [claim for of_run in claims.values() for claim in of_run]
    past = [claim for claim in held if claim.run in settled]
    new = [claim for claim in held if claim.run not in settled]
    as_of = tree.plan.as_of
    classes = _open_classes(held, as_of, accounts)
    return Facts(
        files=files,
        inputs=inputs,
        tree=tree,
        plan=tree.plan,
        seal=tree.seal,
        lock=tree.lock,
        previous=previous,
        entries=entries,
        settled=settled,
        accounts=accounts,
        claims=claims,
        node_sizes=_node_sizes(inputs),
        excesses=tuple(_excesses(past, new, as_of, accounts)),
        open_classes=classes,
        used=_used(held, classes),
        charged=_charged(held, as_of),
    )


def _excesses(past: list[Claim], new: list[Claim], as_of: int, accounts: Accounts) -> Iterator[Excess]:
    """What new claims push over a limit, on top of what is funded of earlier plans."""
    spans = [replace(span, tested=False) for span in funded_spans(past, as_of, accounts)]
    spans += [Span(claim=claim, interval=claim.interval) for claim in new]
    yield from excesses(spans, accounts, Meter(past, as_of))


def _open_classes(held: list[Claim], as_of: int, accounts: Accounts) -> dict[int, str]:
    """Class by claim ``id`` at the plan's instant, new leases included."""
    leases = [claim for claim in held if not claim.promised]
    funded = fill(leases, as_of, accounts, Meter(leases, as_of))
    return {id(claim): class_of(claim, funded=funded[id(claim)]) for claim in leases if id(claim) in funded}


def _used(held: list[Claim], classes: dict[int, str]) -> dict[EnvelopeKey, dict[str, int]]:
    """GPUs of open leases by payer and class, and of spares once more."""
    used: dict[EnvelopeKey, dict[str, int]] = {}
    for claim in held:
        if claim.payer and id(claim) in classes:
            counts = used.setdefault(claim.payer, {})
            for name in (classes[id(claim)], *([SPARE] if claim.pod.role == SPARE else [])):
                counts[name] = counts.get(name, 0) + claim.gpus
    return used


def _charged(held: list[Claim], as_of: int) -> dict[EnvelopeKey, dict[str, int]]:
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


def stated_owners(manifests: list[Manifest], settled: frozenset[Key]) -> Owners:
    """Whom leases of an earlier plan name as the owner of their payer: a fact, whatever budgets say now."""
    owners: Owners = {}
    for manifest in manifests:
        spec = Field(manifest.value.get("spec"), "spec") if manifest.kind == "Lease" else Field(None, "spec")
        try:
            run = (spec["runRef"]["namespace"].value, spec["runRef"]["name"].value)
            if run in settled and spec["paidBy"]:
                paid = spec["paidBy"]
                key = (paid["namespace"].text(), paid["budget"].text(), paid["envelope"].text())
                owners[run, key] = paid["owner"].text()
        except FormatError:
            continue  # a lease of another shape is a fault of manifest-matches-plan, which names it
    return owners


def _settled(entries: dict[Key, Entry], previous: Tree | None) -> Iterator[Key]:
    yield from (entry.run for entry in entries.values() if entry.decision in (RUNNING, FINISHED))
    yield from leased_runs(previous) if previous else ()


def leased_runs(tree: Tree) -> dict[Key, None]:
    """Runs that the tree has leases of, in the order of its manifests."""
    found: dict[Key, None] = {}
    for manifest in tree.manifests:
        spec = manifest.value.get("spec", {})
        if manifest.kind == "Lease" and isinstance(spec, dict) and isinstance(spec.get("runRef"), dict):
            found[str(spec["runRef"].get("namespace")), str(spec["runRef"].get("name"))] = None
    return found


def _node_sizes(inputs: Inputs) -> dict[str, tuple[int, ...]]:
    sizes: dict[str, dict[int, None]] = {}
    for node in inputs.nodes.values():
        sizes.setdefault(node.flavor, {})[node.gpus] = None
    return {flavor: tuple(sorted(found)) for flavor, found in sizes.items()}
