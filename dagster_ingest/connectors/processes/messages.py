"""One stream of a program that writes JSON messages, a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dagster_ingest.connectors.base import Batch, Completeness, Delivery, ReadRequest
from dagster_ingest.connectors.processes.records import Records, is_text, kept, parsed
from dagster_ingest.connectors.processes.running import Running
from dagster_ingest.connectors.processes.workspace import Workspace
from dagster_ingest.errors import DataError

NOT_DONE = "nothing was committed; the last good partition stands"


def messages(running: Running) -> Iterator[tuple[Mapping[str, Any], int]]:
    """(message, bytes of its line). Raises DataError for a line that is no message."""
    for number, line in enumerate(running.lines(), start=1):
        if not line.strip():
            continue
        try:
            message = parsed(line)
        except (ValueError, RecursionError) as error:
            raise _no_message(running, number, line, str(error)) from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise _no_message(running, number, line, "no `type`")
        yield message, len(line)


@contextmanager
def understood(name: str, what: str) -> Iterator[None]:
    """Around what takes JSON of the program `name` apart: JSON of another form is a DataError.

    Not for code that runs anything else: its own faults would be taken for the program's.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise DataError(
            f"{name} wrote {what} of another form than the protocol says: {type(error).__name__}: {error}",
            where=f"program {name}",
            not_done=NOT_DONE,
            fix="see whether another version of the program mends it",
        ) from error


class MessageRead(Delivery):
    """The records of one stream, as soon as they come. Whatever ends it early ends the program.

    A subclass says what a message means, and which state the program gave last; it calls `begin` once it
    can do so.
    """

    def __init__(
        self,
        running: Running,
        workspace: Workspace,
        request: ReadRequest,
        uri: str,
        skip: Sequence[str],
        *,
        incremental: bool,
        source: Iterator[tuple[Mapping[str, Any], int]] | None = None,
    ) -> None:
        """`source`: the program's messages, where they are more than JSON lines with a `type`."""
        self._running, self._workspace, self._uri = running, workspace, uri
        self._skip, self._sample = skip, request.sample
        self._incremental, self._resumed = incremental, incremental and request.cursor is not None
        self._messages = source if source is not None else messages(running)
        self._held: list[tuple[Mapping[str, Any], int]] = []
        self._ended = False

    def interpret(self, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The record that a message is, if it is one of this stream."""
        raise NotImplementedError

    def heard(self, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """`interpret`, with an error for a message that has another form."""
        with understood(self._running.name, f"a message {message['type'][:40]!r}"):
            return self.interpret(message)

    def state(self) -> str | None:
        """The latest that the program gave, as a cursor."""
        raise NotImplementedError

    def begin(self, announced: Callable[[], Sequence[str]]) -> None:
        """Hear which properties the stream has; they are its columns. If that fails the program is ended."""
        try:
            self.columns = self._named(self._columns_of(self._named(announced())))
        except BaseException:
            self.close()
            raise

    @property
    def snapshot(self) -> bool:
        return not self._resumed

    def batches(self) -> Iterator[Batch]:
        records = Records(self.columns, self._skip, self._uri)
        try:
            for record, size in self._records():
                yield from records.add(record, size)
                if self._sample is not None and records.count >= self._sample:
                    break
            else:
                self._ended = True
            yield from records.rest()
        finally:
            self.close()

    def completeness(self) -> Completeness:
        if self._ended:
            return Completeness(True)
        return Completeness(False, f"{self._running.name} was not heard to its end")

    def cursor(self) -> str | None:
        return self.state() if self._incremental and self._ended else None

    def close(self) -> None:
        self._running.close()
        self._workspace.remove()

    def record(self, data: Any, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """The data of a record message. Raises DataError if they are no object."""
        if not isinstance(data, dict):
            raise self.error("wrote a record that is no object", answer=str(message)[:200])
        return data

    def error(self, problem: str, rule: str = "file|readable", answer: str = "") -> DataError:
        return DataError(
            f"{self._running.name} {problem}",
            rule=rule,
            where=self._uri,
            not_done=NOT_DONE,
            fix="see whether another version of the program mends it",
            source={"answer": answer},
        )

    def _named(self, names: Sequence[Any]) -> list[str]:
        for name in names:
            if not isinstance(name, str) or not is_text(name):
                raise self.error(f"announced a column whose name is no text: {name!a:.100}")
        return list(names)

    def _columns_of(self, properties: Sequence[str]) -> list[str]:
        """The columns of a schema; without one, those of the first records."""
        if found := kept(list(properties), self._skip):
            return found
        for record, size in self._records():
            self._held.append((record, size))
            if len(self._held) == 1_000:
                break
        names = dict.fromkeys(name for record, _ in self._held for name in record)
        return kept(list(names), self._skip)

    def _records(self) -> Iterator[tuple[Mapping[str, Any], int]]:
        held, self._held = self._held, []
        yield from held
        for message, size in self._messages:
            record = self.heard(message)
            if record is not None:
                yield record, size


def _no_message(running: Running, number: int, line: bytes, why: str) -> DataError:
    return DataError(
        f"{running.name} wrote no message in line {number:,}: {why}",
        where=f"program {running.name}",
        not_done=NOT_DONE,
        fix="what a program has to say besides belongs on stderr; see whether another version mends it",
        source={"answer": line[:200].decode(errors="replace")},
    )
