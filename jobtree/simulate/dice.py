"""Chance that is replayed: every draw follows from the seed and from what it is for, in whatever order it is asked."""

from decimal import Context, Decimal
from hashlib import sha256

_BITS = 64
_CONTEXT = Context(prec=30)


def drawn(seed: int, *what: object) -> int:
    """An integer of 64 bits for one purpose."""
    text = "/".join(map(str, (seed, *what)))
    return int.from_bytes(sha256(text.encode()).digest()[: _BITS // 8])


def between(low: int, high: int, seed: int, *what: object) -> int:
    """An integer from low to high, both included; the bias is below 2^-40 for ranges below 2^24."""
    return low + drawn(seed, *what) % (high - low + 1)


def exponential(mean: int, seed: int, *what: object) -> int:
    """Whole seconds until something that happens every ``mean`` seconds on average; at least 1.

    Logarithms are decimal, so that they are the same on every machine.
    """
    share = (Decimal(drawn(seed, *what)) + 1) / (Decimal(1 << _BITS) + 1)
    waited = _CONTEXT.multiply(_CONTEXT.ln(share), Decimal(-mean))
    return max(1, int(waited))
