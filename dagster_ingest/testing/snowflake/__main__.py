"""`python -m dagster_ingest.testing.snowflake --port 0`: prints its port as one line, then serves."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
import threading

from dagster_ingest.testing.snowflake.process import HOST


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m dagster_ingest.testing.snowflake")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--until-stdin-ends", action="store_true", help="stop when the starter is gone")
    parser.add_argument("--verbose", action="store_true", help="log requests and unhandled errors")
    arguments = parser.parse_args()

    if not arguments.verbose:  # fakesnow and sqlglot tell of everything
        logging.disable(logging.CRITICAL)

    import uvicorn

    from dagster_ingest.testing.snowflake.server import make_app

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, arguments.port))
    listener.listen(128)
    app, close = make_app()
    config = uvicorn.Config(app, log_level="info" if arguments.verbose else "critical", access_log=False)
    server = uvicorn.Server(config)
    if arguments.until_stdin_ends:
        threading.Thread(target=_wait, args=(server,), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    try:
        server.run(sockets=[listener])
    finally:
        close()


def _wait(server) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = server.force_exit = True


if __name__ == "__main__":
    main()
