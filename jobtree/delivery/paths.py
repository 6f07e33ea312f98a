"""Paths in settings: what they name below the output folder, and whose settings they are."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import dirname, normpath

from jobtree.delivery.place import Place

_LONGEST = 4096
"""Characters of a path; a longer text is none."""

_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The output folder, as settings name it.

    ``above`` are the folders around it, from the one it is in to ``.``; none where it stands elsewhere. ``open`` are
    those of them from which no ``kustomization.yaml`` on the way says what is applied: Flux then applies all below.
    """

    name: str
    above: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


def output_in(name: str, within: str | None, kustomized: Iterable[str]) -> Output:
    """``within`` is the folder in which the output stands, ``kustomized`` are those with a Kustomization file."""
    above = [] if within is None else [normpath(within)]
    while above and above[-1] not in (".", "/"):
        above.append(dirname(above[-1]) or ".")
    stopping = set(kustomized)
    stopped = next((index for index, folder in enumerate(above) if folder in stopping), len(above))
    return Output(name=name, above=tuple(above), open=tuple(above[:stopped]))


def argo_sources(spec: Place) -> tuple[Place, ...]:
    """``source`` of an Application, and each of its ``sources``."""
    return (spec.inside("source"), *spec.inside("sources").items())


def own_paths(spec: Place) -> tuple[Place, ...]:
    """The paths of an Application's sources, or that of a Flux Kustomization."""
    return (spec.inside("path"), *(source.inside("path") for source in argo_sources(spec)))


def delivered(spec: Place, output: Output) -> tuple[str, ...]:
    """What it delivers, below the output folder: the empty text is all of it, and ``*`` stands for any folder.

    Where the path of an ApplicationSet's template is a template, what its generators give.
    """
    out, named = output.name, own_paths(spec)
    direct = [path for place in named for path in below(place, out)]
    if not direct and _goes_down(spec, output):
        return ("",)
    templated = any("{{" in place.text for place in named)
    return tuple(direct) if direct or not templated else below(Place(spec.document, ("spec", "generators")), out)


def _goes_down(spec: Place, output: Output) -> bool:
    """Whether it names a folder around the output and applies what is in its folders.

    Flux does so wherever it finds no Kustomization file, Argo CD where ``directory.recurse`` says so.
    """
    recursed = [one for one in argo_sources(spec) if one.inside("directory", "recurse").value is True]
    named = {path for source in recursed for path in named_paths(source.inside("path"))}
    if any(end in output.above for path in named for end in endings(path)):
        return True
    is_flux = (spec.document.api_version or "").startswith("kustomize.toolkit.fluxcd.io/")
    flux = named_paths(spec.inside("path")) if spec.inside("path").text or not is_flux else (".",)
    return any(end in output.open for path in flux for end in endings(path))


def below(place: Place, out: str) -> tuple[str, ...]:
    """What the texts within name below the output folder: ``gpu-a`` of ``rendered/gpu-a``; templates are ``*``."""
    parts = (f"/{path}/".partition(f"/{out}/") for path in named_paths(place))
    return tuple(sorted({rest.strip("/") for _, found, rest in parts if found}))


def named_paths(place: Place) -> Iterator[str]:
    """Every text within, as a path."""
    for text in place.texts():
        if 0 < len(text.text) < _LONGEST:
            yield normpath(_TEMPLATE.sub("*", text.text.strip()))


def endings(path: str) -> Iterator[str]:
    """``b/c`` and ``c`` of ``a/b/c``, and itself: settings count from the repository, of which less may be read."""
    parts = path.split("/")
    return ("/".join(parts[index:]) for index in range(len(parts)))
