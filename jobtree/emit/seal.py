"""The seal: every file of the output tree with its hash, the digest of the inputs, versions (contracts.md)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Protocol

from jobtree.emit.json_writer import write_json

SEAL_PATH = "seal.json"
FORMAT_VERSION = 1


class InputFile(Protocol):
    """A file of the fleet repository: path relative to its root, and content."""

    @property
    def path(self) -> str:
        """Relative to the root, with ``/``."""

    @property
    def data(self) -> bytes:
        """The content as it stands."""


def jobtree_version() -> str:
    """The version that is installed."""
    return version("jobtree")


def digest_inputs(inputs: Sequence[InputFile]) -> str:
    """``sha256:`` over, for each file sorted by the bytes of its path: path, NUL, SHA-256 of the content in hex, LF."""
    digest = hashlib.sha256()
    for path, content in _hashes({source.path: source.data for source in inputs}):
        digest.update(path.encode("utf-8") + b"\0" + content.encode("ascii") + b"\n")
    return "sha256:" + digest.hexdigest()


def write_seal(files: Mapping[str, bytes], inputs: Sequence[InputFile]) -> bytes:
    """Seals all files of the output tree; written last."""
    return write_json(
        {
            "formatVersion": FORMAT_VERSION,
            "jobtree": jobtree_version(),
            "inputDigest": digest_inputs(inputs),
            "inputs": _entries({source.path: source.data for source in inputs}),
            "files": _entries(files),
        }
    )


def sealed_files(seal: bytes) -> Mapping[str, str] | None:
    """Path to SHA-256 of every file that a seal lists; None if it is no seal that we wrote."""
    try:
        entries = json.loads(seal)["files"]
        found = {entry["path"]: entry["sha256"] for entry in entries}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if all(isinstance(text, str) for entry in found.items() for text in entry) else None


def _entries(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    return [{"path": path, "sha256": digest} for path, digest in _hashes(files)]


def _hashes(files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    ordered = sorted(files, key=lambda path: path.encode("utf-8"))
    return [(path, hashlib.sha256(files[path]).hexdigest()) for path in ordered]
