"""A process that does one thing for us, and is gone when we are."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """``code`` is the exit code, negative for a signal, None if nothing started; ``output`` is its standard output."""

    code: int | None
    output: bytes = b""

    def fault(self, name: str) -> str | None:
        """How it went wrong, in a sentence without a full stop; None if it did not. ``name`` says who it was."""
        if self.code is None:
            return f"{name} does not start"
        if self.code < 0:
            return f"{name} was killed by signal {-self.code}"
        return f"{name} ended with exit code {self.code}" if self.code else None


def run(command: Sequence[str], *, given: bytes = b"", listen: bool = False) -> Ended:
    """Runs a command to its end with ``given`` as its input, heard only if we ``listen``; its complaints go nowhere.

    On Linux the process dies with this one, however that goes.
    """
    try:
        with subprocess.Popen(  # noqa: S603 - what runs is ours or the caller's choice, and so are the arguments
            command,
            stdin=subprocess.PIPE if given else subprocess.DEVNULL,
            stdout=subprocess.PIPE if listen else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_parent() if sys.platform == "linux" else None,
        ) as process:
            try:
                output, _ = process.communicate(given or None)
            except BaseException:
                process.kill()
                raise
    except OSError:
        return Ended(code=None)
    return Ended(code=process.returncode, output=output or b"")


def _die_with_parent() -> Callable[[], None]:
    """Asks the kernel, in the child, for SIGKILL when the parent is gone, however it went."""
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before the kernel was asked
            os._exit(1)

    return ask
