"""What a message or call says: which states have something new."""

from __future__ import annotations

import json
from collections.abc import Sequence


def named_states(body: bytes, states: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """(states that it concerns, what is odd about it).

    A JSON object names them by `state` or `states`. Without either, or with another body, all are meant:
    something came, whatever it was. A message that names states and none of ours concerns nobody.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return tuple(states), ""
    if not isinstance(said, dict) or not {"state", "states"} & said.keys():
        return tuple(states), ""
    named = said.get("states", said.get("state"))
    listed = named if isinstance(named, list) else [named]
    wanted = {name.strip().upper() for name in listed if isinstance(name, str)}
    found = tuple(state for state in states if state in wanted)
    odd = len(found) < len(listed)
    return found, f"names states that are none of {', '.join(states)}" if odd else ""
