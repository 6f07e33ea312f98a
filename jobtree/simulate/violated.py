"""What stops a simulation: an invariant does not hold (semantics.md 11)."""


class ViolatedError(Exception):
    """A bug of whoever decided, or of the simulator: which invariant, and in which words."""

    def __init__(self, invariant: str, message: str) -> None:
        super().__init__(f"{invariant}: {message}")
        self.invariant = invariant
        self.message = message
