"""Tasks side by side give what tasks in order give, whatever becomes of a worker."""

import os
import time
from functools import partial
from pathlib import Path

import pytest

from jobtree.adapters.processes import Processes
from jobtree.plan.executor import Executor, InOrder


def squared(number: int) -> int:
    """Later items are quicker, so that they are ready first."""
    time.sleep(0.02 * (8 - number))
    return number * number


def where(_: int) -> int:
    return os.getpid()


def dying(marker: Path, number: int) -> int:
    """The first worker that comes to 3 dies; whoever comes again finds the marker."""
    if number == 3 and not marker.exists():
        marker.touch()
        os._exit(1)
    return number * number


def failing(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return number


@pytest.mark.parametrize("executor", [InOrder(), Processes(1), Processes(2), Processes(5)])
def test_results_come_in_the_order_of_the_items(executor: Executor) -> None:
    assert list(executor.map(squared, range(8))) == [number * number for number in range(8)]
    assert list(executor.map(squared, [])) == []


def test_they_are_other_processes() -> None:
    assert os.getpid() not in set(Processes(2).map(where, range(4)))
    assert set(Processes(2).map(where, range(1))) == {os.getpid()}


def test_what_a_dead_worker_leaves_is_done_here(tmp_path: Path) -> None:
    marker = tmp_path / "died"
    assert list(Processes(2).map(partial(dying, marker), range(8))) == [number * number for number in range(8)]
    assert marker.exists()


def test_a_fault_of_the_task_is_told() -> None:
    with pytest.raises(ValueError, match="two"):
        list(Processes(2).map(failing, range(4)))
