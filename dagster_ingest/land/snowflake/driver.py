"""The connector, imported when it is first needed: it takes seconds."""

from __future__ import annotations

import warnings
from types import ModuleType


def connector() -> ModuleType:
    """`snowflake.connector`, its errors beside it.

    The libraries that it brings along complain of versions of others that they do not use.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import snowflake.connector
        import snowflake.connector.errors
    return snowflake.connector
