"""The files of the site: values into templates. The edge to Jinja.

Each page holds its own style, script and data, and asks nobody for anything: a policy in its head
forbids the browser to, and to run any script but its own.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dagster_ingest.errors import IngestError
from dagster_ingest.naming import is_name
from dagster_ingest.observe.catalog.pooled import pooled
from dagster_ingest.observe.catalog.values import Catalog
from dagster_ingest.observe.cost.shown import amount, size
from dagster_ingest.observe.explain import span, when
from dagster_ingest.observe.report import charts, pages, svg
from dagster_ingest.observe.report.matrix import MEANS, SIGNS
from dagster_ingest.observe.report.values import Report

TEMPLATES = Path(__file__).parent / "templates"
MARK = "<!-- dagster-ingest report -->"
INDEX, CATALOG = "index.html", "catalog.html"


def page_of(tenant: str) -> str:
    """The file of a tenant's page. A name is `[a-z0-9_]`, so that it is safe as a path and an address."""
    if not is_name(tenant):
        raise IngestError(f"{tenant!r} cannot be a tenant's name", not_done="no report was written")
    return f"tenant-{tenant}.html"


def site(report: Report, catalog: Catalog | None = None) -> dict[str, str]:
    """File name to HTML."""
    shared = {"report": report, "catalog": catalog, "here": ""}
    found = {INDEX: _render("index", **shared, **pages.overview(report, page_of))}
    for tenant in report.tenants:
        name = page_of(tenant.name)
        found[name] = _render("tenant", **{**shared, "here": tenant.name}, **pages.of_tenant(report, tenant))
    if catalog is not None:
        data = as_data(pooled(catalog))
        found[CATALOG] = _render("catalog", **{**shared, "here": "catalog"}, data=data)
    return found


def write(folder: Path, pages_by_name: Mapping[str, str]) -> int:
    """Put the pages into `folder`, each at once; pages of tenants that are gone go too. Bytes written."""
    if folder.exists() and not folder.is_dir():
        raise IngestError(f"{folder} is a file", not_done="no report was written", fix="name a folder")
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for name, text in pages_by_name.items():
        part = folder / f".{name}.{os.getpid()}"
        written += part.write_bytes(text.encode())
        os.replace(part, folder / name)
    for old in folder.glob("tenant-*.html"):
        if old.name not in pages_by_name and _ours(old):
            old.unlink(missing_ok=True)
    return written


def as_data(text: str) -> Markup:
    """JSON as it may stand in a script element: no sign in it can end the element."""
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _ours(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return MARK in file.read(200)


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(f"{template}.html.j2").render(values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (Markup((TEMPLATES / name).read_text()) for name in ("report.css", "report.js"))
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    made.globals.update(style=style, script=script, policy=policy, page_of=page_of, mark=Markup(MARK))
    made.globals.update(span=span, when=when, amount=amount, size=size, signs=SIGNS, means=MEANS)
    made.globals.update(share_bar=svg.share_bar, short=charts.short)
    return made


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
