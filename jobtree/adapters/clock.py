"""The wall clock: the only place that asks what time it is."""

import time

from jobtree.base.instant import Instant


def wall_clock() -> Instant:
    """Now, in whole seconds."""
    return Instant(int(time.time()))
