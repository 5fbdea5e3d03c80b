"""Where things live on this installation: default < environment < argument. Frozen."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "DAGSTER_INGEST_"
LOCAL = "local"


def _default_root() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "tenants").is_dir() and (folder / "dbt_elt").is_dir():
            return folder
    return here


@dataclass(frozen=True)
class Settings:
    """Folders and switches. Relative paths are taken from `root`.

    root       the project: holds tenants/, dbt_elt/, dbt_stage/
    home       everything that is written: warehouse/, published/, dagster/, target/
    drops      where the `files` connector may read: drops/<tenant>/...
    tenants    only these tenants are loaded; empty means all
    secrets    keepers of secrets in order, such as `env,files:/run/secrets`; see dagster_ingest.secrets
    programs   extractors of others that run as processes: `<environment>/bin/<program>`
    target     the warehouse in force: a name in `warehouses_file`, or `local` for DuckDB
    report     folder of the HTML report that `platform/health` keeps fresh
    """

    root: Path
    home: Path
    drops: Path
    tenants_dir: Path
    tenants: tuple[str, ...] = field(default=())
    secrets: str = ""
    programs: Path = Path(".programs")
    target: str = LOCAL
    warehouses_file: Path = Path("deploy/warehouses.yaml")
    alerts_file: Path = Path("deploy/alerts.yaml")
    telemetry_file: Path = Path("deploy/telemetry.yaml")
    report: Path = Path("var/report")

    @classmethod
    def load(
        cls,
        *,
        root: str | Path | None = None,
        home: str | Path | None = None,
        drops: str | Path | None = None,
        tenants_dir: str | Path | None = None,
        tenants: tuple[str, ...] | None = None,
        secrets: str | None = None,
        target: str | None = None,
    ) -> Settings:
        env = os.environ.get
        base = Path(root or env(PREFIX + "ROOT") or _default_root()).resolve()
        written = base / (home or env(PREFIX + "HOME") or "var")
        only = tenants if tenants is not None else _split(env(PREFIX + "TENANTS", ""))
        return cls(
            root=base,
            home=written,
            drops=base / (drops or env(PREFIX + "DROPS") or written / "drops"),
            tenants_dir=base / (tenants_dir or env(PREFIX + "TENANTS_DIR") or "tenants"),
            tenants=only,
            secrets=secrets if secrets is not None else env(PREFIX + "SECRETS", ""),
            programs=base / (env(PREFIX + "PROGRAMS") or ".programs"),
            target=target or env(PREFIX + "TARGET") or LOCAL,
            warehouses_file=base / (env(PREFIX + "WAREHOUSES") or "deploy/warehouses.yaml"),
            alerts_file=base / (env(PREFIX + "ALERTS") or "deploy/alerts.yaml"),
            telemetry_file=base / (env(PREFIX + "TELEMETRY") or "deploy/telemetry.yaml"),
            report=base / (env(PREFIX + "REPORT") or written / "report"),
        )

    @property
    def warehouse(self) -> Path:
        """The tenants' files, a set of its own for each target."""
        return self.home / ("warehouse" if self.target == LOCAL else f"warehouse-{self.target}")

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def work(self) -> Path:
        """What connectors keep between runs: pages of a delivery that is not whole yet, rate limits."""
        return self.home / "work"

    @property
    def dbt_elt(self) -> Path:
        return self.root / "dbt_elt"

    @property
    def dbt_stage(self) -> Path:
        return self.root / "dbt_stage"

    def environment(self) -> dict[str, str]:
        """The variables that give a child process these same settings."""
        return {
            PREFIX + "ROOT": str(self.root),
            PREFIX + "HOME": str(self.home),
            PREFIX + "DROPS": str(self.drops),
            PREFIX + "TENANTS_DIR": str(self.tenants_dir),
            PREFIX + "TENANTS": ",".join(self.tenants),
            PREFIX + "SECRETS": self.secrets,
            PREFIX + "PROGRAMS": str(self.programs),
            PREFIX + "TARGET": self.target,
            PREFIX + "WAREHOUSES": str(self.warehouses_file),
            PREFIX + "ALERTS": str(self.alerts_file),
            PREFIX + "TELEMETRY": str(self.telemetry_file),
            PREFIX + "REPORT": str(self.report),
        }


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)
