"""Everything that delivers the output, looked at: ``jobtree doctor gitops``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, warning
from jobtree.delivery import argo, flux, size
from jobtree.delivery.found import Found, find
from jobtree.delivery.kustomize import check_overlay, overlay_at
from jobtree.delivery.patches import NO_FILES
from jobtree.delivery.paths import argo_sources, delivered
from jobtree.delivery.place import Place
from jobtree.load.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What delivers the output, how many objects there are to deliver, and what is wrong, sorted."""

    found: Found
    objects: int
    findings: tuple[Diagnostic, ...]


def examine(
    sources: Sequence[Source], tree: Mapping[str, bytes], *, out: str, within: str | None = None
) -> Examination:
    """Looks at everything.

    ``sources`` are the files that may hold settings, ``tree`` the output as it stands, {} if it is elsewhere, and
    ``out`` the last part of its path, by which settings name it; ``within`` is the folder of the sources in which it
    stands, ``.`` for theirs and None where it is elsewhere: who delivers that folder delivers it. Places in the
    tree are relative to it.
    """
    found = find(sources, out, within)
    objects = size.read_tree(tree)
    findings = [*found.findings, *_settings(found), *_sizes(found, objects)]
    if not (found.applications or found.kustomizations):
        findings.append(_nothing(out))
    ordered = tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.sort_key))
    return Examination(found=found, objects=len(objects), findings=ordered)


def _settings(found: Found) -> Iterator[Diagnostic]:
    for overlay in found.overlays.all():
        yield from check_overlay(overlay)
    for document in found.settings:
        yield from argo.check_settings(document)
    for spec in found.applications:
        own = [overlay_at(source.inside("kustomize"), NO_FILES) for source in argo_sources(spec)]
        for overlay in own:
            yield from check_overlay(overlay)
        kept = any(overlay.keeps_leases for overlay in (*own, *found.overlays.of(spec)))
        yield from argo.check_application(spec, keeps_leases=found.guarded or kept)
    for spec in found.kustomizations:
        mine = overlay_at(spec, NO_FILES)
        yield from check_overlay(mine)
        kept = any(overlay.keeps_leases for overlay in (mine, *found.overlays.of(spec)))
        yield from flux.check_kustomization(spec, keeps_leases=found.guarded or kept)


def _sizes(found: Found, objects: Sequence[size.Delivered]) -> Iterator[Diagnostic]:
    client = next((spec for spec in found.applications if argo.applies_from_client(spec)), None)
    options = client.inside("syncPolicy", "syncOptions") if client else None
    yield from size.check_objects(objects, client_side=options)
    totals = size.Totals(objects)
    for spec in found.applications:
        yield from totals.check_application(Place(spec.document, ("spec",)), _paths(spec, found))
    for spec in found.kustomizations:
        yield from totals.check_kustomization(spec.inside("path"), _paths(spec, found))


def _paths(spec: Place, found: Found) -> tuple[str, ...]:
    """What it delivers below the output folder, also by way of overlays."""
    return (
        *delivered(spec, found.output),
        *(path for overlay in found.overlays.of(spec) for path in overlay.delivers),
    )


def _nothing(out: str) -> Diagnostic:
    return warning(
        "JT765",
        f"nothing here delivers {out}",
        help="name the folder with the Applications or Kustomizations; deploy/argocd and deploy/flux have examples",
    )
