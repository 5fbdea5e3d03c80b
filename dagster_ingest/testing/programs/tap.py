"""A Singer tap over a CSV file or over rows as the tests write them. Needs nothing but Python.

Configuration: `path` (*.csv, or JSON lines), perhaps with wildcards; `stream`; `watermark`, a column for
incremental replication; `fault`: denied, unreachable, server_error, rate_limited, denied_midway, cut,
truncated, garbage, no_schema, silent, secret.
"""

from __future__ import annotations

import argparse
import csv
import glob
import json
import signal
import sys

REFUSALS = {
    "denied": "CRITICAL 401 Client Error: Unauthorized",
    "unreachable": "CRITICAL ConnectionError: connection refused",
    "server_error": "CRITICAL 500 Server Error",
    "rate_limited": "CRITICAL 429 Too Many Requests",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--catalog")
    parser.add_argument("--state")
    parser.add_argument("--discover", action="store_true")
    given = parser.parse_args()
    config = load(given.config)
    if config.get("secret"):
        print(f"INFO connecting with {config['secret']}", file=sys.stderr)
    if said := REFUSALS.get(config.get("fault", "")):
        sys.exit(said)
    columns, rows = read(config["path"])
    if given.discover:
        print(json.dumps(catalog(config, columns), indent=2))
    else:
        sync(config, load(given.catalog), load(given.state) if given.state else {}, columns, rows)


def sync(config, chosen, state, columns, rows) -> None:
    fault, stream = config.get("fault"), config["stream"]
    entry = next(s for s in chosen["streams"] if s["tap_stream_id"] == stream)
    if not entry.get("selected"):
        return
    key = entry.get("replication_key") if entry.get("replication_method") == "INCREMENTAL" else None
    since = state.get("bookmarks", {}).get(stream)
    if fault != "no_schema":
        say({"type": "SCHEMA", "stream": stream, "schema": schema(columns), "key_properties": columns[:1]})
    if fault == "silent":
        signal.pause()
    most = since
    for number, row in enumerate(rows, start=1):
        record = dict(zip(columns, row, strict=True))
        if key and since is not None and record[key] < since:
            continue
        say({"type": "RECORD", "stream": stream, "record": record})
        most = max(most or "", record[key]) if key else None
        if number == 100 and fault:
            break_off(fault, stream)
    if fault == "ends_badly":
        break_off("cut", stream)
    if key:
        say({"type": "STATE", "value": {"bookmarks": {stream: most}}})


def break_off(fault: str, stream: str) -> None:
    sys.stdout.flush()
    if fault == "cut":
        sys.exit("CRITICAL the connection was lost")
    if fault == "denied_midway":
        sys.exit("CRITICAL 403 Client Error: Forbidden")
    if fault == "truncated":
        sys.stdout.write('{"type": "RECORD", "stream": "' + stream)
        sys.stdout.flush()
        sys.exit(0)
    if fault == "garbage":
        print("<html>proxy error</html>")


def catalog(config, columns):
    facts = {"inclusion": "available", "table-key-properties": columns[:1]}
    if config.get("watermark"):
        facts["valid-replication-keys"] = [config["watermark"]]
    entry = {"tap_stream_id": config["stream"], "stream": config["stream"], "schema": schema(columns)}
    entry |= {"key_properties": columns[:1], "metadata": [{"breadcrumb": [], "metadata": facts}]}
    return {"streams": [entry]}


def schema(columns):
    return {"type": "object", "properties": {name: {"type": ["null", "string"]} for name in columns}}


def read(pattern: str):
    paths = sorted(glob.glob(pattern))
    if not paths:
        sys.exit(f"CRITICAL no file {pattern}")
    source = records(paths[-1])
    return next(source), source


def records(path: str):
    with open(path, newline="", encoding="utf-8-sig") as file:
        yield from csv.reader(file) if path.lower().endswith(".csv") else map(json.loads, file)


def load(path: str):
    with open(path) as file:
        return json.load(file)


def say(message) -> None:
    sys.stdout.write(json.dumps(message) + "\n")


if __name__ == "__main__":
    csv.field_size_limit(2**27)
    main()
