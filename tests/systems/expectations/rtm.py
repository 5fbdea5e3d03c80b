"""RTM: the document of AIRS, as a system of its own."""

from __future__ import annotations

from tests.systems.expectations.airs import Document

SOURCE = "settings: {path: rtm}"
EXPORT = Document("rtm")
CANARIES, files, EXPECTED = EXPORT.canaries, EXPORT.files, EXPORT.expected()
GOES = [EXPORT.sunset, "515-555-0105"]
