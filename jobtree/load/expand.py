"""Trees to runs (semantics.md 3 and 9): qualified names, quotas, and ``after`` and ``with`` between siblings.

An entry of a tree is a run with an inline ``spec``, or with ``runRef``, which names a Run document of the same
namespace and owner that thereby joins the tree: it keeps its name, and gains the tree's quotas and references. A tree
that ``after`` or ``with`` names stands for all runs in it; what is written on a tree holds for all runs in it.
Codes: JT228, JT233, JT234, JT303, JT312, JT318, JT323.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.load.decode_budget import gpu_seconds
from jobtree.load.document import Document, Step
from jobtree.load.draft import Draft, Reference
from jobtree.load.placed import twice
from jobtree.load.shape import suggestion
from jobtree.load.wire.tree import DEEPEST_TREE, Quota, Subtree, TreeDocument, TreeRun
from jobtree.model.run import TreeQuota

LONGEST_NAME = 63

Path = tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Where the walk is: the tree's qualified name, its quotas, and what its runs inherit."""

    name: str
    path: Path
    quotas: tuple[TreeQuota, ...] = ()
    after: tuple[Reference, ...] = ()
    together: tuple[Reference, ...] = ()


@dataclass(slots=True)
class TreeExpander:
    """Expands one JobTree. ``runs`` are the drafts of Run documents; ``joined`` those that join, as they become."""

    document: Document
    wire: TreeDocument
    runs: Mapping[Key, Draft]
    admitted: Instant | None
    drafts: list[Draft] = field(default_factory=list)
    joined: list[tuple[Draft, Location]] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)

    def expand(self) -> None:
        """Fills ``drafts``, ``joined`` and ``findings``."""
        spec, metadata = self.wire.spec, self.wire.metadata
        scope = _Scope(name=metadata.name, path=("spec",), quotas=self._quota(spec.quota, metadata.name))
        self._walk(scope, spec.runs, spec.trees)

    def _walk(self, scope: _Scope, runs: list[TreeRun], trees: list[Subtree]) -> None:
        if len(scope.path) // 2 >= DEEPEST_TREE:
            message = f"trees are nested more than {DEEPEST_TREE} levels deep"
            self.findings.append(error("JT233", message, self.document.at(*scope.path), help="flatten the tree"))
            return
        entries: list[tuple[TreeRun | Subtree, Path]] = [
            *((run, (*scope.path, "runs", index)) for index, run in enumerate(runs)),
            *((tree, (*scope.path, "trees", index)) for index, tree in enumerate(trees)),
        ]
        self.findings.extend(
            twice(f"entry of tree {scope.name}:", [(e.name, self.document.at(*path, "name")) for e, path in entries])
        )
        members = {entry.name: tuple(self._members(scope.name, entry)) for entry, _ in entries}
        for entry, path in entries:
            inner = replace(
                scope,
                path=path,
                after=(*scope.after, *self._references(entry.after, (*path, "after"), members)),
                together=(*scope.together, *self._references(entry.with_, (*path, "with"), members)),
            )
            if isinstance(entry, TreeRun):
                self._run(inner, entry)
            else:
                name = f"{scope.name}-{entry.name}"
                quotas = (*scope.quotas, *self._quota(entry.quota, name))
                self._walk(replace(inner, name=name, quotas=quotas), entry.runs, entry.trees)

    def _members(self, tree: str, entry: TreeRun | Subtree) -> Iterator[Key]:
        """The runs that an entry stands for."""
        if isinstance(entry, TreeRun):
            yield self._key(entry.run_ref or f"{tree}-{entry.name}")
            return
        inner: list[TreeRun | Subtree] = [*entry.runs, *entry.trees]
        for member in inner:
            yield from self._members(f"{tree}-{entry.name}", member)

    def _references(self, names: list[str], path: Path, members: Mapping[str, tuple[Key, ...]]) -> Iterator[Reference]:
        for index, name in enumerate(names):
            where = self.document.at(*path, index)
            if name not in members:
                hint = suggestion(name, tuple(members)) or "a tree's entries name their siblings"
                self.findings.append(error("JT312", f"no sibling {name} in this tree", where, help=hint))
            for key in members.get(name, ()):
                yield Reference(key, where)

    def _run(self, scope: _Scope, entry: TreeRun) -> None:
        where = self.document.at(*scope.path, "name")
        if (entry.spec is None) == (entry.run_ref is None):
            both = "both spec and runRef" if entry.spec is not None else "neither spec nor runRef"
            self.findings.append(error("JT228", f"{entry.name} has {both}", where, help="give exactly one of the two"))
        elif entry.spec is not None:
            self._inline(scope, f"{scope.name}-{entry.name}", entry)
        else:
            self._join(scope, self._key(str(entry.run_ref)))

    def _inline(self, scope: _Scope, name: str, entry: TreeRun) -> None:
        assert entry.spec is not None
        if len(name) > LONGEST_NAME:
            where = self.document.at(*scope.path, "name")
            notes = (f"{name} has {len(name)} characters, {LONGEST_NAME} are allowed",)
            self.findings.append(error("JT234", "the qualified name is too long", where, notes=notes))
        self.drafts.append(
            Draft(
                key=self._key(name),
                owner=Owner(self.wire.spec.owner),
                spec=entry.spec,
                document=self.document,
                base=(*scope.path, "spec"),
                after=scope.after,
                together=scope.together,
                tree=self._key(self.wire.metadata.name),
                quotas=scope.quotas,
                admitted=self.admitted,
            )
        )

    def _join(self, scope: _Scope, key: Key) -> None:
        where = self.document.at(*scope.path, "runRef")
        draft = self.runs.get(key)
        if draft is None:
            hint = suggestion(key.name, tuple(k.name for k in self.runs if k.namespace == key.namespace))
            self.findings.append(error("JT318", f"no Run {key} to join the tree", where, help=hint))
        elif draft.owner != self.wire.spec.owner:
            notes = (f"the run's owner is {draft.owner}, the tree's is {self.wire.spec.owner}",)
            self.findings.append(error("JT318", f"Run {key} belongs to another owner", where, notes=notes))
        else:
            after, together = (*draft.after, *scope.after), (*draft.together, *scope.together)
            tree = self._key(self.wire.metadata.name)
            inside = replace(draft, after=after, together=together, tree=tree, quotas=scope.quotas)
            self.joined.append((inside, where))

    def _quota(self, quota: Quota, name: str) -> tuple[TreeQuota, ...]:
        if quota.max_gpus is None and quota.max_gpu_hours is None:
            return ()
        limit = gpu_seconds(quota.max_gpu_hours)
        return (TreeQuota(key=self._key(name), max_gpus=quota.max_gpus, max_gpu_seconds=limit),)

    def _key(self, name: str) -> Key:
        return Key(self.wire.metadata.namespace, name)


def merge_joined(
    runs: Mapping[Key, Draft], joined: list[tuple[Draft, Location]]
) -> tuple[dict[Key, Draft], list[Diagnostic]]:
    """Runs with those that joined a tree replaced; a run joins at most one tree, once."""
    merged, first = dict(runs), dict[Key, Location]()
    findings = []
    for draft, where in joined:
        if draft.key in first:
            notes = (f"first at {first[draft.key]}",)
            findings.append(error("JT323", f"Run {draft.key} joins a tree twice", where, notes=notes))
            continue
        first[draft.key] = where
        merged[draft.key] = draft
    return merged, findings
