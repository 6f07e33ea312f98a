"""A cluster, by its kubeconfig: it shows facts and promises, and takes new runs.

Nobody plans there, so a view has no plan. What runs there is delivered from git: a change of a run is an edit of its
repository, and is refused here with the command that does it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jobtree.adapters.clock import wall_clock
from jobtree.adapters.cluster import Cluster, ClusterError, open_cluster
from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.identity import API_GROUP
from jobtree.base.instant import Instant
from jobtree.cli.runs.backend import Applied, Refused, Thing, View
from jobtree.edit.edits import AddSponsors, Edit, Shrink, Submit
from jobtree.edit.outcome import Declined
from jobtree.edit.submission import Submitted, submitted
from jobtree.snapshot.objects import object_order

_PLURALS = {"Run": "runs", "JobTree": "jobtrees"}
_SHOWN = ("budgets", "leases", "reservations", "runs")
_DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterBackend:
    """``namespace`` None shows all namespaces. ``rehearse`` has the server check what is submitted, and store nothing.

    ``kubeconfig`` and ``context`` None are kubectl's own defaults: KUBECONFIG and the current context.
    """

    kubeconfig: Path | None
    context: str | None
    namespace: str | None
    now: Instant | None
    rehearse: bool = False

    def view(self) -> View | Refused:
        """Runs, Budgets, Reservations and Leases, and Nodes if the user may see them. Nothing is written."""
        cluster = open_cluster(self.kubeconfig, self.context)
        if isinstance(cluster, Diagnostic):
            return _refused(cluster)
        try:
            things: list[Thing] = [thing for kind in _SHOWN for thing in cluster.objects(kind, self.namespace)]
            nodes, notes = _nodes(cluster)
        except ClusterError as fault:
            return _refused(fault.finding)
        return View(
            as_of=self.now or wall_clock(),
            objects=tuple(sorted([*things, *nodes], key=object_order)),
            plan=None,
            notes=notes,
        )

    def apply(self, edit: Edit) -> Applied | Refused:
        """Submits; the server checks every object before it makes the first one.

        Codes: JT786, JT787, JT794, JT795.
        """
        match edit:
            case Shrink(run=run, by=by):
                return _in_git(f"shrink {run.name} -n {run.namespace} --by {by}", "shrink a run")
            case AddSponsors(run=run, sponsors=sponsors, most=most):
                limit = "" if most is None else f" --max {most}"
                words = f"sponsors add {run.name} {' '.join(sponsors)}{limit} -n {run.namespace}"
                return _in_git(words, "add sponsors")
            case Submit():
                return self._submit(edit)

    def _submit(self, edit: Submit) -> Applied | Refused:
        cluster = open_cluster(self.kubeconfig, self.context)
        if isinstance(cluster, Diagnostic):
            return _refused(cluster)
        given = submitted(edit, self.namespace or cluster.namespace or _DEFAULT)
        if isinstance(given, Declined):
            return Refused(diagnostics=given.diagnostics, files=given.files)
        files = {edit.source.path: edit.source.data}
        try:
            checked = [_checked(cluster, one) for one in given]
        except ClusterError as fault:
            return Refused(diagnostics=(fault.finding,), files=files)
        there = tuple(one for one in checked if isinstance(one, Diagnostic))
        if there:
            return Refused(diagnostics=there, files=files)
        return self._created(cluster, given, [one is True for one in checked])

    def _created(self, cluster: Cluster, given: Sequence[Submitted], new: Sequence[bool]) -> Applied | Refused:
        """Makes what is new. Should the server change its mind in between, what was made is named."""
        sentences: list[str] = []
        for one, is_new in zip(given, new, strict=True):
            if not is_new:
                sentences.append(f"{_named(one)} unchanged")
                continue
            try:
                if not self.rehearse:
                    cluster.create(_PLURALS[one.piece.kind], one.piece.document.data, dry=False)
            except ClusterError as fault:
                notes = (*fault.finding.notes, *(f"done before: {sentence}" for sentence in sentences))
                return _refused(replace(fault.finding, notes=notes))
            sentences.append(f"{_named(one)} created" + (" (server dry run)" if self.rehearse else ""))
        return Applied(sentences=tuple(sentences))


def namespace_of(kubeconfig: Path | None, context: str | None) -> str | Refused:
    """The namespace of the context, as kubectl takes it where no -n is given."""
    cluster = open_cluster(kubeconfig, context)
    return _refused(cluster) if isinstance(cluster, Diagnostic) else cluster.namespace or _DEFAULT


def _nodes(cluster: Cluster) -> tuple[list[Thing], tuple[str, ...]]:
    """Nodes are of no namespace, and often not for everybody: without them there is still a lot to see."""
    try:
        return list(cluster.nodes()), ()
    except ClusterError as fault:
        if not fault.forbidden:
            raise
        return [], ("nodes are not shown: you may not list them",)


def _checked(cluster: Cluster, one: Submitted) -> bool | Diagnostic:
    """Whether the server would make it: False if it is there and equal, JT787 if it is there and differs."""
    plural, thing = _PLURALS[one.piece.kind], one.piece.document.data
    try:
        cluster.create(plural, thing, dry=True)
        return True
    except ClusterError as fault:
        if not fault.conflict:
            raise
    if cluster.read(plural, thing).get("spec") == thing.get("spec"):
        return False
    return error(
        "JT787",
        f"{one.piece.kind} {one.piece.key} is there already, and differs",
        one.piece.document.at("metadata", "name"),
        notes=(f"it is on {cluster.server}",),
        help="submit it under another name; what was delivered from git is changed in git",
    )


def _named(one: Submitted) -> str:
    name = one.piece.key.name if one.piece.key is not None else ""
    return f"{one.piece.kind.lower()}.{API_GROUP}/{name}"


def _in_git(words: str, what: str) -> Refused:
    message = f"on a cluster nobody can {what}: what runs there is delivered from git"
    return _refused(error("JT795", message, help=f"kubectl runs {words} --repo DIR"))


def _refused(finding: Diagnostic) -> Refused:
    return Refused(diagnostics=(finding,), files={})
