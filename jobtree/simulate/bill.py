"""What envelopes were charged (semantics.md 4)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from jobtree.base.instant import Instant
from jobtree.ledger.account import Charge, EnvelopeAccount
from jobtree.ledger.charging import lease_charge, rate_of, until
from jobtree.model.catalog import Catalog
from jobtree.model.lease import Lease
from jobtree.simulate.outcome import EnvelopeHours

if TYPE_CHECKING:
    from jobtree.base.identity import EnvelopeKey


class Bill:
    """GPU-seconds charged to envelopes by leases that are over."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._spent: dict[EnvelopeKey, int] = dict.fromkeys(catalog.envelopes, 0)

    def charge(self, leases: Iterable[Lease], at: Instant) -> None:
        """Leases as they were held, up to an instant."""
        for lease in leases:
            envelope = None if lease.payer is None else self._catalog.envelopes.get(lease.payer.envelope)
            if envelope is not None:
                rate = rate_of(lease.role, self._catalog.fleet.planning.spare_rate)
                entry = Charge(label=EnvelopeAccount(envelope.key), window=envelope.window)
                held = until(lease.interval, at)
                self._spent[envelope.key] += lease_charge(len(lease.slots), rate, entry=entry, interval=held)

    def lines(self) -> tuple[EnvelopeHours, ...]:
        """By envelope."""
        return tuple(
            EnvelopeHours(envelope=key, spent=spent, cap=self._catalog.envelopes[key].max_gpu_seconds)
            for key, spent in sorted(self._spent.items())
        )
