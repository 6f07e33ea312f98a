"""Runs and their decisions, reservations, cuts, lotteries and prices: the tables that follow plan.json closely."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from jobtree.base.identity import Domain, Key, Owner
from jobtree.base.instant import Instant
from jobtree.report.facts import NOWHERE, Facts, Stay, domains_of_nodes
from jobtree.report.forecast_file import Chance, ForecastEntry, LotteryEntry
from jobtree.report.names import Names, Table, table
from jobtree.report.plan_file import PriceEntry, RunEntry, Share

RUNS = ("key", "owner", "flavor", "decision", "start", "end", "wait", "width", "held", "payers", "code", "why")
OVER = "over"
"""The decision of a run that only the ledger knows."""


def runs_of(facts: Facts, stays: Iterable[Stay]) -> tuple[Mapping[Key, int], Sequence[tuple[Key, Owner]]]:
    """The row of each run: those of the plan in its order, then those that only the ledger knows, by key."""
    planned = [(run.run, run.owner) for run in facts.plan.runs]
    known = {key for key, _ in planned}
    over = {stay.lease.run: stay.lease.owner for stay in stays if stay.lease.run not in known}
    rows = (*planned, *sorted(over.items()))
    return {key: at for at, (key, _) in enumerate(rows)}, rows


def runs_table(facts: Facts, rows: Sequence[tuple[Key, Owner]], owners: Mapping[Owner, int], names: Names) -> Table:
    """A row for each run; instants in seconds from the plan's, payers as texts."""
    as_of, entries = facts.plan.as_of, {run.run: run for run in facts.plan.runs}
    found = []
    for key, owner in rows:
        run, entry = facts.catalog.run_of.get(key), entries.get(key)
        flavor = names.of(run.flavor if run else "")
        told = _decision(entry, as_of, names) if entry else (names.of(OVER), *(None,) * 6, names.of(""), names.of(""))
        found.append((names.of(key), owners[owner], flavor, *told))
    return table(RUNS, found)


def _decision(run: RunEntry, as_of: Instant, names: Names) -> tuple[object, ...]:
    first = run.start if run.decision == "reserve" else as_of
    held = sum(len(lease.slots) for lease in run.leases if first is not None and lease.interval.holds(first))
    return (
        names.of(run.decision),
        None if run.start is None else run.start - as_of,
        None if run.end is None else run.end - as_of,
        run.wait,
        run.width,
        held,
        [_share(share, names) for share in run.shares],
        names.of(run.code),
        names.of(run.message),
    )


def _share(share: Share, names: Names) -> list[int]:
    """Envelope (-1 for nobody), GPUs, class."""
    envelope = names.of(share.payer.envelope) if share.payer else -1
    return [envelope, share.gpus, names.of(share.funding.value)]


def forecasts_table(facts: Facts, runs: Mapping[Key, int], names: Names) -> Table:
    """A row for each reservation; odds as percent and as the fraction that they are."""
    columns = ("run", "confidence", "natural", "deficit", "remedies", "conflicts", "odds", "committed")
    rows = [
        (runs[run.run], *_forecast(run.forecast, facts.plan.as_of, names)) for run in facts.plan.runs if run.forecast
    ]
    return table(columns, rows)


def _forecast(forecast: ForecastEntry, as_of: Instant, names: Names) -> tuple[object, ...]:
    return (
        names.of(forecast.confidence),
        forecast.natural_start - as_of,
        [[names.of(domain), gpus] for domain, gpus in forecast.deficit],
        [[names.of(kind), names.of(run), gpus] for kind, run, gpus in forecast.remedies],
        [names.of(run) for run in forecast.conflicts],
        [[names.of(odds.run), names.of(_chance(odds))] for odds in forecast.odds],
        names.of(forecast.committed),
    )


def _chance(odds: Chance) -> str:
    """``50 %, 1/2 exactly``."""
    percent = Fraction(odds.chance) * 1_000
    whole = int(percent)
    rounded = f"{whole // 10}.{whole % 10} %"
    return f"{rounded} ({odds.chance}, {odds.method})" if len(str(odds.chance)) < 40 else f"{rounded} ({odds.method})"


def cuts_table(facts: Facts, names: Names) -> Table:
    """Units that lost their GPUs with this plan."""
    rows = [
        (names.of(cut.unit), names.of(cut.kind), cut.gpus, names.of(cut.claim), cut.draw) for cut in facts.plan.cuts
    ]
    return table(("unit", "kind", "gpus", "claim", "draw"), rows)


def lotteries_table(lotteries: Iterable[LotteryEntry], names: Names) -> Table:
    """Lotteries that this plan held, with all that tells a reader what was drawn from what."""
    rows = [
        (
            names.of(one.claim),
            names.of(one.kind),
            [[names.of(unit.unit), names.of(unit.owner), unit.gpus] for unit in one.candidates],
            *(names.of(text) for text in (one.committed, one.entropy, one.seed)),
            [names.of(unit) for unit in one.drawn],
            [names.of(unit) for unit in one.returned],
        )
        for one in lotteries
    ]
    return table(("claim", "kind", "candidates", "committed", "entropy", "seed", "drawn", "returned"), rows)


def prices_table(facts: Facts, domains: Mapping[Domain, int], names: Names) -> Table:
    """Prices of nodes by the domains they are in, and of accounts; steps are pairs in a row."""
    where = domains_of_nodes(facts)
    rows = [_price(price, where, domains, names) for price in facts.plan.proof.prices]
    return table(("account", "domains", "nodes", "steps", "charged"), rows)


def _price(
    price: PriceEntry, where: Mapping[str, Domain], domains: Mapping[Domain, int], names: Names
) -> tuple[object, ...]:
    counts: dict[int, int] = {}
    for node in price.nodes:
        number = domains.get(where.get(node, NOWHERE), -1)
        counts[number] = counts.get(number, 0) + 1
    steps = [number for step in price.steps for number in step]
    account = names.of(price.account) if price.account else -1
    return (account, [list(item) for item in sorted(counts.items())], len(price.nodes), steps, price.charged)
