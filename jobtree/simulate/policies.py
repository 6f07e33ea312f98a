"""Scheduling policies by name: jobtree's own, and those that it is compared with."""

from collections.abc import Mapping

from jobtree.resolve.decide import decide
from jobtree.simulate.moment import Policy

OWN = "jobtree"
POLICIES: Mapping[str, Policy] = {OWN: decide}
"""All of them, jobtree's first."""
