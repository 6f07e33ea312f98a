"""From bytes to text: size, encoding and characters, before any YAML is parsed.

Codes: JT102 (not UTF-8), JT103 (byte-order mark), JT104 (control characters), JT106 (file too large).
"""

import codecs
import re

from jobtree.base.diagnostic import Diagnostic, Location, error
from jobtree.load.limits import Limits
from jobtree.load.source import Source

_MOST_CHARACTERS_REPORTED = 20
_BREAK = re.compile(r"\r\n|\r|\n")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""C0 but tab and line feeds, DEL, C1 (with NEL), Unicode line breaks (YAML 1.1 breaks lines there, 1.2 does not)."""


def place(text: str, offset: int, path: str) -> Location:
    """The line and column, from 1 and in code points, of an offset in the text."""
    line, start = 1, 0
    for found in _BREAK.finditer(text, 0, offset):
        line, start = line + 1, found.end()
    return Location(path, line, offset - start + 1)


def decode_text(source: Source, limits: Limits) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of a source, or None with the findings that make it unreadable."""
    if len(source.data) > limits.size:
        notes = (f"{len(source.data)} bytes > {limits.size} bytes ({limits.mebibytes} MiB)",)
        return None, (error("JT106", "the file is too large", Location(source.path), notes=notes, help="split it"),)
    data, findings = source.data, []
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None, (_not_utf8(source.path, Location(source.path), "it looks like UTF-16"),)
    if data.startswith(codecs.BOM_UTF8):
        findings.append(
            error("JT103", "the file starts with a byte-order mark", Location(source.path), help="save it without one")
        )
        data = data[len(codecs.BOM_UTF8) :]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        where = place(data[: fault.start].decode("utf-8"), len(data[: fault.start].decode("utf-8")), source.path)
        return None, (*findings, _not_utf8(source.path, where, f"byte 0x{data[fault.start]:02x}: {fault.reason}"))
    findings.extend(_forbidden_characters(text, source.path))
    return (None if findings else text), tuple(findings)


def _not_utf8(path: str, where: Location, why: str) -> Diagnostic:
    return error("JT102", "the file is not UTF-8", where, notes=(why,), help=f"save {path} as UTF-8")


def _forbidden_characters(text: str, path: str) -> list[Diagnostic]:
    findings = []
    for found in _FORBIDDEN.finditer(text):
        message = f"control character U+{ord(found[0]):04X}"
        findings.append(
            error("JT104", message, place(text, found.start(), path), help="remove it, or write an escape in quotes")
        )
        if len(findings) == _MOST_CHARACTERS_REPORTED:
            break
    return findings
