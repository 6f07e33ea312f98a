"""Tasks side by side in processes of this machine. A worker that dies costs time, never the result."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

from jobtree.adapters.collector import collect_rarely

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Processes:
    """As many workers as there are processors, or ``workers``."""

    workers: int = 0

    def map(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """The results in the order of the items; what a dead worker leaves undone is done here.

        A single item, or a single processor, is not worth a worker.
        """
        workers = min(self.workers or os.cpu_count() or 1, len(items))
        if workers < 2:
            yield from map(task, items)
            return
        done = 0
        try:
            # Begun anew, not forked: a terminal that shows progress has a thread, and a fork would keep its locks.
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=collect_rarely) as pool:
                for result in pool.map(task, items):
                    yield result
                    done += 1
        except BrokenProcessPool:
            yield from map(task, items[done:])
