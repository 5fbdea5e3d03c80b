"""Settings of the `sql` connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dagster_ingest.spec.secret import SecretField

# Letters of any script, digits, and the few signs that occur in names. No quote, no sign that ends one.
# Placeholders stand for the like until a load fills them in.
_PLACE = r"\{(?:state|STATE|tenant|table)\}"
Identifier = Annotated[
    str, StringConstraints(pattern=rf"^(?:[\w$#]|{_PLACE})(?:[\w $#.\-]|{_PLACE}){{0,127}}$")
]
Plain = str | int | bool | None

SCHEMES = {
    "postgres": ("postgres", "postgresql"),
    "mysql": ("mysql", "mariadb"),
    "sqlserver": ("mssql", "sqlserver"),
}


class SqlSettings(BaseModel):
    """Which table of which database, and which of its rows. There is no place for SQL."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    ARRIVALS: ClassVar[Mapping[str, tuple[str, ...]]] = {"watermark": ("watermark",)}

    dsn: SecretField = Field(examples=[{"secret": "SOURCE_DSN"}])
    """Secret with the address: postgresql://user:password@host/database, mysql://..., mssql://..."""
    dialect: Literal["postgres", "mysql", "sqlserver"] = Field(default="postgres", examples=["postgres"])
    """What kind of database it is. mysql: MariaDB too."""
    db_schema: Identifier | None = Field(default=None, examples=["public"])
    """Left out: public, the database of the address, or dbo."""
    table: Identifier | None = Field(default=None, examples=["services"])
    """Table or view. Left out: the one of the table's name."""
    columns: list[Identifier] | None = Field(default=None, min_length=1, max_length=1600, examples=[["id"]])
    """Left out: all, in their order."""
    where: dict[Identifier, Plain | Annotated[list[Plain], Field(min_length=1)]] = Field(
        default_factory=dict, max_length=20, examples=[{"state": "{STATE}"}]
    )
    """Only rows whose column has this value, or one of these; null for none. Values are bound, never
    written into the statement."""
    key: list[Identifier] | None = Field(default=None, min_length=1, max_length=16, examples=[["id"]])
    """Columns that tell rows apart. Left out: the primary key."""
    watermark: Identifier | None = Field(default=None, examples=["updated_at"])
    """Column that grows whenever a row changes: a later read takes what is not below the cursor. Rows where
    it is null are always read."""
    overlap: int = Field(default=0, ge=0, le=10**12, examples=[600])
    """What the cursor stays behind the greatest value: seconds for a date or time, else units. It covers
    transactions that were open during the read."""
    deletes: Literal["ignore", "present"] = Field(default="ignore", examples=["present"])
    """present: a read by watermark also lists all keys that are still there."""
    read: Literal["snapshot", "pages"] = Field(default="snapshot", examples=["snapshot"])
    """snapshot: all rows as of one moment, in one transaction. pages: one short transaction a page, kept
    until the end; a read that was cut goes on behind its last page, but pages are of different moments."""
    page_rows: int = Field(default=50_000, ge=1, le=1_000_000, examples=[50000])
    """Rows of a page, or of a batch."""
    probe: bool = Field(default=False, examples=[False])
    """Count of the rows and greatest watermark as fingerprint: where both are as they were, nothing is read.
    A change that moves neither goes unseen."""
    timeout_seconds: int = Field(default=1800, ge=1, le=86_400, examples=[1800])
    """A statement that takes longer is given up."""

    @model_validator(mode="after")
    def _consistent(self) -> SqlSettings:
        if self.watermark is None:
            given = [name for name in ("overlap", "probe") if getattr(self, name)]
            if given or self.deletes == "present":
                raise ValueError(f"`{(given or ['deletes'])[0]}` needs a `watermark`")
        return self


SETTINGS = SqlSettings
