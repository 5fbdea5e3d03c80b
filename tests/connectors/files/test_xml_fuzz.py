"""Random trees against a slow reader that holds the whole document, and random bytes against everything."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_ingest.connectors.files.xml_stream import MAX_DEPTH
from dagster_ingest.errors import DataError

RECORD = {
    "elements": ["R", "Q"],
    "apart": ["T"],
    "nested": ["N", "M"],
    "keys": {"Key": "./Key", "Up": "R|T/Key", "Kind": "R|Q", "Stamp": "./@d", "Me": "."},
}
NAMES = st.sampled_from(["R", "Q", "T", "N", "M", "Key", "a", "b", "Up", "d"])
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    max_size=6,
)
ATTRIBUTES = st.dictionaries(st.sampled_from(["Key", "d", "a", "x", "Up"]), TEXTS, max_size=2)


def elements(depth: int) -> st.SearchStrategy[ET.Element]:
    children = st.lists(elements(depth - 1), max_size=4) if depth else st.just([])
    return st.builds(_element, NAMES, ATTRIBUTES, TEXTS, children)


def _element(name: str, attributes: dict, text: str, children: list[ET.Element]) -> ET.Element:
    made = ET.Element(name, attributes)
    made.text = text
    made.extend(children)
    return made


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(children=st.lists(elements(3), max_size=5), size=st.sampled_from([1, 3, 5_000]))
def test_random_trees_are_read_as_a_slow_reader_reads_them(new_drops, children, size):
    root = _element("Source", {}, "", children)
    drops = new_drops()
    drops.put("a.xml", ET.tostring(root, encoding="utf-8"))

    found = drops.read(pattern="*.xml", record=RECORD)

    fast = {
        number: {name: cell for name, cell in zip(found.columns, row, strict=True) if cell is not None}
        for number, row in zip(found.numbers, found.rows, strict=True)
    }
    assert fast == dict(enumerate(slow_rows(root), 1))
    assert found.completeness.complete


@settings(max_examples=150, deadline=None)
@given(
    document=st.one_of(st.binary(max_size=200), st.text(alphabet="<>/&;!-[]?= \"'aRKey1é\n", max_size=120))
)
def test_whatever_comes_is_read_or_refused_with_a_reason(new_drops, document):
    drops = new_drops()
    drops.put("a.xml", document)

    found = read_or_refused(drops)

    if isinstance(found, DataError):
        assert found.problem
        assert found.fix
        assert found.rule.startswith("file|")
    else:
        assert found.completeness.complete


@settings(max_examples=20, deadline=None)
@given(depth=st.integers(1, 200), width=st.integers(1, 50))
def test_nesting_is_read_to_a_limit(new_drops, depth, width):
    drops = new_drops()
    drops.put("a.xml", "<l>" + ("<R>" * depth + "</R>" * depth) * width + "</l>")

    found = read_or_refused(drops)

    if depth < MAX_DEPTH:
        assert len(found.rows) == depth * width
    else:
        assert found.rule == "file|depth"


def read_or_refused(drops):
    try:
        return drops.read(pattern="*.xml", record=RECORD)
    except DataError as error:
        return error


# The slow reader ------------------------------------------------------------------------------------------


def slow_rows(root: ET.Element) -> list[dict[str, str]]:
    """Records in the order of their starts, with their filled cells."""
    rows: list[dict[str, str]] = []

    def visit(element: ET.Element, around: list[ET.Element]) -> None:
        if element.tag in RECORD["elements"]:
            rows.append(slow_row(element, around))
        for child in element:
            visit(child, [*around, element])

    visit(root, [])
    return rows


def slow_row(element: ET.Element, around: list[ET.Element]) -> dict[str, str]:
    row: dict[str, Any] = {"Me": element.tag}
    near = [e for e in around if e.tag in ("R", "T")]
    if near:
        keys = [child.text or "" for child in near[-1] if child.tag == "Key"]
        row["Up"] = keys[0] if keys else near[-1].attrib.get("Key")
    kinds = [e.tag for e in around if e.tag in ("R", "Q")]
    row["Kind"] = kinds[-1] if kinds else None
    taken = {"Up", "Kind", "Me"}
    for name, text in element.attrib.items():
        heading = "Stamp" if name == "d" else name
        row[f"@{name}" if heading in taken else heading] = text
    lists: dict[str, list] = {}
    for child in element:
        if child.tag in ("R", "Q", "T"):
            continue
        item = slow_value(child)
        if child.tag in RECORD["nested"]:
            lists.setdefault(child.tag, []).append(item)
            continue
        heading = "Stamp" if child.tag == "d" else child.tag
        if child.tag in element.attrib or heading in taken:
            heading = f"{child.tag} (element)"
        if heading in row:
            lists.setdefault(f"{child.tag} (more)", []).append(item)
        elif isinstance(item, str):
            row[heading] = item
        elif all(key[0] in "@#" for key in item):
            row[heading] = item.get("#text", "")
            row |= {heading + key: text for key, text in item.items() if key[0] == "@"}
        else:
            row[heading] = slow_json(item)
    if (element.text or "").strip():
        row["#text"] = element.text
    row |= {name: slow_json(items) for name, items in lists.items()}
    return {name: cell for name, cell in row.items() if cell is not None}


def slow_value(element: ET.Element) -> Any:
    """Elements that are rows are no part of another's content."""
    children = [child for child in element if child.tag not in RECORD["elements"]]
    if not element.attrib and not children:
        return element.text or ""
    value: dict[str, Any] = {f"@{name}": text for name, text in element.attrib.items()}
    names = [child.tag for child in children]
    for name in dict.fromkeys(names):
        items = [slow_value(child) for child in children if child.tag == name]
        value[name] = items if len(items) > 1 else items[0]
    text = element.text or ""
    if text.strip() or (text and not children):
        value["#text"] = text
    return value


def slow_json(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
