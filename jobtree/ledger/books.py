"""Opening the books: every account, and what history holds of it (semantics.md 4)."""

from dataclasses import replace

from jobtree.base.instant import Instant
from jobtree.ledger.account import Books
from jobtree.ledger.statement import Statement, statement
from jobtree.model.catalog import Catalog
from jobtree.model.history import History
from jobtree.model.lease import Lease


def open_books(catalog: Catalog, history: History, *, as_of: Instant) -> Books:
    """Accounts of the catalog with the usage of history's leases.

    ``claims`` are GPUs of funded leases from ``as_of`` on, summed over leases with the same interval and sorted;
    ``spent`` are GPU-seconds elapsed before ``as_of``: facts, whatever the class of the lease is now; ``committed``
    are those that funded leases charge after it. ``spent + committed`` of a lease that stays funded is its charge
    rounded up once. A lease without a payer charges nobody but, for what has elapsed, the quotas of its trees. Leases
    that are closed charge for the time that they were held. Costs as ``ledger.classes.funded_claims``.
    """
    return drawn_up(catalog, history, as_of=as_of).books()


def drawn_up(catalog: Catalog, history: History, *, as_of: Instant) -> Statement:
    """The statement of everything in a history that charges somebody."""
    return statement(catalog, charged_leases(history), as_of=as_of)


def charged_leases(history: History) -> tuple[Lease, ...]:
    """All leases that charge somebody: those that no record closes, and closed ones for the time they were held."""
    closed = (*history.past, *history.closures)
    return (*history.leases, *(replace(one.lease, interval=one.held) for one in closed if one.held.seconds))
