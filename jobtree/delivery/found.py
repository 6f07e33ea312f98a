"""Which documents deliver the output: those that name a path below the output folder, or an overlay that does."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from posixpath import dirname, normpath

from jobtree.base.diagnostic import Diagnostic
from jobtree.delivery.kustomize import Overlay, overlay_at
from jobtree.delivery.place import Place
from jobtree.load.document import Document
from jobtree.load.source import Source
from jobtree.load.wire.metadata import GROUP
from jobtree.load.yaml_reader import read_documents

_LONGEST = 4096
"""Characters of a path; a longer text is none."""

_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_OURS = (b"argoproj.io", b"kustomize", b"ValidatingAdmissionPolicy", b"argocd-cm")
"""A file that mentions none of them is not read, so that templates of others do no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is, sorted by file and place; ``findings`` are the reader's about documents that count.

    ``applications`` hold the ``spec`` of each Argo CD Application, for an ApplicationSet that of its template.
    """

    applications: tuple[Place, ...]
    kustomizations: tuple[Place, ...]
    overlays: tuple[Overlay, ...]
    settings: tuple[Document, ...]
    guarded: bool
    findings: tuple[Diagnostic, ...]


def find(sources: Sequence[Source], out: str) -> Found:
    """Reads the files that may concern us. ``out`` is the name of the output folder."""
    documents: list[Document] = []
    findings: list[Diagnostic] = []
    for source in sorted(sources):
        if _is_kustomization(source.path) or any(word in source.data for word in _OURS):
            read, wrong = read_documents(source)
            documents += read
            findings += wrong
    plain = [document for document in documents if _group(document) in ("kustomize.config.k8s.io", "")]
    overlays = tuple(
        overlay_at(Place(document))
        for document in plain
        if document.kind == "Kustomization" and paths(Place(document).inside("resources"), out)
    )
    argo = [place for document in documents if _group(document) == "argoproj.io" for place in _applications(document)]
    flux = [Place(one, ("spec",)) for one in documents if _group(one) == "kustomize.toolkit.fluxcd.io"]
    applications = tuple(spec for spec in argo if delivered(spec, out) or overlays_of(spec, overlays))
    kustomizations = tuple(spec for spec in flux if delivered(spec, out) or overlays_of(spec, overlays))
    settings = tuple(one for one in plain if one.kind == "ConfigMap" and _name(one) == "argocd-cm")
    counted = [one.document for one in (*applications, *kustomizations, *(overlay.place for overlay in overlays))]
    return Found(
        applications=applications,
        kustomizations=kustomizations,
        overlays=overlays,
        settings=settings,
        guarded=guards_leases(documents),
        findings=(*findings, *(wrong for document in counted for wrong in document.findings)),
    )


def argo_sources(spec: Place) -> tuple[Place, ...]:
    """``source``, and each of ``sources``."""
    return (spec.inside("source"), *spec.inside("sources").items())


def delivered(spec: Place, out: str) -> tuple[str, ...]:
    """What it delivers, below the output folder: the empty text is all of it, and ``*`` stands for any folder.

    Where the path of an ApplicationSet's template is a template, what its generators give.
    """
    named = _own_paths(spec)
    direct = [path for place in named for path in paths(place, out)]
    templated = any("{{" in place.text for place in named)
    return tuple(direct) if direct or not templated else paths(Place(spec.document, ("spec", "generators")), out)


def paths(place: Place, out: str) -> tuple[str, ...]:
    """What the texts within name below the output folder: ``gpu-a`` of ``rendered/gpu-a``; templates are ``*``."""
    named = (normpath(_TEMPLATE.sub("*", text.text.strip())) for text in place.texts() if len(text.text) < _LONGEST)
    below = (f"/{path}/".partition(f"/{out}/") for path in named)
    return tuple(sorted({rest.strip("/") for _, found, rest in below if found}))


def overlays_of(spec: Place, overlays: Iterable[Overlay]) -> tuple[Overlay, ...]:
    """The overlays whose folder it delivers. Paths are relative to the repository, of which less may have been read."""
    named = {normpath(place.text.strip()) for place in _own_paths(spec) if place.text}
    folders = ((overlay, dirname(overlay.place.document.path)) for overlay in overlays)
    return tuple(
        overlay
        for overlay, folder in folders
        if folder and any(path == folder or path.endswith(f"/{folder}") for path in named)
    )


def _own_paths(spec: Place) -> list[Place]:
    """Of an Application's sources; of a Flux Kustomization."""
    return [spec.inside("path"), *(source.inside("path") for source in argo_sources(spec))]


def guards_leases(documents: Sequence[Document]) -> bool:
    """Whether a ValidatingAdmissionPolicy that is in force looks at deletions of Leases."""
    ours = [one for one in documents if _group(one) == "admissionregistration.k8s.io"]
    policies = {_name(one) for one in ours if one.kind == "ValidatingAdmissionPolicy" and _sees_deletions(one)}
    bindings = [Place(one, ("spec",)) for one in ours if one.kind == "ValidatingAdmissionPolicyBinding"]
    return any(
        binding.inside("policyName").text in policies
        and any(action.text == "Deny" for action in binding.inside("validationActions").items())
        for binding in bindings
    )


def _sees_deletions(policy: Document) -> bool:
    wanted = (("apiGroups", GROUP), ("operations", "DELETE"), ("resources", "leases"))
    return any(
        all({item.text for item in rule.inside(key).items()} & {value, "*"} for key, value in wanted)
        for rule in Place(policy, ("spec", "matchConstraints", "resourceRules")).items()
    )


def _applications(document: Document) -> Iterator[Place]:
    if document.kind == "Application":
        yield Place(document, ("spec",))
    elif document.kind == "ApplicationSet":
        yield Place(document, ("spec", "template", "spec"))


def _group(document: Document) -> str:
    """The API group; nothing for v1 and for a ``kustomization.yaml`` that says none."""
    version = document.api_version or ""
    if not version and _is_kustomization(document.path):
        return "kustomize.config.k8s.io"
    return version.rpartition("/")[0]


def _is_kustomization(path: str) -> bool:
    return path.rsplit("/", 1)[-1].startswith("kustomization.")


def _name(document: Document) -> str:
    return Place(document, ("metadata", "name")).text
