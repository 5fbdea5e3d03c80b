"""Settings of the `files` connector."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from dagster_ingest.connectors.files.location_settings import Location
from dagster_ingest.connectors.files.run_settings import OneRun
from dagster_ingest.connectors.files.xml_settings import XmlRecord

Sign = Annotated[str, StringConstraints(pattern=r"^[\x09\x20-\x7e]$")]


class FilesSettings(BaseModel):
    """Where the drops lie and how they are written."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    ARRIVALS: ClassVar[Mapping[str, tuple[str, ...]]] = {"files": ()}

    location: Location | None = Field(
        default=None,
        examples=[
            {"s3": {"bucket": "acme-exports", "region": "us-east-1"}},
            {"http": {"url": "https://example.org/exports/resource.csv"}},
        ],
    )
    """Where the drops are fetched from. Left out: they are put into the folder drops/<tenant>."""
    path: str = Field(default=".", max_length=400, examples=[".", "{state}", "exports/{STATE}"])
    """Folder under drops/<tenant>, or in the location. `{state}` is the state in lower case, `{STATE}` in
    upper case."""
    pattern: str = Field(
        default="*.csv", min_length=1, max_length=200, examples=["*resource*.csv", "{state}/*services*.csv"]
    )
    """File names, with the wildcards * ? [..] and without regard to case. `.gz` may be left out; zip
    archives in the folder are looked into."""
    pick: Literal["newest", "all"] = Field(default="newest", examples=["newest"])
    """newest: the latest drop is the delivery. all: every matching file together is the delivery."""
    newest_by: Literal["name", "mtime"] = Field(default="name", examples=["name"])
    """name: a date in the file name orders the drops (resource_2026-11-02.csv). mtime: the file's
    modification time does."""
    min_age: str | None = Field(default=None, pattern=r"^[0-9]{1,5}[smhd]$", examples=["2m", "0s"])
    """A file that changed less long ago is still being written. Left out: 1m on SFTP, none elsewhere."""
    marker: str | None = Field(
        default=None, pattern=r"^[^/\\\x00]+$", max_length=100, examples=["*.done", "_SUCCESS"]
    )
    """The file that releases a drop in its folder, `*` being the drop's name, with or without its ending."""
    set: OneRun | None = Field(default=None, examples=[{"within": "1h", "grace": "2h"}])
    """The files of all tables with this setting are of one run: together they are the delivery. null: each
    table's files stand for themselves."""
    format: Literal["auto", "csv", "xml", "excel", "json", "jsonl", "parquet"] = Field(
        default="auto", examples=["auto", "xml", "excel"]
    )
    """auto: by the file's ending. csv: delimited text, whatever its delimiter."""
    sheet: int | str | None = Field(default=None, examples=["Services", 2])
    """Workbooks: the sheet's name, or its number from 1 on. Left out: the first one that is shown."""
    records: str = Field(default="", max_length=400, examples=["", "data.items"])
    """JSON: the path of the list of records in the document, with points. Empty: the document is the list."""
    record: XmlRecord = Field(default=XmlRecord(), examples=[{"elements": ["Site"], "nested": ["Phone"]}])
    """XML: which elements are rows, and what becomes of their children."""
    delimiter: Sign = Field(default=",", examples=[",", ";", "|", "\t"])
    """The sign between two cells."""
    quote: Sign | None = Field(default='"', examples=['"', None])
    """The sign around a cell that holds delimiters or line ends. null: quotes are plain text."""
    escape: Sign | None = Field(default=None, examples=["\\"])
    """The sign that takes the next sign literally. null: a quote inside quotes is doubled."""
    encoding: Literal["auto", "utf-8", "cp1252"] = Field(default="auto", examples=["auto"])
    """auto: UTF-8, with or without a byte order mark, if the whole file is valid UTF-8, else cp1252; of XML
    what the document declares."""
    skip_lines: int = Field(default=0, ge=0, le=100, examples=[2])
    """Lines before the heading row, such as a title."""
    header_rows: int = Field(default=1, ge=0, le=3, examples=[1])
    """Rows that make the headings; several are joined by a blank. 0: the headings stand in `columns`."""
    columns: list[str] | None = Field(default=None, min_length=1, max_length=4096, examples=[["ID", "NAME"]])
    """Headings of a file that has no heading row."""
    comment: Annotated[str, StringConstraints(pattern=r"^\S{1,8}$")] | None = Field(
        default=None, examples=["#"]
    )
    """Lines that start with this are no data."""
    max_bytes: int = Field(default=16 * 2**30, ge=1, le=2**42, examples=[17179869184])
    """A file or archive member that is larger when unpacked is refused."""

    @field_validator("path", "pattern")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        rooted = PurePosixPath(value).is_absolute() or PureWindowsPath(value).anchor
        if rooted or ".." in value.replace("\\", "/").split("/") or "\0" in value:
            raise ValueError(f"{value!r} leaves the drop folder; give a path inside drops/<tenant>")
        return value

    @field_validator("sheet")
    @classmethod
    def _counted_from_one(cls, value: int | str | None) -> int | str | None:
        if value == "" or (isinstance(value, int) and value < 1):
            raise ValueError("name the sheet, or count from 1 on")
        return value

    @field_validator("pattern")
    @classmethod
    def _no_recursion(cls, value: str) -> str:
        if "**" in value:
            raise ValueError("'**' is not supported; name each folder level, e.g. '*/resource*.csv'")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> FilesSettings:
        if (self.header_rows == 0) != (self.columns is not None):
            raise ValueError("`columns` is given when, and only when, header_rows is 0")
        signs = [s for s in (self.delimiter, self.quote, self.escape) if s is not None]
        if len(set(signs)) != len(signs):
            raise ValueError("delimiter, quote and escape must differ from each other")
        return self


SETTINGS = FilesSettings
