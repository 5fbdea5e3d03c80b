"""Lines and columns in a YAML text, by PyYAML's nodes and events. Used when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Position = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Finding:
    problem: str
    line: int
    column: int
    fix: str


class Positions:
    """Where the parts of a document stand. A text that PyYAML cannot read has no positions."""

    def __init__(self, text: str) -> None:
        import yaml

        try:
            self._root = yaml.compose(text, Loader=_loader())
        except (yaml.YAMLError, RecursionError):
            self._root = None
        self._children: dict[int, dict[Any, tuple[Any, Any]]] = {}

    def of(self, loc: Sequence[str | int], *, on_key: bool = False) -> Position:
        """1-based (line, column) of the value at `loc`, or of its key.

        Steps that name no key (the tag of a union, say) are passed over; where the path ends early,
        the position is that of the last part found.
        """
        node, key = self._root, None
        for step in loc:
            found = self._below(node).get(step)
            if found is not None:
                key, node = found
        if node is None:
            return None, None
        mark = key.start_mark if key is not None and (on_key or _opens_below(key, node)) else node.start_mark
        return mark.line + 1, mark.column + 1

    def _below(self, node: Any) -> dict[Any, tuple[Any, Any]]:
        """Key or index to (node of the key, node of the value)."""
        if id(node) not in self._children:
            self._children[id(node)] = _children(node)
        return self._children[id(node)]

    def line(self, *loc: str | int) -> int | None:
        """The line of the key at `loc`."""
        return self.of(loc, on_key=True)[0]


def duplicate_keys(text: str) -> list[tuple[str, int, int, int]]:
    """(key, line of the first, line, column) of every key that stands twice in its mapping."""
    import yaml

    found: list[tuple[str, int, int, int]] = []
    for node in _nodes(Positions(text)._root):
        if not isinstance(node, yaml.MappingNode):
            continue
        seen: dict[str, int] = {}
        for key, _ in node.value:
            name = str(key.value)  # of a scalar; other keys are refused later
            if name in seen:
                found.append((name, seen[name], key.start_mark.line + 1, key.start_mark.column + 1))
            else:
                seen[name] = key.start_mark.line + 1
    return found


def check_events(text: str, max_depth: int) -> list[Finding]:
    """Tags, nesting beyond `max_depth` and aliases inside their own anchor. Never recurses."""
    import yaml

    found: list[Finding] = []
    open_anchors: list[str | None] = []
    try:
        events: Iterator[Any] = yaml.parse(text, Loader=_loader())
        for event in events:
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if getattr(event, "tag", None) not in (None, "!"):
                fix = "remove the tag; spec files hold plain values"
                found.append(Finding(f"YAML tags are not allowed: {event.tag!r}", line, column, fix))
            if isinstance(event, yaml.AliasEvent) and event.anchor in open_anchors:
                fix = "write the value out"
                found.append(Finding(f"the alias {event.anchor!r} holds itself", line, column, fix))
            if isinstance(event, yaml.CollectionStartEvent):
                open_anchors.append(event.anchor)
                if len(open_anchors) > max_depth:
                    fix = "spec files are flat; check the indentation"
                    return [
                        *found,
                        Finding(f"nested deeper than {max_depth} levels", line, column, fix),
                    ]
            elif isinstance(event, yaml.CollectionEndEvent):
                open_anchors.pop()
    except yaml.YAMLError as error:
        if not found:
            mark = getattr(error, "problem_mark", None)
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            reason = getattr(error, "problem", None) or "cannot be read"
            found.append(Finding(f"not valid YAML: {reason}", line, column, "mend the syntax"))
    return found


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _children(node: Any) -> dict[Any, tuple[Any, Any]]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return {key.value: (key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    if isinstance(node, yaml.SequenceNode):
        return {index: (value, value) for index, value in enumerate(node.value)}
    return {}


def _opens_below(key: Any, node: Any) -> bool:
    """A block collection starts on the line after its key; people look for the key."""
    return node.start_mark.line > key.start_mark.line


def _nodes(root: Any) -> Iterator[Any]:
    import yaml

    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            stack.extend(part for pair in reversed(node.value) for part in reversed(pair))
        elif isinstance(node, yaml.SequenceNode):
            stack.extend(reversed(node.value))
