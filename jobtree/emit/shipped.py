"""Files that are shipped beside the code: JSON Schemas, policy bundles, and the pages of the codes."""

from pathlib import Path

import jobtree

_PACKAGE = Path(jobtree.__file__).parent
_IN_CHECKOUT = {"schemas": "schemas", "policies": "policies", "codes": "docs/codes"}


def shipped(name: str) -> Path:
    """The folder ``schemas``, ``policies`` or ``codes``.

    Within the package when it is installed, at its place in a checkout otherwise.
    """
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / _IN_CHECKOUT[name]
