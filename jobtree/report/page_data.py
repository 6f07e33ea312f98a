"""Everything that a page shows, as tables of columns: the one value that goes into the HTML."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.base.instant import format_instant
from jobtree.ledger.held import held_claims
from jobtree.report.budgets import accounts_table, envelopes_table, owners_table
from jobtree.report.curves import curves_of
from jobtree.report.facts import Facts, stays_of
from jobtree.report.names import Names, Table, harmless
from jobtree.report.payments import payments_table
from jobtree.report.plan_file import ProofEntry
from jobtree.report.seats import Seats, seats_of
from jobtree.report.series import PolicySeries, Series
from jobtree.report.stories import (
    cuts_table,
    forecasts_table,
    lotteries_table,
    prices_table,
    runs_of,
    runs_table,
)

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PageData:
    """``head`` are facts of the page as a whole, ``tables`` columns by table; numbers of texts point into ``texts``.

    Instants are seconds from the plan's, which ``head`` has as seconds since 1970.
    """

    head: Mapping[str, object]
    tables: Mapping[str, Table]
    slots: list[list[int]]
    diff: object
    series: object
    texts: list[str]


def page_data(facts: Facts) -> PageData:
    """The tables of a page. Costs O(leases log leases), and what ``curves_of`` costs."""
    names, plan, catalog = Names(), facts.plan, facts.catalog
    stays = stays_of(facts)
    leases = [stay.lease for stay in stays]
    runs, run_rows = runs_of(facts, stays)
    owners_tab, owners = owners_table(catalog, (owner for _, owner in run_rows), names)
    claims = held_claims(catalog, leases)
    curves = curves_of(claims, as_of=plan.as_of, shown_from=facts.shown_from)
    seats = seats_of(facts, stays, runs, names)
    tables = {
        "owners": owners_tab,
        "domains": seats.domains,
        "nodes": seats.nodes,
        "runs": runs_table(facts, run_rows, owners, names),
        "spans": seats.spans,
        "pods": seats.pods,
        "envelopes": envelopes_table(plan, catalog, owners, names),
        "accounts": accounts_table(catalog, curves, owners, names),
        "payments": payments_table(plan.runs, leases, claims, catalog, (plan.as_of, owners, names)),
        "forecasts": forecasts_table(facts, runs, names),
        "cuts": cuts_table(facts, names),
        "lotteries": lotteries_table(plan.lotteries, names),
        "prices": prices_table(facts, seats.domain_number, names),
    }
    return PageData(
        head=_head(facts, seats),
        tables=tables,
        slots=seats.slots,
        diff=_diff(facts),
        series=None if facts.series is None else _series(facts.series, names),
        texts=names.texts,
    )


def data_object(data: PageData) -> Mapping[str, object]:
    """The value as JSON has it."""
    return {
        "formatVersion": FORMAT_VERSION,
        "head": data.head,
        "tables": data.tables,
        "slots": data.slots,
        "diff": data.diff,
        "series": data.series,
        "texts": data.texts,
    }


def _head(facts: Facts, seats: Seats) -> Mapping[str, object]:
    plan = facts.plan
    head: Mapping[str, object] = {
        "fleet": facts.catalog.fleet.name,
        "asOf": plan.as_of,
        "shownFrom": facts.shown_from - plan.as_of,
        "end": plan.horizon.end - plan.as_of,
        "inputDigest": plan.input_digest,
        "version": facts.version,
        "leftOut": seats.left_out,
        "notes": list(facts.notes),
        "findings": [list(finding) for finding in plan.findings],
        "proof": _proof(plan.proof),
    }
    found = harmless(head)
    assert isinstance(found, dict)
    return found


def _proof(proof: ProofEntry) -> Mapping[str, object]:
    """The wait level may exceed what a browser counts exactly: its numbers are texts."""
    return {
        "status": proof.status,
        "solver": proof.solver,
        "wait": f"{proof.wait:,}",
        "bound": None if proof.bound is None else f"{proof.bound:,}",
        "gap": _gap(proof.wait, proof.bound),
        "searched": proof.searched,
        "given": proof.given,
    }


def _gap(wait: int, bound: int | None) -> str:
    """(wait - bound) / wait in percent, to two decimals, rounded up so that only a proven plan says 0."""
    if bound is None:
        return ""
    hundredths = -(-10_000 * max(0, wait - bound) // wait) if wait else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _diff(facts: Facts) -> object:
    if facts.diff is None or facts.titles is None:
        return None
    return harmless({**facts.diff, "instant": facts.titles.instant, "command": facts.titles.command})


def _series(series: Series, names: Names) -> Mapping[str, object]:
    return {
        "from": format_instant(series.start),
        "until": format_instant(series.end),
        "start": series.start,
        "seed": str(series.seed),
        "policies": [_policy(policy, series.start, names) for policy in series.policies],
    }


def _policy(policy: PolicySeries, start: int, names: Names) -> Mapping[str, object]:
    points = policy.points
    owners = sorted({one.owner for point in points for one in point.by_owner})
    by_owner = [{one.owner: one for one in point.by_owner} for point in points]
    return {
        "name": names.of(policy.name),
        "at": [point.at - start for point in points],
        "usable": [point.usable for point in points],
        "inUse": [point.in_use for point in points],
        "waitingRuns": [point.waiting_runs for point in points],
        "waitingGpus": [point.waiting_gpus for point in points],
        "owners": [
            {
                "owner": names.of(owner),
                "inUse": [own[owner].in_use if owner in own else 0 for own in by_owner],
                "waiting": [own[owner].waiting if owner in own else 0 for own in by_owner],
            }
            for owner in owners
        ],
    }
