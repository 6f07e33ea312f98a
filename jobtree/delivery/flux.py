"""Settings of Flux that would break leases. Codes: JT751, JT753, JT754, JT762."""

from collections.abc import Iterator

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.delivery.argo import cascades, unprotected
from jobtree.delivery.kustomize import recreated
from jobtree.delivery.place import Place


def check_kustomization(spec: Place, *, keeps_leases: bool) -> Iterator[Diagnostic]:
    """One Kustomization of Flux, which always applies on the server; ``keeps_leases``: open leases are protected."""
    force, prune = spec.inside("force"), spec.inside("prune")
    if force.value is True:
        yield recreated(force, "force", "remove force")
    if prune.value is True and not keeps_leases:
        yield unprotected(prune)
    policy = spec.inside("deletionPolicy")
    if policy.text in ("Delete", "WaitForTermination") or (prune.value is True and policy.text != "Orphan"):
        yield cascades(policy if policy.text else prune, "the Kustomization", "`deletionPolicy: Orphan`")
    interval = spec.inside("interval")
    if not spec.inside("retryInterval").text:
        yield warning(
            "JT754",
            "a failed delivery waits for the next interval",
            interval.at,
            notes=(f"retryInterval is not set: the next attempt is after {interval.text or 'the interval'}",),
            help="`retryInterval: 30s`",
        )
