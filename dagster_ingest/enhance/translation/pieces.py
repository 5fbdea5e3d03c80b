"""What in a text is no language: tags, links, addresses, telephone numbers, placeholders."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["tag", "link", "email", "placeholder", "phone", "line", "text"]

_URL_SIGN = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
_LONGEST = 4_000  # characters in a comment or a script; what is longer is taken as tags and words
_PIECES = re.compile(
    # a comment, or an element whose content is no text; any other tag. What is not closed costs no more than
    # the bound: else each opening would look for its end in all of the rest.
    rf"(?P<tag><!--.{{0,{_LONGEST}}}?-->"
    rf"|<(?P<raw>script|style|code|pre)\b[^<>]*>.{{0,{_LONGEST}}}?</(?P=raw)\s{{0,9}}>"
    r"|</?[A-Za-z][^<>]*>|<![^<>]*>)"
    rf"|(?P<link>(?:https?|ftp)://{_URL_SIGN}+|(?<![A-Za-z0-9@.])www\.{_URL_SIGN}+)"
    rf"|(?P<email>(?<![A-Za-z0-9._%+-])(?:mailto:)?[A-Za-z0-9._%+-]+@{_DOMAIN}[A-Za-z]{{2,24}}(?![A-Za-z0-9]))"
    rf"|(?P<domain>(?<![A-Za-z0-9@.-]){_DOMAIN}(?:org|com|net|gov|edu|us|info|io)"
    rf"(?![A-Za-z0-9-])(?:/{_URL_SIGN}*)?)"
    r"|(?P<placeholder>\{\{[^{}\n]{0,80}\}\}|\$?\{[^{}\n]{0,80}\}|\[\[[^\[\]\n]{0,80}\]\]"
    r"|%\([A-Za-z_]\w{0,40}\)[sd]|%[sd](?![A-Za-z]))"
    r"|(?P<phone>(?<![A-Za-z0-9])(?:"
    r"\+\d[\d(). -]{6,18}\d"
    r"|(?:1[-. ]?)?(?:\(\d{3}\)[-. ]?|\d{3}[-. ])\d{3}[-. ]\d{4}"
    r"|1?-?8(?:00|33|44|55|66|77|88)-[A-Z0-9](?:-?[A-Z0-9]){6,9}"
    r"|\d{3}-\d{4}"
    r"|\d-\d-\d(?!-?\d)"
    r")(?:,? ?(?:x|ext\.?|extension) ?\d{1,6})?(?![A-Za-z0-9]))"
    r"|(?P<line>(?:(?<![ \t])[ \t]+)?(?:\r?\n[ \t]*)+)",
    re.DOTALL | re.IGNORECASE,
)
_CLOSERS = {")": "(", "]": "["}
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")


class Piece(NamedTuple):
    kind: Kind
    text: str


def pieces(text: str) -> Iterator[Piece]:
    """The text in parts; put together they are the text."""
    start = 0
    for match in _PIECES.finditer(text):
        kind = "link" if match.lastgroup == "domain" else "tag" if match["tag"] else match.lastgroup
        found = match[0]
        if kind == "link":
            found = _without_end(found)
        begin = match.start()
        if begin > start:
            yield Piece("text", text[start:begin])
        yield Piece(kind, found)  # type: ignore[arg-type]
        start = begin + len(found)
    if start < len(text):
        yield Piece("text", text[start:])


def has_entities(text: str) -> bool:
    """Whether signs such as & stand in it as HTML has them."""
    return any(html.unescape(found[0]) != found[0] for found in _ENTITY.finditer(text))


def _without_end(link: str) -> str:
    """Without the punctuation of the sentence around it."""
    while link:
        last = link[-1]
        if last in ".,;:!?'*" or (last in _CLOSERS and link.count(last) > link.count(_CLOSERS[last])):
            link = link[:-1]
        else:
            break
    return link
