"""From what was found of each component to the certificate of the plan (docs/certificate.md)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from jobtree.base.identity import Key
from jobtree.model.certificate import AccountPrice, Certificate, NodePrice, Searched, Steps
from jobtree.plan.arrays import Ints
from jobtree.plan.component import Component
from jobtree.plan.market import Market
from jobtree.plan.prices import Prices


def priced(component: Component, market: Market, prices: Prices) -> Certificate:
    """The rows of a component that cost anything."""
    return Certificate(
        nodes=tuple(_nodes(market, prices)),
        accounts=tuple(_accounts(component, market, prices)),
    )


def searched(component: Component, bound: int) -> Certificate:
    """A component whose best plan was searched for exactly."""
    return Certificate(searched=(Searched(runs=tuple(sorted(component.demands)), bound=bound),))


def joined(parts: Iterable[Certificate], *, given: Iterable[Key]) -> Certificate:
    """One certificate of all components."""
    found = tuple(parts)
    return Certificate(
        nodes=tuple(row for part in found for row in part.nodes),
        accounts=tuple(sorted((row for part in found for row in part.accounts), key=lambda row: row.account)),
        searched=tuple(one for part in found for one in part.searched),
        given=tuple(sorted(given)),
    )


def without(certificate: Certificate, most: Mapping[Key, int]) -> Certificate:
    """The certificate when runs may start that it knew nothing of, each of which could have waited so much at most."""
    return replace(certificate, searched=tuple(_lower(one, most) for one in certificate.searched))


def _lower(one: Searched, most: Mapping[Key, int]) -> Searched:
    return replace(one, bound=max(0, one.bound - sum(most.get(run, 0) for run in one.runs)))


def _nodes(market: Market, prices: Prices) -> Iterator[NodePrice]:
    for nodes, row in zip(market.places, prices.supply, strict=True):
        if row.any():
            yield NodePrice(nodes=nodes, steps=_steps(market.bounds, row))


def _accounts(component: Component, market: Market, prices: Prices) -> Iterator[AccountPrice]:
    for label, at in component.rows.items():
        row, charged = prices.headroom[at], int(prices.budget[at])
        if row.any() or charged:
            yield AccountPrice(account=str(label), steps=_steps(market.bounds, row), charged=charged)


def _steps(bounds: Ints, prices: Ints) -> Steps:
    """Where the price changes; nothing costs anything after the last slot."""
    table = np.append(prices, 0).tolist()
    changed = [True, *(one != other for one, other in pairwise(table))]
    steps = zip(bounds.tolist(), table, strict=True)
    return tuple(step for step, is_new in zip(steps, changed, strict=True) if is_new and (step[0] or step[1]))
