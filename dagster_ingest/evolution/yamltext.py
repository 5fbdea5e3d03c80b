"""YAML as people write it: short flow mappings, blocks, comments that break at a sensible width."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import yaml

WIDTH = 106


# What no version of YAML reads as anything but text; whatever else there is stands in quotes.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ./%+-]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, and quotes what a reader of another version could take for a number."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    quote = "'" if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else quote)


_Dumper.add_representer(str, _text)


def flow(value: Any) -> str:
    """A value on one line."""
    plain = repr(value).isprintable() and "\\" not in repr(
        value
    )  # else escaped, so that it stays on its line
    text = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, allow_unicode=plain, width=10**9
    )
    return text.removesuffix("\n").removesuffix("\n...")


def block(value: Any, indent: int = 0) -> list[str]:
    """A value as lines: mappings and lists in blocks, what holds no further level on one line."""
    pad = " " * indent
    if isinstance(value, dict) and value:
        lines = []
        for key, part in value.items():
            if _is_flat(part):
                lines.append(f"{pad}{flow(key)}: {flow(part)}")
            else:
                lines += [f"{pad}{flow(key)}:", *block(part, indent + 2)]
        return lines
    if isinstance(value, list) and value:
        lines = []
        for part in value:
            if _is_flat(part):
                lines.append(f"{pad}- {flow(part)}")
                continue
            first, *others = block(part, indent + 2)
            lines += [f"{pad}- {first.lstrip()}", *others]
        return lines
    return [pad + flow(value)]


def comment(text: str, indent: int = 0) -> list[str]:
    """Lines that start with `#`, whatever is in the text."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    pad = " " * indent + "# "
    return textwrap.wrap(plain, WIDTH, initial_indent=pad, subsequent_indent=pad, break_long_words=False) or [
        pad.rstrip()
    ]


def _is_flat(value: Any) -> bool:
    """Whether it reads well on one line."""
    if isinstance(value, dict):
        return all(not isinstance(v, dict | list) for v in value.values()) and len(flow(value)) <= 70
    if isinstance(value, list):
        return len(flow(value)) <= 85
    return True
