"""An XML element as a record, spelled as the `files` connector spells it without further settings."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element


def row(element: Element) -> dict[str, Any]:
    """Attributes and children by local name. A child of an attribute's name is `name (element)`; of
    several the first counts, the others are in `name (more)`; attributes of a plain child: `child@name`."""
    found: dict[str, Any] = {local(name): value for name, value in element.attrib.items()}
    attributes = set(found)
    for child in element:
        if not isinstance(child.tag, str):  # a comment
            continue
        name = local(child.tag)
        heading = f"{name} (element)" if name in attributes else name
        if heading in found:
            found.setdefault(f"{name} (more)", []).append(_value(child))
        elif len(child) or not child.attrib:
            found[heading] = _value(child)
        else:
            found[heading] = child.text or ""
            found.update({f"{heading}@{local(n)}": value for n, value in child.attrib.items()})
    if element.text and element.text.strip():
        found["#text"] = element.text
    return found


def _value(element: Element) -> Any:
    """Text where there is nothing else; else attributes as `@name`, children by name, text as `#text`."""
    text = element.text or ""
    if not len(element) and not element.attrib:
        return text
    found: dict[str, Any] = {f"@{local(name)}": value for name, value in element.attrib.items()}
    several: set[str] = set()
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = local(child.tag)
        if name in several:
            found[name].append(_value(child))
        elif name in found:
            found[name] = [found[name], _value(child)]
            several.add(name)
        else:
            found[name] = _value(child)
    if text.strip():
        found["#text"] = text
    return found


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]
