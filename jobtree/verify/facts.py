"""Everything a check looks at: what was read, and what follows from it for all checks alike."""

from collections.abc import Iterator
from dataclasses import dataclass

from jobtree.verify.accounting import charged_of, excesses_of, open_classes, used_of
from jobtree.verify.accounts import Accounts
from jobtree.verify.budgets import EnvelopeKey
from jobtree.verify.claims import Claim, Owners, claims_of, spent_claims
from jobtree.verify.field import Field
from jobtree.verify.inputs import Inputs
from jobtree.verify.lease import Closed
from jobtree.verify.ledger import Ledger, Line
from jobtree.verify.past import Arrivals, Past, arrivals
from jobtree.verify.plan import Entry, Group, Plan, Pod
from jobtree.verify.runs import Key, Run
from jobtree.verify.sweep import Excess
from jobtree.verify.tree import Lock, Manifest, Seal, Tree
from jobtree.verify.violation import FormatError


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a tree is held against: its inputs by path, the tree before it, the ledger with the lines of this plan."""

    files: dict[str, bytes]
    inputs: Inputs
    past: Past
    ledger: Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``entries`` holds the first decision of each run; ``arrivals`` tells its new pods from those that are facts.

    ``appended`` are the ledger's lines of this plan, ``over`` its closed leases by run. ``claims`` are all terms of all
    pods by run, ``spent`` those of leases that are over; ``excesses`` are accounts that new claims push over a limit;
    ``open_classes`` gives, by ``id``, the class of each claim open at the plan's instant, ``used`` their GPUs by
    payer and class; ``charged`` what each envelope has spent and what it is still to be charged, leases of the ledger
    included.
    """

    files: dict[str, bytes]
    inputs: Inputs
    past: Past
    ledger: Ledger
    appended: tuple[Line, ...]
    over: dict[Key, list[Closed]]
    tree: Tree
    plan: Plan
    seal: Seal
    lock: Lock
    entries: dict[Key, Entry]
    arrivals: Arrivals
    accounts: Accounts
    claims: dict[Key, tuple[Claim, ...]]
    spent: tuple[Claim, ...]
    node_sizes: dict[str, tuple[int, ...]]
    excesses: tuple[Excess, ...]
    open_classes: dict[int, str]
    used: dict[EnvelopeKey, dict[str, int]]
    charged: dict[EnvelopeKey, dict[str, int]]

    @property
    def closed(self) -> tuple[Closed, ...]:
        """Leases that this plan appended to the ledger."""
        return tuple(line.closed for line in self.appended if line.closed)

    @property
    def observes(self) -> bool:
        """Whether a state file was given: then some closures are what it said, not what was planned."""
        return self.plan.observed.digest is not None

    def fresh(self) -> Iterator[tuple[Entry, Run]]:
        """Decisions of this plan that place a run, with what the run asks for."""
        for entry in self.entries.values():
            run = self.inputs.runs.get(entry.run)
            if entry.planned and entry.run not in self.arrivals.settled and run is not None:
                yield entry, run

    def settled(self) -> Iterator[tuple[Entry, Run]]:
        """Runs that hold leases of an earlier plan, with what their documents ask for now."""
        for entry in self.entries.values():
            run = self.inputs.runs.get(entry.run)
            if entry.run in self.arrivals.settled and entry.groups and run is not None:
                yield entry, run

    def new_pods(self) -> Iterator[tuple[Entry, Run, Group, Pod]]:
        """Pods that this plan placed: of starts, reservations and grown groups."""
        for entry in self.entries.values():
            run = self.inputs.runs.get(entry.run)
            for group, pod in entry.pods if run else ():
                if run is not None and entry.mark(group, pod) in self.arrivals.new:
                    yield entry, run, group, pod

    def per_pod(self, run: Run) -> int:
        """GPUs of each pod of the run."""
        return run.per_pod(self.node_sizes.get(run.flavor, ()))

    def seconds(self, run: Run) -> int:
        """How long the run is expected to take."""
        return self.inputs.fleet.default_duration if run.seconds is None else run.seconds


def gather(source: Source, tree: Tree) -> Facts:
    """Derives what checks share. ``tree`` must have its plan, seal and lock."""
    if tree.plan is None or tree.seal is None or tree.lock is None:
        raise FormatError("the tree has no plan, seal or lock")
    entries: dict[Key, Entry] = {}
    for entry in tree.plan.entries:
        entries.setdefault(entry.run, entry)
    as_of = tree.plan.as_of
    inputs = source.inputs.observed(tree.plan.observed.nodes)
    arrived = arrivals(entries, source.past, as_of)
    accounts = Accounts(inputs)
    owners = stated_owners(tree.manifests, arrived.settled)
    claims = {key: tuple(claims_of(entry, inputs, accounts, owners, arrived.new)) for key, entry in entries.items()}
    over: dict[Key, list[Closed]] = {}
    for one in source.ledger.closed:
        over.setdefault(one.lease.run, []).append(one)
    held = [claim for of_run in claims.values() for claim in of_run]
    spent = tuple(spent_claims(source.ledger.closed, inputs, accounts, as_of))
    held += spent
    classes = open_classes(held, as_of, accounts)
    return Facts(
        files=source.files,
        inputs=inputs,
        past=source.past,
        ledger=source.ledger,
        appended=source.ledger.after(tree.lock.heads()[0]) or (),
        over=over,
        tree=tree,
        plan=tree.plan,
        seal=tree.seal,
        lock=tree.lock,
        entries=entries,
        arrivals=arrived,
        accounts=accounts,
        claims=claims,
        spent=spent,
        node_sizes=_node_sizes(inputs),
        excesses=excesses_of(held, as_of, accounts),
        open_classes=classes,
        used=used_of(held, classes),
        charged=charged_of(held, as_of),
    )


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


def _node_sizes(inputs: Inputs) -> dict[str, tuple[int, ...]]:
    sizes: dict[str, dict[int, None]] = {}
    for node in inputs.nodes.values():
        sizes.setdefault(node.flavor, {})[node.gpus] = None
    return {flavor: tuple(sorted(found)) for flavor, found in sizes.items()}
