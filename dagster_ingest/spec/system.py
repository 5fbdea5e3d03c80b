"""What is known of a vendor's product: the model of `system.yaml` and where such files are found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from dagster_ingest.spec.models import Model, Name, Policy
from dagster_ingest.spec.texts import PATH

Codec = Literal["python_literal", "json"]
ContractPath = Annotated[str, StringConstraints(pattern=PATH, max_length=200)]
Heading = Annotated[str, StringConstraints(min_length=1, max_length=200)]

SHIPPED = Path(__file__).resolve().parent.parent / "systems"


class TableDefaults(Model):
    """How a table is loaded where the tenant says nothing else."""

    settings: dict[str, Any] = Field(default_factory=dict, examples=[{"pattern": "*organization*.csv"}])
    """Settings of the connector `files`. `{table}` stands for the table's name, `{tenant}` for the
    tenant's."""
    connectors: dict[Name, dict[str, Any]] = Field(
        default_factory=dict, examples=[{"http": {"path": "/v1/{table}"}}]
    )
    """Settings of other connectors, by connector."""
    policy: Policy = Field(default_factory=Policy)
    decode: dict[Heading, Codec] = Field(default_factory=dict, examples=[{"CONTACTS": "python_literal"}])
    """Columns that hold nested values: a companion `<column>_json` lands beside each."""
    template_row: bool = False
    """The vendor writes a row that describes the columns and is no data."""
    stamp: Heading | None = Field(default=None, examples=["DATE_UPDATED"])
    """The column with the time of a row's last change. In partial deliveries the newer of two rows counts."""
    deleted: dict[Heading, list[str]] = Field(default_factory=dict, examples=[{"Agency_Status": ["deleted"]}])
    """Words of a status that say that the record was deleted."""


class SystemVersion(Model):
    """Another major version of a table's contract, where it needs more than a path."""

    contract: ContractPath = Field(examples=["contracts/organization.v2.odcs.yaml"])
    decode: dict[Heading, Codec] | None = None
    """Left out: the table's, each column under the name that it has in this version."""


class SystemTable(TableDefaults):
    """A table of the vendor's export."""

    contract: ContractPath = Field(examples=["contracts/organization.odcs.yaml"])
    """A path inside the system's folder. Its major version is the one that its own `version` says."""
    versions: dict[int, ContractPath | SystemVersion] = Field(
        default_factory=dict, examples=[{2: "contracts/organization.v2.odcs.yaml"}]
    )
    """Further major versions that are live at once, each at its latest minor. A tenant pins one."""
    modelled: int | None = Field(default=None, ge=0)
    """The major version whose column names the dbt models read. Left out: 1."""
    required: bool = False
    """Loaded when the tenant lists no tables."""

    def version(self, major: int) -> SystemVersion:
        """What `versions` says of a major."""
        listed = self.versions[major]
        return SystemVersion(contract=listed) if isinstance(listed, str) else listed

    def of(self, major: int) -> TableDefaults:
        """The defaults as they hold for a major."""
        decode = self.version(major).decode if major in self.versions else None
        return self if decode is None else self.model_copy(update={"decode": decode})


class Register(Model):
    """Columns of one class of data that is never published."""

    columns: list[Heading] = Field(min_length=1)
    why: str | None = None


class System(Model):
    """A vendor's product. Tables stand in load order, parents first."""

    system: Name
    """Equals the folder's name."""
    title: str = Field(min_length=1, max_length=120)
    description: str | None = None
    tables: dict[Name, SystemTable] = Field(default_factory=dict)
    connectors: dict[Name, dict[str, Any]] = Field(
        default_factory=dict, examples=[{"http": {"pages": {"by": "number"}}}]
    )
    """Settings that all tables share, by connector."""
    own_tables: TableDefaults | None = None
    """Tenants may add tables of their own, each with a contract of its own
    (`contracts/<table>.odcs.yaml` in the tenant's folder unless named); these are their defaults."""
    register_: dict[Name, list[Heading] | Register] = Field(default_factory=dict, alias="register")
    """The never-publish register: headings by class, `*` and `?` as wildcards. They count as private."""
    sentinels: dict[str, Any] = Field(default_factory=dict)
    """Documentation of the vendor's empty values."""

    def settings_for(self, table: TableDefaults, connector: str) -> dict[str, Any]:
        """What lies under a tenant's own settings of a connector."""
        own = table.settings if connector == "files" else {}
        return {**self.connectors.get(connector, {}), **own, **table.connectors.get(connector, {})}

    @property
    def private(self) -> tuple[str, ...]:
        """Every heading, or wildcard for headings, in the never-publish register."""
        groups = self.register_.values()
        return tuple(h for group in groups for h in (group.columns if isinstance(group, Register) else group))


def system_folders(root: Path | None = None, shipped: Path = SHIPPED) -> dict[str, Path]:
    """System name to folder: those the package ships and those in `<root>/systems`, sorted.

    A project's own system may not take the name of a shipped one; the shipped one is used.
    """
    homes: Sequence[Path] = [shipped] if root is None else [root / "systems", shipped]
    found: dict[str, Path] = {}
    for home in homes:
        if home.is_dir():
            found.update({entry.parent.name: entry.parent for entry in home.glob("*/system.yaml")})
    return dict(sorted(found.items()))
