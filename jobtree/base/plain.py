"""Text of a repository on one line, harmless to whoever prints it."""

import unicodedata

_SILENT = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def plain(text: object) -> str:
    """The text on one line, with everything invisible or in control written out as a code point."""
    return "".join(map(_visible, str(text)))


def _visible(char: str) -> str:
    if char.isprintable() and unicodedata.category(char) not in _SILENT:
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
