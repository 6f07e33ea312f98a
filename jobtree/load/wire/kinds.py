"""The kinds of our group, and which document holds them."""

from pydantic import BaseModel

from jobtree.load.wire.budget import BudgetDocument
from jobtree.load.wire.fleet import FleetDocument, NodePoolDocument, PolicyDocument
from jobtree.load.wire.ledger import LeaseDocument, ReservationDocument
from jobtree.load.wire.run import RunDocument
from jobtree.load.wire.tree import TreeDocument

KINDS: dict[str, type[BaseModel]] = {
    "Budget": BudgetDocument,
    "Fleet": FleetDocument,
    "JobTree": TreeDocument,
    "Lease": LeaseDocument,
    "NodePool": NodePoolDocument,
    "Policy": PolicyDocument,
    "Reservation": ReservationDocument,
    "Run": RunDocument,
}
