"""Distributions with a connector, as an installer leaves them."""

from __future__ import annotations

import sys
from pathlib import Path

from dagster_ingest.connectors import registry


def install(site: Path, dist: str, name: str, settings: str, connector: str | None = None) -> None:
    """A package, and a folder of metadata whose entry point offers it as the connector `name`."""
    package = site / f"{dist}_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "settings.py").write_text(settings)
    if connector is not None:
        (package / "connector.py").write_text(connector)
    metadata = site / f"{dist}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = {package.name}\n")
    registry.reset()


def forget() -> None:
    """What was imported of them. To be called when their site is off the path."""
    registry.reset()
    for module in [m for m in sys.modules if m.split(".")[0].endswith("_package")]:
        del sys.modules[module]
