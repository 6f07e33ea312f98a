"""What ``kubectl runs`` stands on: a fleet repository, a snapshot in a file, or a cluster, behind one protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from jobtree.base.diagnostic import Diagnostic
from jobtree.base.instant import Instant
from jobtree.cli.entries import Entry
from jobtree.edit.edits import Edit

Thing = Mapping[str, object]
"""A Kubernetes object as data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The fleet as it is planned. Objects are Runs, Budgets, Reservations, Leases and Nodes, sorted by kind, namespace
    and name. ``plan`` is plan.json; None where nobody planned, as on a cluster. ``notes`` are sentences about how it
    came to be, for people.
    """

    as_of: Instant
    objects: tuple[Thing, ...]
    plan: Entry | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What an edit did: a sentence for each thing, as kubectl says it (``run.rq.davidlangworthy.io/train created``)."""

    sentences: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why there is nothing to see, or why nothing was written. ``files`` are what the findings point into."""

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes]


class Backend(Protocol):
    """Reading never writes."""

    def view(self) -> View | Refused:
        """The fleet as it stands, planned where this backend can plan."""

    def apply(self, edit: Edit) -> Applied | Refused:
        """Validates everything first, then writes all of it or nothing."""
