"""Which documents deliver the output: those that name a path below the output folder, or an overlay that does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jobtree.base.diagnostic import Diagnostic, Severity
from jobtree.delivery.overlays import Overlays, find_overlays, folder_of
from jobtree.delivery.paths import Output, delivered, output_in
from jobtree.delivery.place import Place
from jobtree.load.document import Document
from jobtree.load.source import Source
from jobtree.load.wire.metadata import GROUP
from jobtree.load.yaml_reader import read_documents

KUSTOMIZATION = "Kustomization"
"""The one name of a file with settings that has no suffix."""

_KUSTOMIZE = "kustomize.config.k8s.io"
_OURS = (b"argoproj.io", b"toolkit.fluxcd.io", b"ValidatingAdmissionPolicy", b"argocd-cm")
"""A file that mentions none of them, and is no ``kustomization.yaml``, is not read: templates of others do no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is, sorted by file and place; ``findings`` are the reader's about documents that count.

    ``applications`` hold the ``spec`` of each Argo CD Application, for an ApplicationSet that of its template.
    """

    applications: tuple[Place, ...]
    kustomizations: tuple[Place, ...]
    output: Output
    overlays: Overlays
    settings: tuple[Document, ...]
    guarded: bool
    findings: tuple[Diagnostic, ...]


def find(sources: Sequence[Source], out: str, within: str | None = None) -> Found:
    """Reads the files that may concern us. ``out`` is the name of the output folder, ``within`` the folder it is in."""
    documents: list[Document] = []
    findings: list[Diagnostic] = []
    for source in sorted(sources):
        if _is_kustomization(source.path) or any(word in source.data for word in _OURS):
            read, wrong = read_documents(source)
            documents += read
            findings += wrong if b"{{" not in source.data else _in_template(source.path, wrong)
    files = {source.path: source.data for source in sources}
    output = output_in(out, within, (folder_of(path) for path in files if _is_kustomization(path)))
    overlays = find_overlays([one for one in documents if _group(one) == _KUSTOMIZE], files, out)
    argo = [place for document in documents if _group(document) == "argoproj.io" for place in _applications(document)]
    flux = [Place(one, ("spec",)) for one in documents if _group(one) == "kustomize.toolkit.fluxcd.io"]
    applications = tuple(spec for spec in argo if delivered(spec, output) or overlays.of(spec))
    kustomizations = tuple(spec for spec in flux if delivered(spec, output) or overlays.of(spec))
    settings = tuple(
        one for one in documents if not _group(one) and one.kind == "ConfigMap" and _name(one) == "argocd-cm"
    )
    counted = [*(one.document for one in (*applications, *kustomizations)), *settings]
    counted += [overlay.place.document for overlay in overlays.all()]
    return Found(
        applications=applications,
        kustomizations=kustomizations,
        output=output,
        overlays=overlays,
        settings=settings,
        guarded=guards_leases(documents),
        findings=(*findings, *(wrong for document in counted for wrong in document.findings)),
    )


def _in_template(path: str, wrong: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """A template of a chart is no YAML yet; any other file with ``{{``, an ApplicationSet say, may deliver the output.

    It is then not judged, which must not look like a file without faults.
    """
    if "templates" not in path.split("/")[:-1]:
        yield from (replace(one, severity=Severity.WARNING) for one in wrong)


def guards_leases(documents: Sequence[Document]) -> bool:
    """Whether a ValidatingAdmissionPolicy that is in force asks whether a Lease that goes is closed, of every Lease."""
    ours = [one for one in documents if _group(one) == "admissionregistration.k8s.io"]
    policies = {_name(one) for one in ours if one.kind == "ValidatingAdmissionPolicy" and _sees_deletions(one)}
    bindings = [Place(one, ("spec",)) for one in ours if one.kind == "ValidatingAdmissionPolicyBinding"]
    return any(
        binding.inside("policyName").text in policies
        and any(action.text == "Deny" for action in binding.inside("validationActions").items())
        and binding.inside("matchResources").value is None
        for binding in bindings
    )


def _sees_deletions(policy: Document) -> bool:
    spec = Place(policy, ("spec",))
    narrow = ("matchConditions",), ("matchConstraints", "namespaceSelector"), ("matchConstraints", "objectSelector")
    if spec.inside("failurePolicy").text == "Ignore" or any(spec.inside(*steps).value for steps in narrow):
        return False
    if not any("closed" in rule.inside("expression").text for rule in spec.inside("validations").items()):
        return False
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
    """The API group; nothing for v1. A ``kustomization.yaml`` need not say its own."""
    version = document.api_version or ""
    if not version and _is_kustomization(document.path):
        return _KUSTOMIZE
    return version.rpartition("/")[0]


def _is_kustomization(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return name == KUSTOMIZATION or name.startswith("kustomization.")


def _name(document: Document) -> str:
    return Place(document, ("metadata", "name")).text
