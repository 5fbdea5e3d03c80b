"""Writes small workbooks, .xlsx and .ods, for tests of what reads them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_PLAIN, _DATE, _MOMENT, _TIME = range(4)


class Failed(str):
    """A cell whose formula failed, such as `#DIV/0!`."""


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    *,
    merged: Sequence[str] = (),
    hidden: Sequence[str] = (),
) -> bytes:
    """Sheets of rows of cells: text, numbers, booleans, dates, times, `Failed`, None.

    merged: ranges of the first sheet, such as `A1:C1`.
    """
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(sheets, hidden),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
            + [("styles", "styles.xml")]
        ),
        "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}"><cellXfs count="4"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="21"/></cellXfs></styleSheet>',
    }
    for number, rows in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows, merged if number == 1 else ())
    return _zipped(parts)


def ods(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Sheets of rows of text."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f'{_HEAD}<office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" '
        f'xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'{_HEAD}<manifest:manifest xmlns:manifest="{office}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return _zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def _ods_cell(value: str) -> str:
    text = f"<text:p>{escape(value)}</text:p>" if value else ""
    return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'


def _zipped(parts: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _content_types(sheets: int) -> str:
    kinds = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
    kinds |= {f"/xl/worksheets/sheet{n}.xml": "worksheet" for n in range(1, sheets + 1)}
    said = "".join(
        f'<Override PartName="{part}" ContentType="{_TYPE}.{kind}+xml"/>' for part, kind in kinds.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{said}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    said = "".join(
        f'<Relationship Id="r{n}" Type="{_DOC}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{said}</Relationships>'


def _book(sheets: Mapping[str, Any], hidden: Sequence[str]) -> str:
    state = dict.fromkeys(hidden, ' state="hidden"')
    said = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}"{state.get(name, "")}/>'
        for n, name in enumerate(sheets, start=1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets>{said}</sheets></workbook>'


def _sheet(rows: Sequence[Sequence[Any]], merged: Sequence[str]) -> str:
    lines = "".join(
        f'<row r="{at}">' + "".join(_cell(f"{_letters(i)}{at}", v) for i, v in enumerate(row)) + "</row>"
        for at, row in enumerate(rows, start=1)
    )
    ranges = "".join(f'<mergeCell ref="{r}"/>' for r in merged)
    ranges = f'<mergeCells count="{len(merged)}">{ranges}</mergeCells>' if merged else ""
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData>{ranges}</worksheet>'


def _cell(place: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Failed):
        return f'<c r="{place}" t="e"><f>1/0</f><v>{value}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    style, number = _PLAIN, value
    if isinstance(value, datetime):
        style, number = _MOMENT, (value - datetime(1899, 12, 30)).total_seconds() / 86_400
    elif isinstance(value, date):
        style, number = _DATE, (value - date(1899, 12, 30)).days
    elif isinstance(value, time):
        style, number = _TIME, (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
    return f'<c r="{place}" s="{style}"><v>{number!r}</v></c>'


def _letters(at: int) -> str:
    text = ""
    at += 1
    while at:
        at, left = divmod(at - 1, 26)
        text = chr(65 + left) + text
    return text
