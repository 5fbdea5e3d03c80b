"""An Airbyte source over rows as the tests write them. Needs nothing but Python.

Configuration: `path`, `stream`, `watermark`; `fault`: denied, unreachable, server_error, rate_limited,
denied_midway, cut, truncated, short (its count disagrees), incomplete (it says so itself).
"""

from __future__ import annotations

import argparse
import json
import sys

REFUSALS = {
    "denied": ("config_error", "401 Unauthorized"),
    "unreachable": ("transient_error", "connection refused"),
    "server_error": ("system_error", "500 Server Error"),
    "rate_limited": ("transient_error", "429 Too Many Requests"),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["check", "discover", "read"])
    for name in ("--config", "--catalog", "--state"):
        parser.add_argument(name)
    given = parser.parse_args()
    config = load(given.config)
    say({"type": "LOG", "log": {"level": "INFO", "message": f"with {config.get('secret')}"}})
    print("a line that is no message")
    fault = config.get("fault")
    if fault in REFUSALS and given.command == "check":
        say(
            {
                "type": "CONNECTION_STATUS",
                "connectionStatus": {"status": "FAILED", "message": REFUSALS[fault][1]},
            }
        )
        return
    if fault in REFUSALS:
        fail(*REFUSALS[fault])
    lines = rows(config["path"])
    columns = next(lines)
    if given.command == "check":
        say({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}})
    elif given.command == "discover":
        say({"type": "CATALOG", "catalog": {"streams": [stream(config, columns)]}})
    else:
        read(config, load(given.catalog), load(given.state) if given.state else [], columns, lines)


def read(config, catalog, states, columns, lines) -> None:
    asked, fault = catalog["streams"][0], config.get("fault")
    name = asked["stream"]["name"]
    key = asked["cursor_field"][0] if asked["sync_mode"] == "incremental" else None
    since = next((s["stream"]["stream_state"]["since"] for s in states), None)
    status(name, "STARTED")
    most, count, part = since or "", 0, 500
    for number, row in enumerate(lines, start=1):
        data = dict(zip(columns, row, strict=True))
        if key and since is not None and data[key] < since:
            continue
        say({"type": "RECORD", "record": {"stream": name, "data": data, "emitted_at": 0}})
        most, count = max(most, data[key] or "") if key else most, count + 1
        if number == 100 and fault:
            break_off(fault)
        if count == part and key:
            state(name, most, count)
            count = 0
    state(name, most if key else None, count + (fault == "short"))
    status(name, "INCOMPLETE" if fault == "incomplete" else "COMPLETE")


def break_off(fault: str) -> None:
    sys.stdout.flush()
    if fault == "cut":
        sys.exit("the connection was lost")
    if fault == "denied_midway":
        fail("config_error", "403 Forbidden")
    if fault == "truncated":
        sys.stdout.write('{"type": "RECORD", "record": {"stre')
        sys.stdout.flush()
        sys.exit(0)


def stream(config, columns):
    properties = {name: {"type": ["null", "string"]} for name in columns}
    found = {"name": config["stream"], "json_schema": {"type": "object", "properties": properties}}
    found |= {
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_primary_key": [columns[:1]],
    }
    return found | {"default_cursor_field": [config.get("watermark") or columns[-1]]}


def state(name, since, count) -> None:
    told = {"stream_descriptor": {"name": name}, "stream_state": {"since": since}}
    say({"type": "STATE", "state": {"type": "STREAM", "stream": told, "sourceStats": {"recordCount": count}}})


def status(name, word) -> None:
    told = {"stream_descriptor": {"name": name}, "status": word}
    say({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 0, "stream_status": told}})


def fail(kind: str, message: str) -> None:
    error = {"message": message, "failure_type": kind, "internal_message": message}
    say({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 0, "error": error}})
    sys.stdout.flush()
    sys.exit(1)


def rows(path: str):
    with open(path) as file:
        yield from map(json.loads, file)


def load(path: str):
    with open(path) as file:
        return json.load(file)


def say(message) -> None:
    sys.stdout.write(json.dumps(message) + "\n")


if __name__ == "__main__":
    main()
