"""What a row is in an XML document: the setting `record` of the `files` connector."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Element = Annotated[str, StringConstraints(pattern=r"^[^\W\d][\w.-]*$", max_length=100)]
_KEY = r"^(\.|[^\W\d][\w.-]*(\|[^\W\d][\w.-]*)*)(/@?[^\W\d][\w.-]*)?$"
Key = Annotated[str, StringConstraints(pattern=_KEY, max_length=300)]
Heading = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class XmlRecord(BaseModel):
    """Elements are named without namespace or prefix."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    elements: list[Element] = Field(default=[], max_length=50, examples=[["Site", "AgencyLocation"]])
    """Every such element is a row, wherever it stands, inside another such element, too. Left out: every
    child of the document's element is one."""
    root: list[Element] = Field(default=[], max_length=50, examples=[["Source"]])
    """What the document's own element may be called. Left out: anything."""
    nested: list[Element] = Field(default=[], max_length=500, examples=[["Phone", "Email"]])
    """Children that may stand there more than once: a column with a JSON array of them. Every other child
    is a text column, or JSON where it has children of its own."""
    apart: list[Element] = Field(default=[], max_length=500, examples=[["Site", "SiteService"]])
    """Children that are rows of other tables and no columns of this one."""
    keys: dict[Heading, Key] = Field(
        default={}, max_length=50, examples=[{"Key": "./Key", "ParentAgencyKey": "Agency/Key"}]
    )
    """Columns that every delivery has. `./Key` is the row's own child and `./@delete` its attribute, under
    the name given here; `Agency/Key` is a child and `Source/@SourceID` an attribute of the nearest Agency
    or Source around it. `Site|AgencyLocation` is the name of whichever is nearest, `.` the row's own."""

    @model_validator(mode="after")
    def _rows_stand_apart(self) -> XmlRecord:
        if both := sorted(set(self.nested) & {*self.apart, *self.elements}):
            raise ValueError(f"{', '.join(both)} cannot be rows and a column at once")
        return self
