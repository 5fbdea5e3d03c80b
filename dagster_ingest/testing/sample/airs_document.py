"""AIRS XML as it is written: an element tree a family, and the document around them, 3.1 or 3.0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

Version = Literal["3.1", "3.0"]
NAMESPACE = "http://www.airs.org/schema/3_1/AIRS.xsd"
_NEW_ELEMENTS = {"SocialMedia", "AgencyKey", "PaymentMethodAccepted", "GeneralEligibility"}
_NEW_ATTRIBUTES = {"Status", "delete", "deleteOccurredDate", "deleteEffective"}


@dataclass(slots=True)
class Element:
    """`text` of a leaf, or `children`."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def lines(self, depth: int = 1) -> Iterator[str]:
        indent = "  " * depth
        head = self.name + "".join(f" {name}={quoteattr(value)}" for name, value in self.attributes.items())
        if self.children:
            yield f"{indent}<{head}>\n"
            for child in self.children:
                yield from child.lines(depth + 1)
            yield f"{indent}</{self.name}>\n"
        elif self.text:
            yield f"{indent}<{head}>{escape(self.text)}</{self.name}>\n"
        else:
            yield f"{indent}<{head}/>\n"

    def count(self) -> dict[str, int]:
        """How many elements of each name there are, this one included."""
        found = {self.name: 1}
        for child in self.children:
            for name, number in child.count().items():
                found[name] = found.get(name, 0) + number
        return found


def el(name: str, *content: Element | str | None, **attributes: str | None) -> Element:
    """An element of texts or of elements; what is None is left out."""
    texts = [part for part in content if isinstance(part, str)]
    children = [part for part in content if isinstance(part, Element)]
    return Element(name, {k: v for k, v in attributes.items() if v is not None}, children, "".join(texts))


def leaf(name: str, text: str | None) -> Element | None:
    """An element with a text, or None where there is none."""
    return Element(name, text=text) if text else None


def in_3_0(element: Element) -> Element | None:
    """The element as 3.0 has it, which knows no status and no stamps: what is not active is excluded, and
    what is deleted, or a service out of use, is left out."""
    attributes = element.attributes
    if attributes.get("delete") == "true" or element.name in _NEW_ELEMENTS:
        return None
    idle = attributes.get("Status", "active") != "active"
    if idle and element.name == "SiteService":
        return None
    kept = {k: v for k, v in attributes.items() if k not in _NEW_ATTRIBUTES}
    if idle:
        kept["ExcludeFromWebsite"] = "true"
    children = [made for child in element.children if (made := in_3_0(child)) is not None]
    text = element.text.lstrip("+") if element.name in ("Latitude", "Longitude") else element.text
    return Element(element.name, kept, children, text)


def write_document(
    path: Path, head: Mapping[str, str], agencies: Iterable[Element], version: Version = "3.1"
) -> dict[str, int]:
    """Write a document under its name when it is complete. Counts of its elements by name.

    Agencies are written as they come, so that size is free.
    """
    counts: dict[str, int] = {}
    space = {"xmlns": NAMESPACE} if version == "3.1" else {}
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in (space | dict(head)).items())
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<Source{attributes}>\n')
            for agency in agencies:
                made = agency if version == "3.1" else in_3_0(agency)
                if made is None:
                    continue
                stream.writelines(made.lines())
                for name, number in made.count().items():
                    counts[name] = counts.get(name, 0) + number
            stream.write("</Source>\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return counts
