"""Paths in settings: what they name below the output folder, and whose settings they are."""

import re
from collections.abc import Iterator
from posixpath import normpath

from jobtree.delivery.place import Place

_LONGEST = 4096
"""Characters of a path; a longer text is none."""

_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def argo_sources(spec: Place) -> tuple[Place, ...]:
    """``source`` of an Application, and each of its ``sources``."""
    return (spec.inside("source"), *spec.inside("sources").items())


def own_paths(spec: Place) -> tuple[Place, ...]:
    """The paths of an Application's sources, or that of a Flux Kustomization."""
    return (spec.inside("path"), *(source.inside("path") for source in argo_sources(spec)))


def delivered(spec: Place, out: str) -> tuple[str, ...]:
    """What it delivers, below the output folder: the empty text is all of it, and ``*`` stands for any folder.

    Where the path of an ApplicationSet's template is a template, what its generators give.
    """
    named = own_paths(spec)
    direct = [path for place in named for path in below(place, out)]
    templated = any("{{" in place.text for place in named)
    return tuple(direct) if direct or not templated else below(Place(spec.document, ("spec", "generators")), out)


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
