"""What Kustomize does to the manifests on their way: the same settings in three spellings.

Plain ``kustomization.yaml``, ``spec.source.kustomize`` of an Argo CD Application, and ``spec`` of a Flux Kustomization.
Codes: JT751, JT755, JT756, JT757.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobtree.base.diagnostic import Diagnostic, error
from jobtree.delivery.patches import Patch, PatchFiles, read_patch
from jobtree.delivery.place import Place

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
FLUX_FORCE, FLUX_PRUNE = "kustomize.toolkit.fluxcd.io/force", "kustomize.toolkit.fluxcd.io/prune"
INSTANCE = "app.kubernetes.io/instance"
RECREATES = frozenset({"Replace=true", "Force=true"})
KEEPS = frozenset({"Prune=false", "Prune=confirm"})
_PATCHES = ("patches", "patchesJson6902", "patchesStrategicMerge")
_RENAMERS = ("namePrefix", "nameSuffix", "namespace", "targetNamespace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The settings at a place. ``annotations`` and ``labels`` are those that everything gets, with where each is set.

    ``delivers`` is what it names below the output folder.
    """

    place: Place
    delivers: tuple[str, ...]
    annotations: tuple[tuple[str, Place], ...]
    labels: tuple[tuple[str, Place], ...]
    patches: tuple[Patch, ...]

    @property
    def keeps_leases(self) -> bool:
        """Whether nothing prunes a Lease, or only what somebody confirmed."""
        return any(_keeps(key, value.text) for key, value in (*self.annotations, *self.labels)) or any(
            "Lease" in patch.kinds and any(_keeps(key, value) for key, value in patch.annotations.items())
            for patch in self.patches
        )


def overlay_at(place: Place, files: PatchFiles, delivers: tuple[str, ...] = ()) -> Overlay:
    """The settings of Kustomize at a place, in whichever spelling they are. Patches may stand in ``files``, by path."""
    common = place.inside("commonMetadata")
    labels = [*place.inside("commonLabels").entries(), *common.inside("labels").entries()]
    for item in place.inside("labels").items():
        labels += item.inside("pairs").entries()
    return Overlay(
        place=place,
        delivers=delivers,
        annotations=(*place.inside("commonAnnotations").entries(), *common.inside("annotations").entries()),
        labels=tuple(labels),
        patches=tuple(read_patch(item, files) for key in _PATCHES for item in place.inside(key).items()),
    )


def check_overlay(overlay: Overlay) -> Iterator[Diagnostic]:
    """What must not happen to a Lease on its way to the cluster."""
    yield from _renamers(overlay.place)
    for key, value in overlay.labels:
        if key == INSTANCE:
            yield tracked_by_label(value, f"every object gets the label {INSTANCE}")
    yield from _recreating(overlay)
    for patch in overlay.patches:
        if patch.changes_spec and patch.kinds:
            yield error(
                "JT757",
                f"the patch changes the spec of every {' and '.join(patch.kinds)} that it selects",
                patch.place.at,
                notes=("names follow from specs, and a published spec never changes: the API server refuses it",),
                help="remove it; what a lease says is decided by `jobtree compile` alone",
            )


def tracked_by_label(place: Place, why: str) -> Diagnostic:
    """JT755."""
    return error(
        "JT755",
        "leases are tracked by a label",
        place.at,
        notes=(f"{why}; whatever copies the labels of a Lease, to a Pod say, makes the copy look like Argo CD's own",),
        help="remove it, and in argocd-cm set `data: {application.resourceTrackingMethod: annotation}`",
    )


def recreated(place: Place, what: str, fix: str) -> Diagnostic:
    """JT751."""
    note = "a Lease that is deleted and made anew has another uid and no status: its pods lose their node"
    return error("JT751", f"{what} deletes a Lease and makes it anew", place.at, notes=(note,), help=fix)


def split_options(value: str) -> frozenset[str]:
    """The options of an annotation."""
    return frozenset(option.strip() for option in value.split(","))


def _renamers(place: Place) -> Iterator[Diagnostic]:
    for key in _RENAMERS:
        setting = place.inside(key)
        if setting.text:
            what = "namespace" if "amespace" in key else "name"
            yield error(
                "JT756",
                f"{key} gives every Lease another {what}",
                setting.at,
                notes=("names follow from content and namespaces from runs: nobody would find a lease again",),
                help=f"remove {key}",
            )


def _recreating(overlay: Overlay) -> Iterator[Diagnostic]:
    written: list[tuple[Place, Mapping[str, str]]] = [(value, {key: value.text}) for key, value in overlay.annotations]
    written += [(patch.place, patch.annotations) for patch in overlay.patches if "Lease" in patch.kinds]
    written += [(value, {key: value.text}) for key, value in overlay.labels]
    for place, pairs in written:
        for option in sorted(split_options(pairs.get(SYNC_OPTIONS, "")) & RECREATES):
            yield recreated(place, option, f"remove {option} from the annotation {SYNC_OPTIONS}")
        if pairs.get(FLUX_FORCE, "").lower() == "enabled":
            yield recreated(place, f"{FLUX_FORCE}: enabled", "remove it")


def _keeps(key: str, value: str) -> bool:
    return bool(key == SYNC_OPTIONS and split_options(value) & KEEPS) or (
        key == FLUX_PRUNE and value.lower() == "disabled"
    )
