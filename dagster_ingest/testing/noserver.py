"""What tests are told where a server cannot be had."""

from __future__ import annotations


class NoServer(Exception):
    """There is no such server here. The message says why."""
