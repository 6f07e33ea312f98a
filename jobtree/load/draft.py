"""Runs before they are decoded: from a Run document or from a tree, with the places of their references."""

from dataclasses import dataclass

from jobtree.base.diagnostic import Location
from jobtree.base.identity import Key, Owner
from jobtree.base.instant import Instant
from jobtree.load.document import Document, Step
from jobtree.load.wire.run import TreeRunSpec
from jobtree.model.run import TreeQuota


@dataclass(frozen=True, slots=True)
class Reference:
    """A run that is named, and where."""

    run: Key
    where: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A Run to be: everything but what needs the fleet and its nodes. ``quotas`` are outermost first.

    ``tree`` is the job tree that it is part of, the outermost of nested ones.
    """

    key: Key
    owner: Owner
    spec: TreeRunSpec
    document: Document
    base: tuple[Step, ...] = ("spec",)
    after: tuple[Reference, ...] = ()
    together: tuple[Reference, ...] = ()
    tree: Key | None = None
    quotas: tuple[TreeQuota, ...] = ()
    admitted: Instant | None = None
