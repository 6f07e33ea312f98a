"""The owner registry (semantics.md 5): an owner may not fund itself.

A Run's owner is registered, lists the run's namespace, and (when it has ``paths``) one glob matches the file. A
Budget's owner is registered; its ``paths``, and its ``namespaces`` when it has any, must match too. A namespace belongs
to at most one owner. ``**`` crosses ``/`` in globs, ``*`` does not. Codes: JT304, JT305, JT306, JT307, JT308.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.base.glob import glob_matches
from jobtree.base.identity import Owner
from jobtree.load.placed import Placed
from jobtree.load.shape import suggestion
from jobtree.model.budget import Budget
from jobtree.model.fleet import Fleet, OwnerEntry
from jobtree.model.run import Run


@dataclass(frozen=True, slots=True)
class Registry:
    """Owners by name, as the base revision (or the working tree) lists them."""

    entries: Mapping[Owner, OwnerEntry]

    def check_owner(self, owner: Owner, where: Location) -> list[Diagnostic]:
        """JT305 unless the owner is registered."""
        if owner in self.entries:
            return []
        hint = suggestion(owner, tuple(self.entries)) or "add it to the Fleet's owners"
        return [error("JT305", f"owner {owner} is not registered", where, help=hint)]

    def check_namespace(self, owner: Owner, namespace: str, where: Location) -> list[Diagnostic]:
        """JT306 unless the owner lists the namespace."""
        entry = self.entries[owner]
        if namespace in entry.namespaces:
            return []
        notes = (f"its namespaces: {', '.join(entry.namespaces) or 'none'}",)
        return [error("JT306", f"namespace {namespace} is not {owner}'s", where, notes=notes)]

    def check_path(self, owner: Owner, path: str, where: Location) -> list[Diagnostic]:
        """JT307 unless one of the owner's globs matches, if it has any."""
        entry = self.entries[owner]
        if not entry.paths or any(glob_matches(pattern, path) for pattern in entry.paths):
            return []
        notes = (f"its paths: {', '.join(entry.paths)}",)
        return [error("JT307", f"{owner} may not write {path}", where, notes=notes)]


def link_fleet(fleet: Placed[Fleet]) -> list[Diagnostic]:
    """The registry in itself: namespaces of one owner only, no two owners that differ in case alone."""
    findings = []
    owner_of: dict[str, tuple[Owner, Location]] = {}
    folded: dict[str, Owner] = {}
    for index, entry in enumerate(fleet.value.owners):
        where = fleet.at("owners", index, "name")
        twin = folded.setdefault(entry.name.lower(), entry.name)
        if twin != entry.name:
            findings.append(error("JT304", f"owners {twin} and {entry.name} differ only in case", where))
        for position, namespace in enumerate(entry.namespaces):
            place = fleet.at("owners", index, "namespaces", position)
            owner, first = owner_of.setdefault(namespace, (entry.name, place))
            if owner != entry.name:
                message = f"namespace {namespace} belongs to {owner} and {entry.name}"
                findings.append(error("JT308", message, place, notes=(f"first at {first}",)))
    return findings


def registry_of(fleet: Fleet) -> Registry:
    """The registry that a Fleet holds."""
    return Registry({entry.name: entry for entry in fleet.owners})


def link_run_owner(registry: Registry, run: Placed[Run], owner_at: Location) -> list[Diagnostic]:
    """A run's owner, namespace and path."""
    owner, document = run.value.owner, run.document
    unknown = registry.check_owner(owner, owner_at)
    if unknown:
        return unknown
    space = document.at("metadata", "namespace")
    return [
        *registry.check_namespace(owner, run.value.key.namespace, space),
        *registry.check_path(owner, document.path, owner_at),
    ]


def link_budget_owner(registry: Registry, budget: Placed[Budget]) -> list[Diagnostic]:
    """A budget's owner, path, and namespace where the owner has any."""
    owner, where = budget.value.owner, budget.at("owner")
    unknown = registry.check_owner(owner, where)
    if unknown:
        return unknown
    findings = registry.check_path(owner, budget.document.path, where)
    if registry.entries[owner].namespaces:
        space = budget.document.at("metadata", "namespace")
        findings += registry.check_namespace(owner, budget.value.key.namespace, space)
    return findings
