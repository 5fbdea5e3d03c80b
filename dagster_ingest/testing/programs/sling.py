"""A stand-in for sling, which speaks as sling 1.4 does: it is not sling, and reads no database.

The address is `rows://<file>?fault=<fault>`; faults: denied, unreachable, server_error, absent, cut,
truncated, short. A password in the address is told on stderr, as a careless program would.
"""

from __future__ import annotations

import json
import os
import sys
from urllib.parse import parse_qs, urlsplit

REFUSALS = {
    "denied": "fatal: access denied for user",
    "unreachable": "fatal: connection refused",
    "server_error": "fatal: internal error",
}


def main(arguments: list[str]) -> None:
    address = urlsplit(os.environ["SOURCE"])
    fault = parse_qs(address.query).get("fault", [""])[0]
    print(f"INF connecting to {os.environ['SOURCE']}", file=sys.stderr)
    if fault in REFUSALS:
        sys.exit(REFUSALS[fault])
    with open(address.path) as lines:
        answer(arguments, fault, json.loads(next(lines)), lines)


def answer(arguments, fault, columns, lines) -> None:
    if arguments[:2] == ["conns", "discover"]:
        named = ["db", "public", "things"]
        found = [[*named, n, name, "varchar", "text"] for n, name in enumerate(columns, start=1)]
        print(json.dumps({"fields": [], "rows": [] if fault == "absent" else found}))
        return
    given = dict(zip(arguments[1::2], arguments[2::2], strict=True))
    limit, wrote = int(given.get("--limit", 10**9)), 0
    with open(given["--tgt-object"].removeprefix("file://"), "w") as out:
        for row in lines:
            if wrote == limit:
                break
            if wrote == 100 and fault == "truncated":
                out.write('{"ID": "')
                return
            record = dict(zip(columns, json.loads(row), strict=True))
            out.write(json.dumps(dict(sorted(record.items()))) + "\n")
            wrote += 1
            if wrote == 100 and fault == "cut":
                sys.exit("fatal: the connection was lost")
    print(f"INF wrote {wrote + (fault == 'short'):,} rows [1 r/s] to file", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
