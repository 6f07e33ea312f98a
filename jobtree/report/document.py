"""The page as HTML: one file, nothing to fetch, and a policy that lets only its own script and style act."""

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass

from jobtree.base.plain import plain
from jobtree.report.page_data import PageData, data_object
from jobtree.report.scripts import one_script

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
_TEMPLATE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<noscript><p class="notice">This page draws its charts with a script of its own, and scripts are off. \
<code>jobtree explain</code> and <code>plan.json</code> say the same in text.</p></noscript>
<div id="page"></div>
<script type="application/json" id="data">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """The style sheet, and the modules by file name, as ``page/`` has them."""

    style: str
    scripts: Mapping[str, str]


def document(data: PageData, assets: Assets) -> bytes:
    """The whole file. Equal arguments give equal bytes."""
    script = one_script(assets.scripts)
    page = _TEMPLATE.format(
        policy=html.escape(policy_of(script, assets.style)),
        title=html.escape(plain(f"{data.head['fleet']} - jobtree report")),
        style=assets.style,
        data=inert_json(data_object(data)),
        script=script,
    )
    return page.encode("utf-8")


def policy_of(script: str, style: str) -> str:
    """The content security policy: this script, this style, images from ``data:``, and nothing else."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def inert_json(value: object) -> str:
    """JSON in ASCII, without a character that could end its script element."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for character, escaped in _ESCAPES.items():
        text = text.replace(character, escaped)
    return text


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
