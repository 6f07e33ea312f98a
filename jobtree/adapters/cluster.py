"""A cluster, as the official client reads a kubeconfig: the only file that knows the client. It is an extra.

What goes wrong is JT794: a sentence about what a cluster, a network or a kubeconfig said, and what to do.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.base.identity import API_GROUP

Object = Mapping[str, Any]
PAGE = 500
"""Objects that a server is asked for at a time."""
_TIMEOUTS = (10, 60)
"""Seconds to connect, and to wait for an answer."""
_VERSION = "v1"
_MANAGER = "kubectl-runs"
_GONE, _MISSING, _CONFLICT = 410, 404, 409


class ClusterError(Exception):
    """A cluster that cannot be used, or says no. ``code`` is the HTTP status, 0 if nobody answered."""

    def __init__(self, finding: Diagnostic, code: int = 0) -> None:
        super().__init__(finding.message)
        self.finding = finding
        self.code = code

    @property
    def conflict(self) -> bool:
        """Whether the object is there already."""
        return self.code == _CONFLICT

    @property
    def forbidden(self) -> bool:
        """Whether the user may not do this."""
        return self.code == 403


@dataclass(frozen=True, slots=True)
class Cluster:
    """An open connection; ``namespace`` is that of the context, if it names one; ``server`` is its address."""

    api: Any
    server: str
    namespace: str | None

    def objects(self, plural: str, namespace: str | None) -> Iterator[Object]:
        """All objects of a kind of ours, in a namespace or in all of them, page by page. Raises ClusterError."""
        from kubernetes import client

        custom: Any = client.CustomObjectsApi(self.api)
        names = {"group": API_GROUP, "version": _VERSION, "plural": plural}
        if namespace is None:
            return self._pages(lambda **page: custom.list_cluster_custom_object(**names, **page))
        names["namespace"] = namespace
        return self._pages(lambda **page: custom.list_namespaced_custom_object(**names, **page))

    def nodes(self) -> Iterator[Object]:
        """All Nodes, page by page. Raises ClusterError."""
        from kubernetes import client

        core: Any = client.CoreV1Api(self.api)
        found = self._pages(lambda **page: self.api.sanitize_for_serialization(core.list_node(**page)))
        return ({"apiVersion": "v1", "kind": "Node", **node} for node in found)

    def create(self, plural: str, thing: Object, *, dry: bool) -> Object:
        """Creates an object strictly; ``dry``: the server checks everything and stores nothing. Raises ClusterError."""
        from kubernetes import client

        custom: Any = client.CustomObjectsApi(self.api)
        only: dict[str, Any] = {"dry_run": "All"} if dry else {}
        with_namespace = self._named(plural, thing)
        return self._asked(
            lambda: custom.create_namespaced_custom_object(
                **with_namespace,
                body=dict(thing),
                field_manager=_MANAGER,
                field_validation="Strict",
                _request_timeout=_TIMEOUTS,
                **only,
            )
        )

    def read(self, plural: str, thing: Object) -> Object:
        """The object as the cluster has it. Raises ClusterError."""
        from kubernetes import client

        custom: Any = client.CustomObjectsApi(self.api)
        name = str(thing["metadata"]["name"])
        return self._asked(
            lambda: custom.get_namespaced_custom_object(
                **self._named(plural, thing), name=name, _request_timeout=_TIMEOUTS
            )
        )

    def _named(self, plural: str, thing: Object) -> dict[str, str]:
        space = str(thing["metadata"]["namespace"])
        return {"group": API_GROUP, "version": _VERSION, "namespace": space, "plural": plural}

    def _pages(self, ask: Any) -> Iterator[Object]:
        """Items of all pages. A list that the server forgot in between is asked for from its start, once."""
        try:
            yield from list(self._from_start(ask))
        except ClusterError as fault:
            if fault.code != _GONE:
                raise
            yield from self._from_start(ask)

    def _from_start(self, ask: Any) -> Iterator[Object]:
        more = ""
        while True:
            page = {"limit": PAGE, "_request_timeout": _TIMEOUTS} | ({"_continue": more} if more else {})
            answer = self._asked(lambda page=page: ask(**page))
            items = answer.get("items")
            if not isinstance(items, list):
                raise ClusterError(_odd(self.server, "no list"))
            yield from items
            more = str((answer.get("metadata") or {}).get("continue") or "")
            if not more:
                return

    def _asked(self, call: Any) -> Object:
        import urllib3
        from kubernetes import client

        try:
            answer = call()
        except client.ApiException as fault:
            code = fault.status or 0
            raise ClusterError(_said_no(self.server, code, _message(fault.body or fault.reason)), code) from None
        except ValueError as fault:
            raise ClusterError(_odd(self.server, _line(str(fault)))) from None
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            raise ClusterError(_said_no(self.server, 0, str(getattr(fault, "reason", None) or fault))) from None
        if not isinstance(answer, dict):
            raise ClusterError(_odd(self.server, "no object"))
        return answer


def open_cluster(kubeconfig: Path | None, context: str | None) -> Cluster | Diagnostic:
    """The cluster of a kubeconfig's context; KUBECONFIG and its current context by default, as for kubectl."""
    try:
        from kubernetes import client, config
    except ImportError:
        hint = "pip install 'jobtree[cluster]', or look at a repository with --repo DIR"
        return error("JT794", "the Kubernetes client is not installed", help=hint)
    files = str(kubeconfig) if kubeconfig is not None else os.environ.get("KUBECONFIG") or "~/.kube/config"
    settings = client.Configuration()
    try:
        contexts, active = config.list_kube_config_contexts(config_file=files)
        if context is not None:
            active = next((one for one in contexts if one["name"] == context), None)
        if active is None:
            raise config.ConfigException(f"there is no context {context}")
        config.load_kube_config(files, context=context, client_configuration=settings, persist_config=False)
    except Exception as fault:  # whatever the client's readers of files, keys and plugins raise
        message = f"{files} is no kubeconfig that can be used: {_line(str(fault))}"
        hint = "name another one with --kubeconfig or KUBECONFIG; `kubectl config get-contexts` lists contexts"
        return error("JT794", message, help=hint)
    settings.retries = False
    return Cluster(
        api=client.ApiClient(settings), server=settings.host, namespace=(active["context"] or {}).get("namespace")
    )


