"""Whatever a cell holds, its companion is JSON that every reader takes, or there is none; and soon."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dagster_ingest.extract.decode import CODECS, MAX_TEXT, Decoder
from tests.hang import no_hang

SCRAPS = st.sampled_from((
    "[", "]", "{", "}", "(", ")", ",", ":", "'", '"', "\\", "\\'", "\\x00", "\\ud800", "\\N{DASH}", "None",
    "True", "nan", "inf", "1e999", "-", "+1", "0x1F", "0o7", "1_000", "1j", "b'a'", "f'{1}'", "r'\\'", "...",
    "()", "set()", "\n", "\t", "\0", "\u2028", "é", "🙂", "__import__('os')", "lambda: 0", "a.b", "*[1]",
    "'''", "#", ";", " ",
))  # fmt: skip
TEXTS = st.one_of(
    st.lists(SCRAPS, max_size=14).map("".join),
    st.lists(SCRAPS | st.text(max_size=4), max_size=10).map(lambda parts: f"[{','.join(parts)}]"),
    st.text(max_size=60),
)
BOMBS = {
    "deep lists": "[" * 200_000,
    "deep and closed": "[" * 100_000 + "]" * 100_000,
    "deep dicts": "{1:" * 100_000,
    "a quote after the other": "'" * MAX_TEXT,
    "strings beside each other": "'a' " * 200_000,
    "escapes": "'" + "\\" * (MAX_TEXT - 2) + "'",
    "a long number": "9" * 500_000,
    "a power of ten": "1e" + "9" * 500_000,
    "signs": "-" * 200_000 + "1",
    "sums": "1+" * 200_000 + "1",
    "commas": "[" + "," * 500_000 + "]",
    "empty lists": "[" + "[]," * 300_000 + "]",
    "a broken end": "[" + "{'a': 'b'}, " * 80_000 + "{'a': ",
    "other letters": "é" * MAX_TEXT,
    "too long": "[" + "1," * MAX_TEXT + "1]",
    "spaces": " " * MAX_TEXT,
    "line ends in brackets": "[" + "\n" * 500_000 + "]",
}


def sound(text: str | None) -> None:
    if text is None:
        return
    text.encode()
    json.loads(text, parse_constant=_refused)
    assert pl.Series([text], dtype=pl.String)[0] == text


def _refused(constant: str):
    raise AssertionError(f"{constant} is not JSON")


@settings(deadline=None, max_examples=400)
@given(TEXTS)
@example("{'a': 1e999}")
@example("{1: 2, '1': 3}")
@example("{None: 1, (1, 2): 3}")
@example("['\\ud83d\\ude42']")
@example("[1" + "0" * 5000 + "]")
def test_a_companion_is_json_or_absent(text):
    for decode in CODECS.values():
        sound(decode(text))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.none() | TEXTS, min_size=1, max_size=8))
def test_a_batch_keeps_its_cells_and_every_companion_is_of_its_own_cell(cells):
    frame = pl.DataFrame({"A": cells, "B": cells}, schema={"A": pl.String, "B": pl.String})

    found = Decoder({"A": "python_literal", "B": "json"})(frame)

    assert found["A"].to_list() == cells
    for name, codec in (("A", "python_literal"), ("B", "json")):
        assert found[f"{name}_json"].to_list() == [None if c is None else CODECS[codec](c) for c in cells]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_no_cell_keeps_a_decoder_for_ever(codec, bomb):
    with no_hang():
        sound(CODECS[codec](BOMBS[bomb]))
