"""The documents of a simulation as files, as they stand at an instant; and what a cluster would print of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobtree.base.identity import Key
from jobtree.base.instant import Instant, format_instant, parse_instant
from jobtree.load.document import Document
from jobtree.load.scan import scan
from jobtree.load.source import Source
from jobtree.model.history import NodeStatus, Observed, RunStatus
from jobtree.model.run import Run

OUT_OF_SERVICE = {"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A document: ``run`` is the one that it is of, if it is a Run, and ``since`` when it comes to be there."""

    path: str
    text: str
    run: Key | None
    since: Instant | None


class Texts:
    """All documents of a repository, with the runs that are yet to come."""

    def __init__(self, sources: Sequence[Source]) -> None:
        scanned = (scan(source) for source in sorted(sources, key=lambda source: source.path))
        self._texts = [_text(one) for found in scanned for one in (*found.ours, *found.nodes)]

    def at(self, instant: Instant, deleted: frozenset[Key]) -> tuple[Source, ...]:
        """The files as they stand: without what is yet to come, and without runs that were deleted. JSON is YAML."""
        files: dict[str, list[str]] = {}
        for one in self._texts:
            if (one.since is None or one.since <= instant) and one.run not in deleted:
                files.setdefault(one.path, []).append(one.text)
        return tuple(Source(path, "---\n".join(texts).encode()) for path, texts in sorted(files.items()))


def state_file(observed: Observed, runs: Mapping[Key, Run]) -> Source:
    """What ``kubectl get nodes,runs -A -o yaml`` would print of what was observed."""
    items = [*map(_node, observed.nodes), *(_run(status, runs[status.run]) for status in observed.runs)]
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    return Source("<simulated>/state.yaml", (json.dumps(listed) + "\n").encode())


def _text(document: Document) -> _Text:
    metadata: Any = document.data.get("metadata")
    created = metadata.get("creationTimestamp") if isinstance(metadata, dict) else None
    run = Key(metadata["namespace"], metadata["name"]) if document.kind == "Run" else None
    return _Text(
        path=document.path,
        text=json.dumps(document.data) + "\n",
        run=run,
        since=parse_instant(created) if isinstance(created, str) and document.kind in ("Run", "JobTree") else None,
    )


def _node(status: NodeStatus) -> Mapping[str, object]:
    spec = {"taints": [OUT_OF_SERVICE]} if status.lost else {"unschedulable": not status.usable}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": status.node}, "spec": spec}


def _run(status: RunStatus, run: Run) -> Mapping[str, object]:
    return {
        "apiVersion": "rq.davidlangworthy.io/v1",
        "kind": "Run",
        "metadata": {"name": run.key.name, "namespace": run.key.namespace},
        "spec": {"owner": run.owner, "resources": {"gpuType": run.flavor, "totalGPUs": run.total_gpus}},
        "status": {
            "phase": status.phase.value,
            **({} if status.at is None else {"finishedAt": format_instant(status.at)}),
        },
    }
