"""A vendor whose one table has two majors, as files: what tests of pins and patches bend."""

from __future__ import annotations

from pathlib import Path

from tests.spec.conftest import Project

HEAD = """\
kind: DataContract
apiVersion: v3.1.0
id: vendor-thing
version: {version}
schema:
  - name: thing
    quality:
      - {{metric: rowCount, mustBeGreaterOrEqualTo: 1}}
    properties:
      - {{name: ID, required: true, primaryKey: true}}
"""
V1 = HEAD.format(version="1.4.0") + (
    "      - {name: FEES, logicalType: string, required: true}\n"
    "      - {name: STAFF, logicalType: string}\n"
    "      - {name: AREAS, logicalType: string}\n"
    "      - {name: TAX_ID, logicalType: string, classification: private}\n"
)
V2 = HEAD.format(version="2.1.0") + (
    "      - {name: COST, logicalType: string, customProperties: [{property: was, value: FEES}]}\n"
    "      - {name: KEEPER, logicalType: string, customProperties: [{property: was, value: STAFF}]}\n"
    "      - {name: COVERAGE, logicalType: string, customProperties: [{property: was, value: AREAS}]}\n"
    "      - {name: TAX_ID, logicalType: string, classification: private}\n"
)
SYSTEM = """\
system: vendor
title: Vendor
tables:
  thing:
    contract: contracts/thing.odcs.yaml
    versions: {2: contracts/thing.v2.odcs.yaml}
    required: true
    settings: {pattern: "*.csv"}
    decode: {AREAS: json}
register:
  staff: [STAFF]
"""
TENANT = """\
tenant: alpha
display_name: Alpha 211
owners: [team:alpha]
cost: {cost_center: cc-1}
states: [IA]
sources:
  feed:
    system: vendor
    settings: {path: "{state}"}
    tables:
      thing: OPTIONS
freshness: {fail: 36h}
publish: [{reader: hsds_package}]
"""
PATCH = """\
patch: {version: 1.0.0, of: vendor/thing, major: 1, why: fees are not filled in}
schema:
  thing:
    properties:
      FEES: {required: false}
"""


def vendor(project: Project, system: str = SYSTEM, **contracts: str) -> Path:
    """The vendor's folder. Keywords: contracts by file name without `.odcs.yaml`, dots as underscores."""
    folder = project.root / "systems" / "vendor"
    (folder / "contracts").mkdir(parents=True, exist_ok=True)
    (folder / "system.yaml").write_text(system, encoding="utf-8")
    for name, text in {"thing": V1, "thing_v2": V2, **contracts}.items():
        (folder / "contracts" / f"{name.replace('_', '.')}.odcs.yaml").write_text(text, encoding="utf-8")
    return folder


def tenant(project: Project, options: str = "", name: str = "alpha", **files: str) -> Path:
    """A tenant of the vendor. Keywords: files under contracts/, dots as underscores."""
    text = TENANT.replace("OPTIONS", options).replace("tenant: alpha", f"tenant: {name}")
    folder = project.root / "tenants" / name
    (folder / "contracts").mkdir(parents=True, exist_ok=True)
    (folder / "tenant.yaml").write_text(text, encoding="utf-8")
    for file, content in files.items():
        (folder / "contracts" / f"{file.replace('_', '.')}.yaml").write_text(content, encoding="utf-8")
    return folder


def table(project: Project, name: str = "alpha"):
    """The only table of a sound tenant."""
    loaded = project.load(name)
    assert not loaded.errors, "\n".join(map(str, loaded.errors))
    return loaded.tenants[0].sources[0].tables[0]
