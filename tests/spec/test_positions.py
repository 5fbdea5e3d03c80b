"""Lines and columns of what a loc names."""

from __future__ import annotations

import pytest

from dagster_ingest.spec.positions import Positions

TEXT = """\
a: 1
b:
  - c: x
    d: [p, q]
  - {e: y}
"""


@pytest.mark.parametrize(
    ("loc", "on_key", "position"),
    [
        (("a",), False, (1, 4)),
        (("a",), True, (1, 1)),
        (("b",), False, (2, 1)),
        (("b", 0, "d", 1), False, (4, 12)),
        (("b", 1, "e"), True, (5, 6)),
        (("b", 0, "label of a union", "c"), False, (3, 8)),
        (("b", 0, "missing"), True, (3, 5)),
        ((), False, (1, 1)),
        (("b", 7), False, (2, 1)),
    ],
)
def test_a_loc_has_a_line_and_a_column(loc: tuple, on_key: bool, position: tuple[int, int]) -> None:
    assert Positions(TEXT).of(loc, on_key=on_key) == position


def test_a_text_that_is_no_yaml_has_no_positions() -> None:
    assert Positions("a: [").of(("a",)) == (None, None)
