"""A new connector as a distribution of its own: settings, an example that reads, its conformance test."""

from __future__ import annotations

from pathlib import Path
from string import Template

_TEMPLATES = Path(__file__).parent / "templates"


def connector_files(name: str) -> dict[str, str]:
    """Path inside the distribution's folder to text."""
    package = f"dagster_ingest_{name}"
    camel = "".join(word.capitalize() for word in name.split("_"))
    known = {
        "name": name,
        "Name": camel,
        "Class": f"{camel}Settings",
        "package": package,
        "distribution": f"dagster-ingest-{name.replace('_', '-')}",
    }

    def filled(template: str) -> str:
        return Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(known)

    return {
        "pyproject.toml": filled("pyproject.toml.txt"),
        f"{package}/__init__.py": f'"""The `{name}` connector of dagster-ingest."""\n',
        f"{package}/settings.py": filled("settings.py.txt"),
        f"{package}/connector.py": filled("connector.py.txt"),
        f"tests/test_{name}.py": filled("test.py.txt"),
    }
