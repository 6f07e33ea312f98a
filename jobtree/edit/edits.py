"""What a researcher may change: closed, as data."""

from dataclasses import dataclass

from jobtree.base.identity import Key, Owner
from jobtree.load.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """New Runs and JobTrees, as the file that holds them (YAML or JSON, several documents too)."""

    source: Source
    namespace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrink:
    """A malleable run wants ``by`` GPUs less than it wants now.

    What it wants now is ``desiredTotalGPUs``, or its ``width`` (the GPUs that it holds) where that is less; backends
    fill the width in, None if it holds none.
    """

    run: Key
    by: int
    width: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSponsors:
    """More owners that the run may borrow from, after those that it lists."""

    run: Key
    sponsors: tuple[Owner, ...]
    most: int | None = None


Edit = Submit | Shrink | AddSponsors
