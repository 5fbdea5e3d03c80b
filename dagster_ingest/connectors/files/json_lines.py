"""JSON lines: a record each. A line that is no JSON is malformed; a last one that is cut off, an error."""

from __future__ import annotations

from collections.abc import Iterator

from dagster_ingest.connectors.base import Batch, Malformed
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.json_records import Value, collected, column_names
from dagster_ingest.connectors.files.json_values import MAX_RECORD, NotJson, value_of
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import unpacked
from dagster_ingest.connectors.files.typed import MAX_TEXT, fault, first_bytes, wrong_format

NO_JSON = "*|json"
_CHUNK = 2**18
_MAX_BAD = 50_000  # lines that are no JSON in one file; more, and it is no such file
_AGAIN = "deliver it again; an export or upload that broke off leaves one like this"


class Lines:
    """Surveys the file in full when it is made: its columns, and that its last line is whole."""

    def __init__(self, drop: Drop, settings: FilesSettings) -> None:
        self._drop, self._settings = drop, settings
        self._encoding = "cp1252" if settings.encoding == "cp1252" else "utf-8"
        self.incomplete: str | None = None
        start = first_bytes(drop, settings).removeprefix(b"\xef\xbb\xbf").lstrip()
        if start[:1] == b"[":
            problem = "the file is one JSON list, not JSON lines"
            raise fault(drop, "file|readable", problem, "set `format: json`")
        if start[:1] not in (b"", b"{"):
            raise wrong_format(drop, start, "JSON lines")
        self.columns = column_names(self._values(), drop)

    def batches(self) -> Iterator[Batch]:
        return collected(self._values(), self.columns, self._drop.uri)

    def _values(self) -> Iterator[Value]:
        number = bad = 0
        for line, ended in self._lines():
            if not line.strip():
                continue
            number += 1
            try:
                yield Value(number, value_of(line.decode(self._encoding)), len(line))
            except (NotJson, UnicodeDecodeError) as error:
                bad += 1
                self._require_sane(number, bad, ended, error)
                told = line[: 4 * MAX_TEXT].decode(self._encoding, "backslashreplace").replace("\0", "\\0")
                malformed = Malformed(self._drop.uri, number, NO_JSON, told[:MAX_TEXT])
                yield Value(number, malformed, len(malformed.text))

    def _require_sane(self, number: int, bad: int, ended: bool, error: Exception) -> None:
        if not ended:
            raise fault(
                self._drop, "file|truncated", f"the file breaks off in record {number:,}: {error}", _AGAIN
            )
        if bad > _MAX_BAD or (bad == number and bad >= 100):
            problem = f"{bad:,} of {number:,} lines are no JSON: {error}"
            raise fault(self._drop, "file|readable", problem, "set `format` to what the file is")

    def _lines(self) -> Iterator[tuple[bytes, bool]]:
        """(line, whether a line end follows)."""
        held = b""
        first = True
        with unpacked(self._drop, self._settings.max_bytes) as stream:
            while data := stream.read(_CHUNK):
                if first:
                    data, first = data.removeprefix(b"\xef\xbb\xbf"), False
                *lines, held = (held + data).split(b"\n")
                for line in lines:
                    yield line, True
                if len(held) > MAX_RECORD:
                    problem = f"a line is longer than {MAX_RECORD:,} bytes"
                    raise fault(
                        self._drop, "file|record_size", problem, "set `format: json` for one document"
                    )
        if held:
            yield held, False


opened = Lines
