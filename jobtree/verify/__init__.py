"""Apart: the independent checker. Imports nothing of the rest of jobtree, and no library but PyYAML.

It reads inputs and output tree with its own strict parser and trusts nothing that the compiler says (semantics.md 11).
"""

from jobtree.verify.checker import verify
from jobtree.verify.replay import replay
from jobtree.verify.violation import Violation

__all__ = ["Violation", "replay", "verify"]
