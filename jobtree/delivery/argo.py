"""Settings of Argo CD that would break leases. Codes: JT751 to JT755, JT758, JT761 to JT764."""

import re
from collections.abc import Iterator

from jobtree.base.diagnostic import Diagnostic, error, warning
from jobtree.delivery.kustomize import KEEPS, RECREATES, recreated, tracked_by_label
from jobtree.delivery.place import Place
from jobtree.load.document import Document
from jobtree.load.wire.metadata import GROUP

_FINALIZER = "resources-finalizer.argocd.argoproj.io"
_ON = r"[\"']?\s*:\s*[\"']?(?:(?i:true|yes|on)\b|\{\{)"
"""In the text of a patch: the end of a key, and a value that is true, or that a template gives: it may be true."""

_PRUNES, _EMPTIES = re.compile(rf"\bprune{_ON}"), re.compile(rf"\ballowEmpty{_ON}")
_STAYS = frozenset({"Delete=false", "Delete=confirm"})
_POLICY = "apply deploy/admission/open-leases.yaml, which refuses to delete a Lease that is not closed"
_RETRY = "`retry: {limit: -1, refresh: true, backoff: {duration: 10s, factor: 2, maxDuration: 3m}}`"


def options(spec: Place) -> frozenset[str]:
    """The sync options of an Application."""
    return frozenset(option.text for option in spec.inside("syncPolicy", "syncOptions").items())


def applies_from_client(spec: Place) -> bool:
    """Whether what it applies is kept in an annotation as well."""
    return "ServerSideApply=true" not in options(spec)


def check_application(spec: Place, *, keeps_leases: bool) -> Iterator[Diagnostic]:
    """One Application, or the template of an ApplicationSet; ``keeps_leases``: something else protects open leases."""
    yield from _options(spec)
    yield from _pruning(spec, keeps_leases=keeps_leases or bool(options(spec) & KEEPS))
    yield from _retrying(spec)
    yield from _deletion(spec)
    for item in spec.inside("ignoreDifferences").items():
        if item.inside("group").text in (GROUP, "*"):
            yield _ignored(item)


def _ignored(place: Place) -> Diagnostic:
    note = "a status is never compared, specs never change: a difference is an edit that must be undone"
    return warning("JT758", "differences of jobtree's objects are ignored", place.at, notes=(note,), help="remove it")


def check_settings(document: Document) -> Iterator[Diagnostic]:
    """The ConfigMap argocd-cm."""
    for key, value in Place(document, ("data",)).entries():
        if key == "application.resourceTrackingMethod" and value.text == "label":
            yield tracked_by_label(value, "the label is cut to 63 characters")
        elif key.startswith(f"resource.customizations.ignoreDifferences.{GROUP}_"):
            yield _ignored(value)


def _options(spec: Place) -> Iterator[Diagnostic]:
    listed = spec.inside("syncPolicy", "syncOptions")
    for option in listed.items():
        if option.text in RECREATES:
            yield recreated(option, option.text, f"remove {option.text}, and set ServerSideApply=true")
    patch = Place(spec.document, ("spec", "templatePatch"))
    for forced in sorted(RECREATES):
        if forced in patch.text:
            yield recreated(patch, forced, f"remove {forced} from the patch of the template")
    if applies_from_client(spec):
        yield warning(
            "JT752",
            "manifests are applied from the client",
            listed.at,
            notes=("a copy of each manifest is kept in an annotation: larger objects, and at most 262,144 bytes",),
            help="`syncPolicy: {syncOptions: [ServerSideApply=true]}`",
        )


def _is_automated(spec: Place) -> bool:
    automated = spec.inside("syncPolicy", "automated")
    return automated.value is not None and automated.inside("enabled").value is not False


def _pruning(spec: Place, *, keeps_leases: bool) -> Iterator[Diagnostic]:
    automated = spec.inside("syncPolicy", "automated")
    patch = Place(spec.document, ("spec", "templatePatch"))
    if _PRUNES.search(patch.text) and not keeps_leases:
        yield unprotected(patch)
    if _EMPTIES.search(patch.text):
        yield _empties(patch)
    if not _is_automated(spec):
        return
    prune = automated.inside("prune")
    if automated.inside("allowEmpty").value is True:
        yield _empties(automated.inside("allowEmpty"))
    if prune.value is not True:
        return
    if not keeps_leases:
        yield unprotected(prune)
    if "PruneLast=true" not in options(spec):
        yield warning(
            "JT764",
            "what ended is deleted before what begins is applied",
            prune.at,
            notes=("a run that starts trades its reservation for leases: for a moment it would have neither",),
            help="`syncPolicy: {syncOptions: [PruneLast=true]}`",
        )


def _empties(place: Place) -> Diagnostic:
    return error(
        "JT761",
        "an output without manifests would delete every lease",
        place.at,
        notes=("a wrong branch or path looks like an output in which everything ended",),
        help="remove allowEmpty; Argo CD then refuses to prune everything",
    )


def unprotected(prune: Place) -> Diagnostic:
    """JT753."""
    note = "a wrong branch, path or filter is a folder without these leases; their work is deleted with them"
    return error("JT753", "open leases may be pruned", prune.at, notes=(note,), help=_POLICY)


def _retrying(spec: Place) -> Iterator[Diagnostic]:
    policy = spec.inside("syncPolicy")
    automated, limit = policy.inside("automated"), policy.inside("retry", "limit")
    if not _is_automated(spec):
        return
    if not isinstance(limit.value, int):
        why = "five attempts are made, in 5 + 10 + 20 + 40 + 80 s = 155 s; this commit is then not tried again"
        yield _gives_up(automated, why)
    elif limit.value < 0 and policy.inside("retry", "refresh").value is not True:
        yield _gives_up(limit, "while it tries for ever, Argo CD does not look at newer commits (its issue 11494)")
    elif limit.value == 0:
        yield _gives_up(limit, "a single attempt is made")
    if automated.inside("selfHeal").value is not True:
        yield warning(
            "JT763",
            "what somebody deletes or edits stays so",
            automated.at,
            notes=("a Lease that is deleted by hand comes back with the next commit that changes it, which is never",),
            help="`automated: {prune: true, selfHeal: true}`",
        )


def _gives_up(place: Place, why: str) -> Diagnostic:
    return warning("JT754", "a failed delivery is given up", place.at, notes=(why,), help=f"syncPolicy: {_RETRY}")


def _deletion(spec: Place) -> Iterator[Diagnostic]:
    document = spec.document
    if options(spec) & _STAYS:
        return
    top = Place(document)
    for finalizer in Place(document, (*spec.steps[:-1], "metadata", "finalizers")).items():
        if finalizer.text.startswith(_FINALIZER):
            yield cascades(finalizer, "the Application", "remove the finalizer")
    patch = Place(document, ("spec", "templatePatch"))
    if _FINALIZER in patch.text:
        yield cascades(patch, "the Application", "remove the finalizer from the patch of the template")
    preserve = top.inside("spec", "syncPolicy", "preserveResourcesOnDeletion")
    if document.kind == "ApplicationSet" and preserve.value is not True:
        where = preserve if preserve.value is not None else top.inside("kind")
        fix = "`spec: {syncPolicy: {preserveResourcesOnDeletion: true}}`"
        yield cascades(where, "the ApplicationSet, or a cluster's folder,", fix)


def cascades(place: Place, what: str, fix: str) -> Diagnostic:
    """JT762."""
    note = "an object that only says how to deliver may come and go; a Lease ends when it is closed"
    return error("JT762", f"deleting {what} deletes every lease", place.at, notes=(note,), help=fix)
