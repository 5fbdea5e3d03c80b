"""Texts that come from anywhere, made harmless for whatever shows them. Secrets are masked as everywhere."""

from __future__ import annotations

import re
import unicodedata

from dagster_ingest.redact import redact

_GAP = "\u200b"
# What Slack, Teams, Discord, Markdown and HTML would take for more than text, by what looks like it.
_LOOKALIKES = str.maketrans({"<": "‹", ">": "›", "`": "ˋ", "~": "∼"})
_STAR = re.compile(r"\*(?!\|)")  # a rule of a whole table is called `*|rule`
_MENTION = re.compile(r"(?<!\w)@(?=\w)|@(?=(?:here|channel|everyone|all|team)\b)", re.IGNORECASE)
_LINK = re.compile(r"\](?=[(\[:])|(?<=\w):(?=//)|(?<=\bwww)\.|(?<=mailto):(?=\S)", re.IGNORECASE)
_HEAD = re.compile(r"^(\s*)(#{1,6} |-{3,}|={3,})", re.MULTILINE)
# From the first quote of a line to its last: quotes within quotes are not told apart.
_QUOTED = re.compile(r"['\"`“‘].*['\"`”’]")
_ADDRESS = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_NUMBER = re.compile(r"\d(?:[\s().\-]?\d){5,}")


def plain(text: str) -> str:
    """Several lines, in which nothing mentions anybody, links anywhere, or is markup."""
    text = "\n".join(_visible(line) for line in redact(text).splitlines())
    text = _STAR.sub("∗", text.translate(_LOOKALIKES))
    text = _LINK.sub(lambda found: found[0] + _GAP, text)
    text = _MENTION.sub("@" + _GAP, text)
    return _HEAD.sub(rf"\1{_GAP}\2", text)


def one_line(text: str, longest: int) -> str:
    """Fit for a title or a header."""
    return cut(" ".join(plain(text).split()), longest)


def cut(text: str, longest: int, more: str = "…") -> str:
    """At most so many characters; `more` stands for what is left out."""
    if len(text) <= longest:
        return text
    return text[: max(longest - len(more), 0)].rstrip() + more[:longest]


def without_values(text: str) -> str:
    """An error's words without what it quotes, addresses and long numbers: those may be a person's."""
    return _NUMBER.sub("…", _ADDRESS.sub("…", _QUOTED.sub("'…'", text)))


def _visible(line: str) -> str:
    """Without control and direction signs, which hide what stands there or start a header."""
    line = line.replace("\t", "    ")
    return "".join(sign for sign in line if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
