"""Keys that a record takes from the elements around it."""

from __future__ import annotations

from collections.abc import Mapping

from dagster_ingest.connectors.files.xml_settings import XmlRecord
from dagster_ingest.connectors.files.xml_stream import local

# (number of the element around, name of its child): the child's text where it came after the record.
Late = dict[tuple[int, str], str]


class Around:
    """An open element that keys are taken from. `asked`: children that a record wanted too early."""

    __slots__ = ("asked", "attributes", "children", "name", "number")

    def __init__(self, name: str, number: int, attributes: Mapping[str, str]) -> None:
        self.name, self.number, self.attributes = name, number, attributes
        self.children: dict[str, str] = {}
        self.asked: set[str] = set()


class Keys:
    """Told of every element's start and end. `late` is filled by a first pass and used by a second."""

    def __init__(self, record: XmlRecord, late: Late | None = None) -> None:
        around = {heading: path for heading, path in record.keys.items() if path[:2] != "./"}
        paths = [(heading, *path.partition("/")[::2]) for heading, path in around.items()]
        self._paths = [(heading, frozenset(name.split("|")), part) for heading, name, part in paths]
        self._around = frozenset(name for _, names, _ in self._paths for name in names)
        self._children = frozenset(part for _, _, part in self._paths if part and part[0] != "@")
        self.late: Late = {} if late is None else late
        self._stack: list[Around | None] = []
        self._count = 0

    def wanted(self, name: str) -> bool:
        """Whether the text of the element that starts now may be a key."""
        return name in self._children and bool(self._stack) and self._stack[-1] is not None

    def start(self, name: str, attrs: Mapping[str, str]) -> None:
        around = None
        if name in self._around:
            self._count += 1
            around = Around(name, self._count, {local(k): v for k, v in attrs.items()})
        self._stack.append(around)

    def skip(self) -> None:
        """An element ends that was neither a record nor a key."""
        self._stack.pop()

    def end(self, name: str, text: str | None, of_record: bool) -> dict[str, str | None]:
        """The keys of a record that ends."""
        self._stack.pop()
        parent = self._stack[-1] if self._stack else None
        if parent is not None and text is not None and name in self._children:
            if name not in parent.children and name in parent.asked:
                self.late[parent.number, name] = text
            parent.children.setdefault(name, text)
        return {h: self._key(name, names, part) for h, names, part in self._paths} if of_record else {}

    def _key(self, name: str, names: frozenset[str], part: str) -> str | None:
        if "." in names:
            return name
        around = next((a for a in reversed(self._stack) if a is not None and a.name in names), None)
        if around is None or not part:
            return around.name if around else None
        if part[0] == "@":
            return around.attributes.get(part[1:])
        if part in around.children:
            return around.children[part]
        around.asked.add(part)
        return self.late.get((around.number, part), around.attributes.get(part))
