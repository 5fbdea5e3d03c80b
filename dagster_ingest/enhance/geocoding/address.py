"""Postal addresses: in one spelling, and whether a geocoder can make anything of one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

_WORDS = {
    "ALLEY": "ALY", "AVENUE": "AVE", "AV": "AVE", "BOULEVARD": "BLVD", "CENTER": "CTR",
    "CIRCLE": "CIR", "COURT": "CT", "CROSSING": "XING", "DRIVE": "DR", "EXPRESSWAY": "EXPY",
    "FREEWAY": "FWY", "HEIGHTS": "HTS", "HIGHWAY": "HWY", "JUNCTION": "JCT", "LANE": "LN",
    "MOUNT": "MT", "PARKWAY": "PKWY", "PLACE": "PL", "PLAZA": "PLZ", "ROAD": "RD",
    "ROUTE": "RTE", "SAINT": "ST", "SQUARE": "SQ", "STREET": "ST", "TERRACE": "TER",
    "TRAIL": "TRL", "TURNPIKE": "TPKE", "NORTH": "N", "SOUTH": "S", "EAST": "E",
    "WEST": "W", "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE", "SOUTHWEST": "SW",
}  # fmt: skip
_UNIT = re.compile(
    r"\b(?:APT|APARTMENT|STE|SUITE|UNIT|ROOM|RM|FLOOR|FL|BLDG|BUILDING|DEPT|LOT|PMB)\b\.? *#? *[A-Z0-9-]*"
    r"|# *[A-Z0-9-]+|\b\d+(?:ST|ND|RD|TH) +FL(?:OO)?R?\b"
)
_BOX = re.compile(
    r"\b(?:P\.? *O\.? *)(?:BOX|DRAWER)\b|^ *(?:BOX|DRAWER) +\d|\bPOST OFFICE BOX\b|\bGENERAL DELIVERY\b"
)
_SECRET = re.compile(
    r"\b(?:CONFIDENTIAL|WITHHELD|UNDISCLOSED|NOT DISCLOSED|PRIVATE ADDRESS|ADDRESS (?:IS )?PRIVATE|"
    r"UNPUBLISHED|CALL FOR (?:ADDRESS|LOCATION|DIRECTIONS)|REDACTED|SECRET LOCATION)\b"
)


class Address(NamedTuple):
    """Texts as the source has them, '' for what is missing. state: two letters in capitals."""

    street: str
    city: str
    county: str
    state: str
    zip: str

    @property
    def key(self) -> str:
        """32 hex digits; the same for spellings of one address. The address cannot be read from it."""
        parts = (self.sent_street, _plain(self.city), self.state, self.zip)
        return hashlib.blake2b("|".join(parts).encode(), digest_size=16).hexdigest()

    @property
    def sent_street(self) -> str:
        """In one spelling, without suite or apartment, which move no point."""
        words = re.findall(
            r"[A-Z0-9&-]+", _UNIT.sub(" ", _upper(self.street).replace(".", "").replace("'", ""))
        )
        return " ".join(_WORDS.get(word, word) for word in words)

    @property
    def is_street(self) -> bool:
        """Whether it names a spot on a street: a number, or a crossing of two."""
        text = _upper(self.street)
        if not text or _BOX.search(text):
            return False
        sent = self.sent_street
        return any(sign.isdigit() for sign in sent) or bool(re.search(r" (?:&|AND|AT) ", sent))


def address_of(row: Mapping[str, Any]) -> Address:
    """The physical address of a location's row; the columns are those of HSDS `address`."""
    state = _said(row, "state_province").upper() or _said(row, "_state")
    zip_code = re.match(r"\d{5}", _said(row, "postal_code"))
    return Address(
        _said(row, "address_1"),
        _said(row, "city"),
        _said(row, "region"),
        state,
        zip_code[0] if zip_code else "",
    )


def says_withheld(*texts: str | None) -> bool:
    """Whether a text says that an address is kept secret, as sources without a flag for it do."""
    return any(_SECRET.search(_upper(text)) for text in texts if text)


def _said(row: Mapping[str, Any], column: str) -> str:
    return str(row.get(column) or "").strip()


def _upper(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper().split())


def _plain(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", _upper(text))