def _message(body: object) -> str:
    """What a Status says, or what else was answered."""
    text = body.decode("utf-8", errors="replace") if isinstance(body, bytes) else str(body)
    try:
        status = json.loads(text)
        return _line(str(status["message"]))
    except (ValueError, KeyError, TypeError):
        return _line(text)


def _line(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 500 else f"{words[:500]}..."


def _odd(server: str, what: str) -> Diagnostic:
    message = f"{server} gives no answer that can be read: {what}"
    return error("JT794", message, help="check that it is the API server of a cluster")


def _said_no(server: str, code: int, message: str) -> Diagnostic:
    """A sentence about what went wrong, and what to do about it."""
    low = message.lower()
    if code == 401:
        said, hint = "does not accept these credentials", "log in again; `kubectl auth whoami` shows who you are"
    elif code == 403:
        said, hint = "does not let you", "ask its administrator, or name a namespace that is yours with -n"
    elif code == _MISSING and "namespaces" not in low:
        said, hint = "does not know our kinds", "its administrator applies them once: kubectl apply -f schemas/crds"
    elif code == _MISSING:
        said, hint = "has no such namespace", "name another one with -n"
    elif code:
        said, hint = f"says no ({code})", "mend what it complains about, and try again"
    elif "wrong_version_number" in low or "record_layer" in low or "record layer" in low:
        said, hint = "speaks no TLS", "check in the kubeconfig whether its address begins with http:// or https://"
    elif "certificate" in low or "ssl" in low:
        said, hint = "shows a certificate that is not trusted", "check certificate-authority in the kubeconfig"
    else:
        said, hint = "cannot be reached", "check the network and the kubeconfig; --repo DIR needs no cluster"
    return error("JT794", f"{server} {said}: {_line(message)}", help=hint)
