"""Writes JSON in the many forms that clients send: spacing, escapes, number literals, repeated members, and broken text."""

import json


class Raw:
    """A literal that Python's values cannot carry: 1E3, -0, 1e400, NaN."""

    def __init__(self, text):
        self.text = text


class Pairs:
    """An object whose members may repeat."""

    def __init__(self, items):
        self.items = items


def write(value, rng):
    """The value as JSON, in a form that the generator `rng` chooses."""
    style = rng.choice(("compact", "compact", "spaced", "indented", "odd"))
    ascii_only = rng.random() < 0.4
    return _write(value, rng, style, ascii_only, 0)


def _gap(rng, style, depth):
    if style == "indented":
        return "\n" + "  " * depth
    if style == "odd":
        return rng.choice(("", " ", "\t", "\r\n", "  \n"))
    return ""


def _write(value, rng, style, ascii_only, depth):
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        value = Pairs(list(value.items()))
    if isinstance(value, Pairs):
        return _write_items(
            "{}",
            [
                _text(key, rng, ascii_only) + _colon(rng, style) + _write(item, rng, style, ascii_only, depth + 1)
                for key, item in value.items
            ],
            rng,
            style,
            depth,
        )
    if isinstance(value, list):
        return _write_items("[]", [_write(item, rng, style, ascii_only, depth + 1) for item in value], rng, style, depth)
    return _text(value, rng, ascii_only) if isinstance(value, str) else json.dumps(value)


def _colon(rng, style):
    return ":" if style == "compact" else rng.choice((": ", ":", " : ")) if style == "odd" else ": "


def _write_items(brackets, parts, rng, style, depth):
    if not parts:
        return brackets
    separator = ", " if style == "spaced" else ","
    inner = separator.join(_gap(rng, style, depth + 1) + part for part in parts)
    return brackets[0] + inner + _gap(rng, style, depth) + brackets[1]


def _text(text, rng, ascii_only):
    written = json.dumps(text, ensure_ascii=ascii_only)
    return written.replace("/", "\\/") if rng.random() < 0.1 else written


JUNK = (
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "'",
    "-",
    "0",
    "1.",
    ".5",
    "e",
    "+1",
    "tru",
    "nul",
    "NaN",
    "Infinity",
    "-Infinity",
    "\\u12",
    "\\x",
    "\n",
    "\t",
    "\x01",
    "//",
    "é",
    "😀",
    "\ufeff",
    "\\ud83d",
    "\\udc00",
    "\u2028",
    "\x0b",
)


def broken(text, rng):
    """The text with one to three edits; it may still be JSON."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at = rng.randint(0, len(text))
        edit = rng.randrange(5)
        if edit == 0:
            text = text[:at]
        elif edit == 1:
            text = text[:at] + text[at + 1 :]
        elif edit == 2:
            text = text[:at] + rng.choice(JUNK) + text[at:]
        elif edit == 3:
            text = text[:at] + rng.choice(JUNK) + text[at + rng.randint(1, 4) :]
        else:
            text = text + rng.choice(JUNK)
    return text
