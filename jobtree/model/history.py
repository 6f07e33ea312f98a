"""What earlier compiles left behind: facts and promises, read from the output tree (contracts.md, Inputs)."""

from dataclasses import dataclass

from jobtree.base.identity import Domain
from jobtree.model.lease import Lease
from jobtree.model.reservation import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Leases sorted by (run, group, role, rank, start), promises by run. Empty for a first compile.

    ``domains`` are those of the nodes that had leases, by node name: a lease itself names only its node.
    """

    leases: tuple[Lease, ...] = ()
    promises: tuple[Promise, ...] = ()
    domains: tuple[tuple[str, Domain], ...] = ()
