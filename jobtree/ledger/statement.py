"""What all leases come to, read once and asked often: by account, at an instant, or without one of the runs.

Whoever charges no crowded account, and whose payers may pay throughout, is funded whatever others do (semantics.md 4).
So a question about one run is answered from the accounts that it charges, and nobody else is looked at.
"""

import sys
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, Interval
from jobtree.base.quantity import GpuSeconds
from jobtree.ledger.account import Account, AccountLabel, Books, Claim, Usage
from jobtree.ledger.charging import accounts_of, charged_seconds, until
from jobtree.ledger.classes import FundedSpan, certain_spans, spans_filled
from jobtree.ledger.crowding import crowded, doubtful_runs
from jobtree.ledger.fill import fill
from jobtree.ledger.held import HeldClaim, Reader, reader
from jobtree.ledger.meter import Meter, cost, elapsed
from jobtree.model.catalog import Catalog
from jobtree.model.lease import FundingClass, Lease

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_Line = tuple[FundedSpan, int]
"""A span, and the position of the account among the charges of its claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What one claim has on an account's page: GPUs in each of its intervals, and GPU-seconds."""

    gpus: int
    intervals: tuple[Interval, ...]
    spent: int
    committed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What all claims come to on an account, also those that are gone; ``entries`` by claim."""

    gpus: Mapping[Interval, int]
    entries: Mapping[int, _Entry]
    spent: int
    committed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statement:
    """``claims`` are those of ``leases``, by the same index; ``charging`` and ``lines`` say which use an account.

    ``facts`` has elapsed by ``as_of``. ``doubtful`` runs were filled with all others that charge what they charge.
    Claims that are ``gone`` are left out of every answer.
    """

    reader: Reader
    accounts: Mapping[AccountLabel, Account]
    as_of: Instant
    leases: tuple[Lease, ...]
    claims: tuple[HeldClaim, ...]
    facts: Meter
    doubtful: frozenset[Key]
    of_run: Mapping[Key, tuple[HeldClaim, ...]]
    charging: Mapping[AccountLabel, tuple[HeldClaim, ...]]
    lines: Mapping[AccountLabel, tuple[_Line, ...]]
    gone: frozenset[int] = frozenset()
    _pages: dict[tuple[AccountLabel, Instant | None], "_Page"] = field(default_factory=dict, repr=False)

    def without(self, run: Key) -> "Statement":
        """The statement as if the run held nothing from now on; what leases that are over have charged is a fact.

        O(1), unless the run is doubtful: then others may gain by it.
        """
        ahead = (claim for claim in self.of_run.get(run, ()) if claim.interval.end > self.as_of)
        gone = self.gone.union(claim.index for claim in ahead)
        return replace(self, gone=gone) if run not in self.doubtful else self._anew(gone, ())

    def plus(self, leases: Sequence[Lease]) -> "Statement":
        """The statement with these leases of a run that held none. O(accounts), unless somebody is short by them."""
        more = self.reader.claims(leases, first=len(self.leases))
        if self._short_by(more) or doubtful_runs(more, self.as_of, accounts=self.accounts, meter=Meter()):
            return self._anew(self.gone, leases)
        claims = (*self.claims, *more)
        facts = replace(self.facts, seconds={**self.facts.seconds, **elapsed(more, self.as_of).seconds})
        return replace(
            self,
            leases=(*self.leases, *leases),
            claims=claims,
            facts=facts,
            of_run=_joined(self.of_run, _by_run(more)),
            charging=_joined(self.charging, _by_account(more)),
            lines=_joined(self.lines, _lines(claims, certain_spans(more, self.as_of, frozenset()))),
            _pages={},
        )

    def _anew(self, gone: frozenset[int], more: Sequence[Lease]) -> "Statement":
        kept = tuple(lease for index, lease in enumerate(self.leases) if index not in gone)
        return _statement(self.reader, self.accounts, (*kept, *more), self.as_of)

    def books(self, labels: Iterable[AccountLabel] | None = None, *, recalled: Instant | None = None) -> Books:
        """The usage of these accounts, or of all. O(claims on them).

        With ``recalled``, family use that has begun ends at that instant: it is what remains for a claim by an
        envelope's owner, who may recall it (semantics.md 4).
        """
        wanted = self.accounts if labels is None else labels
        return Books(accounts=self.accounts, usage={label: self._usage(label, recalled) for label in wanted})

    def unfunded_at(self, instant: Instant, plus: Sequence[Lease] = ()) -> frozenset[Lease]:
        """Leases that nobody would pay for at an instant from ``as_of`` on, with these that begin then.

        O(claims of doubtful runs, and on the accounts that the new ones charge).
        """
        close = self._close_look(plus)
        classes = fill(close, instant, accounts=self.accounts, meter=elapsed(close, instant))
        everything = (*self.leases, *plus)
        return frozenset(everything[index] for index, kind in classes.items() if kind is FundingClass.UNFUNDED)

    def leaves_unpaid(self, leases: Collection[Lease], plus: Sequence[Lease]) -> bool:
        """Whether one of these leases, which are to begin, has a payer but is not funded for all of its time.

        ``plus`` begin as well. None of them ranks before what has begun in its tier: owners alone recall.
        """
        asked, everything = frozenset(leases), (*self.leases, *plus)
        close = [_last(claim) if everything[claim.index] in asked else claim for claim in self._close_look(plus)]
        funded: dict[int, int] = {}
        for span in spans_filled(close, self.as_of, accounts=self.accounts):
            funded[span.index] = funded.get(span.index, 0) + span.interval.seconds
        return any(
            everything[claim.index].payer is not None
            and everything[claim.index] in asked
            and funded.get(claim.index, 0) < claim.interval.seconds
            for claim in close
        )

    def _close_look(self, plus: Sequence[Lease]) -> tuple[HeldClaim, ...]:
        """Claims of all runs that are doubtful once these leases begin, theirs among them."""
        more = self.reader.claims(plus, first=len(self.leases))
        doubtful = {*self.doubtful, *(claim.run for claim in more)}
        doubtful.update(claim.run for label in self._short_by(more) for claim in self._on(label))
        held = (claim for run in sorted(doubtful) for claim in self.of_run.get(run, ()) if claim.index not in self.gone)
        return (*held, *more)

    def _short_by(self, more: Sequence[HeldClaim]) -> frozenset[AccountLabel]:
        """Accounts that are crowded with these claims, of those that they charge."""
        asked = frozenset(entry.label for claim in more for entry in claim.charges)
        near = {claim.index: claim for label in asked for claim in self._on(label)}
        return asked & crowded((*near.values(), *more), self.as_of, accounts=self.accounts, meter=self.facts)

    def _on(self, label: AccountLabel) -> Iterable[HeldClaim]:
        return (claim for claim in self.charging.get(label, ()) if claim.index not in self.gone)

    def _usage(self, label: AccountLabel, recalled: Instant | None) -> Usage:
        """From the page of all claims, which is written once, without what those that are gone have on it."""
        page = self._page(label, recalled)
        gone = [page.entries[index] for index in sorted(self.gone) if index in page.entries]
        gpus = dict(page.gpus)
        for entry in gone:
            for interval in entry.intervals:
                gpus[interval] -= entry.gpus
        return Usage(
            claims=tuple(Claim(interval=interval, gpus=count) for interval, count in sorted(gpus.items()) if count),
            spent=GpuSeconds(page.spent - sum(entry.spent for entry in gone)),
            committed=GpuSeconds(page.committed - sum(entry.committed for entry in gone)),
        )

    def _page(self, label: AccountLabel, recalled: Instant | None) -> "_Page":
        if (label, recalled) not in self._pages:
            self._pages[label, recalled] = self._written(label, recalled)
        return self._pages[label, recalled]

    def _written(self, label: AccountLabel, recalled: Instant | None) -> "_Page":
        intervals: dict[int, list[Interval]] = {}
        seconds: dict[int, int] = {}
        gpus: dict[Interval, int] = {}
        for span, position in self.lines.get(label, ()):
            claim, interval = self.claims[span.index], span.interval
            if recalled is not None and span.recallable and claim.interval.start < self.as_of:
                interval = until(interval, recalled)
            intervals.setdefault(span.index, []).append(interval)
            gpus[interval] = gpus.get(interval, 0) + claim.gpus
            more = charged_seconds(claim.charges[position], interval)
            seconds[span.index] = seconds.get(span.index, 0) + more
        entries = {}
        for claim in self.charging.get(label, ()):
            before = self._elapsed(claim, label)
            spent = cost(claim, before)
            entries[claim.index] = _Entry(
                gpus=claim.gpus,
                intervals=tuple(intervals.get(claim.index, ())),
                spent=spent,
                committed=cost(claim, before + seconds.get(claim.index, 0)) - spent,
            )
        return _Page(
            gpus=gpus,
            entries=entries,
            spent=sum(entry.spent for entry in entries.values()),
            committed=sum(entry.committed for entry in entries.values()),
        )

    def _elapsed(self, claim: HeldClaim, label: AccountLabel) -> int:
        labels = [entry.label for entry in claim.charges]
        return self.facts.seconds[claim.index][labels.index(label)]


def statement(catalog: Catalog, leases: Sequence[Lease], *, as_of: Instant) -> Statement:
    """Reads all leases. Costs as ``ledger.classes.funded_claims``."""
    return _statement(reader(catalog), accounts_of(catalog), tuple(leases), as_of)


def _statement(
    reads: Reader, accounts: Mapping[AccountLabel, Account], leases: tuple[Lease, ...], as_of: Instant
) -> Statement:
    claims = reads.claims(leases)
    facts = elapsed(claims, as_of)
    doubtful = doubtful_runs(claims, as_of, accounts=accounts, meter=facts)
    close = [claim for claim in claims if claim.run in doubtful]
    spans = (*certain_spans(claims, as_of, doubtful), *spans_filled(close, as_of, accounts=accounts))
    return Statement(
        reader=reads,
        accounts=accounts,
        as_of=as_of,
        leases=leases,
        claims=claims,
        facts=facts,
        doubtful=doubtful,
        of_run=_by_run(claims),
        charging=_by_account(claims),
        lines=_lines(claims, spans),
    )


def _last(claim: HeldClaim) -> HeldClaim:
    """The claim as the last one admitted of its tier and distance."""
    tier, distance, _, key = claim.rank
    return replace(claim, rank=(tier, distance, sys.maxsize, key))


def _by_run(claims: Iterable[HeldClaim]) -> Mapping[Key, tuple[HeldClaim, ...]]:
    return _grouped((claim.run, claim) for claim in claims)


def _by_account(claims: Iterable[HeldClaim]) -> Mapping[AccountLabel, tuple[HeldClaim, ...]]:
    return _grouped((entry.label, claim) for claim in claims for entry in claim.charges)


def _lines(claims: Sequence[HeldClaim], spans: Iterable[FundedSpan]) -> Mapping[AccountLabel, tuple[_Line, ...]]:
    return _grouped(
        (entry.label, (span, position)) for span in spans for position, entry in enumerate(claims[span.index].charges)
    )


def _grouped(pairs: Iterable[tuple[K, V]]) -> Mapping[K, tuple[V, ...]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def _joined(before: Mapping[K, tuple[V, ...]], more: Mapping[K, tuple[V, ...]]) -> Mapping[K, tuple[V, ...]]:
    return {**before, **{key: (*before.get(key, ()), *values) for key, values in more.items()}}
