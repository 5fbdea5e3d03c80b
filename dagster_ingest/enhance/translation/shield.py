"""A text as a translator gets it: HTML in which everything that must come back is marked, and the way back.

`Call (563) 555-0101 or see <b>our site</b>` is sent as
`Call <span class="notranslate" id="p0">(563) 555-0101</span> or see <b id="p1">our site</b>`. All providers
keep the ids of tags. What they make of a marked piece does not matter: it is put back by its id, and a
translation that lacks one, has one twice, or has a link, a tag or a number of its own is not used.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from typing import Literal, NamedTuple

from dagster_ingest.enhance.translation.glossary import Glossary
from dagster_ingest.enhance.translation.pieces import Piece, has_entities, pieces

_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)[^<>]*?(?P<empty>/?)>")
_EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
# Sent by their own names, for translators tell sentences by them.
_KNOWN = {
    "a", "b", "blockquote", "big", "center", "dd", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4",
    "h5", "h6", "i", "li", "ol", "p", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td",
    "th", "thead", "tr", "u", "ul",
}  # fmt: skip


class Mark(NamedTuple):
    """A marked piece. kept: stands for itself, whatever is inside. pair: a tag around text. point: between.
    first, last: its text, or its two tags. before, after: whether white space is there in the source."""

    kind: Literal["kept", "pair", "point"]
    first: str
    last: str = ""
    before: bool = False
    after: bool = False


@dataclass(frozen=True, slots=True)
class Shielded:
    """markup: what is sent; None if nothing in it is to be translated.
    plain: the text without sending it, terms of the glossary in their places.
    settled: plain is the translation; the glossary has all of it.
    glossary: digest of the terms and names in it; None without any.
    loose: what looks like a piece within words that are sent as words."""

    markup: str | None
    plain: str
    settled: bool
    glossary: str | None
    marks: tuple[Mark, ...]
    html: bool
    loose: frozenset[str]

    def restore(self, answer: str) -> str | None:
        """The translation, or None if it cannot be trusted."""
        reader = _Reader(self)
        try:
            reader.feed(answer)
            reader.close()
            return reader.result()
        except (_Broken, AssertionError):  # what the parser says of `<![x[`
            return None


def shield(text: str, glossary: Glossary) -> Shielded:
    parts = _parts(text)
    writer = _Writer(parts, has_entities(text) or any(kind == "tag" for kind, _ in parts))
    for kind, part in parts:
        if kind == "text":
            words = html.unescape(part) if writer.html else part
            done = 0
            for start, end, said in glossary.find(words):
                writer.words(words[done:start])
                writer.term(words[start:end], said)
                done = end
            writer.words(words[done:])
        elif kind == "tag":
            writer.tag(part)
        elif kind == "line":
            writer.point(part)
        else:
            writer.kept(part)
    return writer.done()


@lru_cache(maxsize=64)
def _parts(text: str) -> tuple[Piece, ...]:
    """Kept for a moment: a text is shielded for one locale after the other."""
    return tuple(pieces(text))


class _Writer:
    def __init__(self, parts: tuple[Piece, ...], html: bool) -> None:
        self.html = html
        self._out: list[str] = []
        self._plain: list[str] = []
        self._marks: list[Mark] = []
        self._terms: set[tuple[str, str]] = set()
        self._loose: set[str] = set()
        self._speaks = False
        self._pairs = _pairs([part for kind, part in parts if kind == "tag"])
        self._closing: dict[int, tuple[int, str]] = {}  # number of the closing tag to its mark and name
        self._tags = 0

    def words(self, text: str) -> None:
        if not text:
            return
        self._speaks = self._speaks or any(sign.isalpha() for sign in text)
        self._loose |= {part for kind, part in pieces(text) if kind != "text"}
        if text[0].isspace() and self._out and self._out[-1].endswith("</span>"):
            self._marks[-1] = self._marks[-1]._replace(after=True)
        self._out.append(html.escape(text, quote=False))
        self._plain.append(html.escape(text, quote=False) if self.html else text)

    def term(self, found: str, said: str) -> None:
        self._terms.add((found, said))
        self._keep(html.escape(said, quote=False) if self.html else said, said)

    def kept(self, text: str) -> None:
        self._keep(text, html.unescape(text) if self.html else text)

    def point(self, text: str) -> None:
        self._out.append(f'<br id="p{len(self._marks)}">')
        self._mark(Mark("point", text))

    def tag(self, text: str) -> None:
        number, self._tags = self._tags, self._tags + 1
        if number in self._closing:
            mark, name = self._closing[number]
            self._marks[mark] = self._marks[mark]._replace(last=text)
            self._out.append(f"</{name}>")
            self._plain.append(text)
        elif number in self._pairs:
            name = _name(text)
            name = name if name in _KNOWN else "span"
            self._closing[self._pairs[number]] = (len(self._marks), name)
            self._out.append(f'<{name} id="p{len(self._marks)}">')
            self._mark(Mark("pair", text))
        else:
            self.point(text)

    def done(self) -> Shielded:
        digest = None
        if self._terms:
            listed = json.dumps(sorted(self._terms)).encode()
            digest = hashlib.blake2b(listed, digest_size=8).hexdigest()
        return Shielded(
            "".join(self._out) if self._speaks else None,
            "".join(self._plain),
            not self._speaks and any(found != said for found, said in self._terms),
            digest,
            tuple(self._marks),
            self.html,
            frozenset(self._loose),
        )

    def _keep(self, text: str, sent: str) -> None:
        before = bool(self._plain) and self._plain[-1][-1:].isspace()
        shown = html.escape(sent, quote=False)
        self._out.append(f'<span class="notranslate" id="p{len(self._marks)}">{shown}</span>')
        self._mark(Mark("kept", text, before=before))

    def _mark(self, mark: Mark) -> None:
        self._marks.append(mark)
        self._plain.append(mark.first)


def _name(tag: str) -> str:
    match = _TAG.fullmatch(tag)
    return match["name"].lower() if match else ""


def _pairs(tags: list[str]) -> dict[int, int]:
    """Number of an opening tag to that of its closing one, for those that are nested as they should be."""
    found: dict[int, int] = {}
    waiting: list[tuple[int, str]] = []
    for number, tag in enumerate(tags):
        match = _TAG.fullmatch(tag)
        if match is None or match["empty"] or match["name"].lower() in _EMPTY:
            continue
        name = match["name"].lower()
        if not match["close"]:
            waiting.append((number, name))
        elif any(name == other for _, other in waiting):
            while waiting[-1][1] != name:
                waiting.pop()
            found[waiting.pop()[0]] = number
    return found


class _Broken(Exception):
    """The answer cannot be put back."""


class _Reader(HTMLParser):
    """An answer with the marked pieces in their places. Raises _Broken."""

    def __init__(self, sent: Shielded) -> None:
        super().__init__(convert_charrefs=True)
        self._sent, self._out = sent, [""]
        self._seen: set[int] = set()
        self._open: list[tuple[str, int]] = []
        self._inside: list[str] = []  # elements within a kept piece, its own being the first
        self._words: list[str] = []
        self._apart = False  # white space follows the last piece

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inside:
            self._inside += [] if tag in _EMPTY else [tag]
            return
        number = self._number(dict(attrs).get("id"))
        mark = self._sent.marks[number]
        self._flush()
        if mark.before and self._out[-1][-1:].isalnum():
            self._out.append(" ")
        self._out.append(mark.first)
        self._apart = mark.after
        if mark.kind == "kept" and tag not in _EMPTY:
            self._inside.append(tag)
        elif mark.kind == "pair":
            if tag in _EMPTY:
                raise _Broken
            self._open.append((tag, number))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            if tag in self._inside:
                while self._inside.pop() != tag:
                    pass
        elif tag not in _EMPTY:
            if not self._open or self._open[-1][0] != tag:
                raise _Broken
            self._flush()
            self._out.append(self._sent.marks[self._open.pop()[1]].last)

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self._words.append(data)

    def handle_comment(self, data: str) -> None:
        raise _Broken

    def handle_decl(self, decl: str) -> None:
        raise _Broken

    def handle_pi(self, data: str) -> None:
        raise _Broken

    def unknown_decl(self, data: str) -> None:
        raise _Broken

    def result(self) -> str | None:
        self._flush()
        whole = len(self._seen) == len(self._sent.marks) and not self._open and not self._inside
        text = "".join(self._out)
        return text if whole and text.strip() else None

    def _number(self, id: str | None) -> int:
        digits = id[1:] if id and id[0] == "p" else ""
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else -1
        if not 0 <= number < len(self._sent.marks) or number in self._seen:
            raise _Broken
        self._seen.add(number)
        return number

    def _flush(self) -> None:
        """The words since the last piece. A piece among them is one that was not sent."""
        text, self._words = "".join(self._words), []
        if any(kind not in ("text", "line") and part not in self._sent.loose for kind, part in pieces(text)):
            raise _Broken
        if self._apart and text[:1].isalnum():
            text = f" {text}"
        self._apart = False
        self._out.append(html.escape(text, quote=False) if self._sent.html else text)
