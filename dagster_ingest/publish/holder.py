"""Who is publishing: named so that a successor on the same host can tell whether he is gone."""

from __future__ import annotations

import os
import secrets
import socket


def me() -> str:
    """This attempt of this process."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def died_here(holder: str) -> bool:
    """Whether it was a process of this host that is gone: nobody has to wait for it."""
    host, process, _ = holder.split(":", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
