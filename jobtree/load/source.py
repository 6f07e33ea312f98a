"""Sources: the bytes that a fleet is read from. Who reads them from a disk or from git is not our business."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """One file: its path relative to the fleet's root, with ``/``, and its bytes as they are."""

    path: str
    data: bytes
