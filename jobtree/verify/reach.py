"""Which payers are foreign to an owner: none of its own envelopes of the flavor selects a node that theirs selects."""

from jobtree.verify.budgets import Envelope, EnvelopeKey
from jobtree.verify.inputs import Inputs


class Reach:
    """Compares selectors over the distinct kinds of node, which are few in a fleet of thousands."""

    def __init__(self, inputs: Inputs) -> None:
        self._envelopes = inputs.envelopes
        named = sorted({name for envelope in inputs.envelopes.values() for name in envelope.selector})
        kinds: dict[str, dict[tuple[tuple[str, str], ...], None]] = {}
        for node in inputs.nodes.values():
            seen = tuple((name, node.labels[name]) for name in named if name in node.labels)
            kinds.setdefault(node.flavor, {})[seen] = None
        self._kinds = {flavor: [dict(kind) for kind in found] for flavor, found in kinds.items()}
        self._home: dict[tuple[str, str], frozenset[int]] = {}
        self._known: dict[EnvelopeKey, frozenset[int]] = {}

    def is_foreign(self, owner: str, payer: EnvelopeKey) -> bool:
        """Whether the payer's nodes are none of those that the owner's own envelopes select."""
        envelope = self._envelopes.get(payer)
        if envelope is None or envelope.owner == owner:
            return False
        return not self._of_owner(owner, envelope.flavor) & self._of(envelope)

    def _of_owner(self, owner: str, flavor: str) -> frozenset[int]:
        key = (owner, flavor)
        if key not in self._home:
            own = [item for item in self._envelopes.values() if (item.owner, item.flavor) == key]
            self._home[key] = frozenset().union(*map(self._of, own))
        return self._home[key]

    def _of(self, envelope: Envelope) -> frozenset[int]:
        if envelope.key not in self._known:
            kinds = self._kinds.get(envelope.flavor, [])
            found = frozenset(index for index, labels in enumerate(kinds) if envelope.selects(labels))
            self._known[envelope.key] = found
        return self._known[envelope.key]
