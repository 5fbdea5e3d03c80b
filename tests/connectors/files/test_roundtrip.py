"""What Python's csv module writes in any dialect is read back cell for cell."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

TEXT = st.text(
    st.one_of(
        st.sampled_from(list(",;|\t\"'\\\n\r #abc0 ")),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=12,
)
DIALECT = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;|\t"),
        "quote": st.sampled_from("\"'"),
        "end": st.sampled_from(["\n", "\r\n", "\r"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        "last_end": st.booleans(),
    }
)
TABLE = st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(TEXT, min_size=n, max_size=n), max_size=12))


def written(dialect: dict, header: list[str], table: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    # Before Python 3.13 the writer leaves a line end bare that is not its own: no reader can tell.
    quoting = dialect["quoting"] if dialect["end"] == "\r\n" else csv.QUOTE_ALL
    writer = csv.writer(
        text,
        delimiter=dialect["delimiter"],
        quotechar=dialect["quote"],
        lineterminator=dialect["end"],
        quoting=quoting,
    )
    writer.writerow(header)
    writer.writerows(table)
    whole = text.getvalue()
    return whole if dialect["last_end"] else whole.removesuffix(dialect["end"])


@given(DIALECT, TABLE, st.sampled_from(["utf-8", "utf-8-sig"]))
@settings(max_examples=100, deadline=None)
def test_round_trip(new_drops, dialect, table, encoding):
    width = len(table[0]) if table else 2
    header = [f"h{i}" for i in range(width)]
    drops = new_drops()
    drops.put("r.csv", written(dialect, header, table).encode(encoding))

    found = drops.read(delimiter=dialect["delimiter"], quote=dialect["quote"])

    assert found.columns == header
    assert found.rows == [tuple(row) for row in table]
    assert found.numbers == list(range(1, len(table) + 1))
    assert found.malformed == []
    assert found.completeness.complete


@given(st.lists(st.sampled_from(["1,a", "2", '3,"x\ny"', "4,b,c", '5,"q"', "\n"]), max_size=40))
@settings(max_examples=100, deadline=None)
def test_every_record_is_a_row_or_malformed_and_keeps_its_number(new_drops, records):
    drops = new_drops()
    drops.put("r.csv", "ID,A\n" + "".join(r if r == "\n" else r + "\n" for r in records))

    found = drops.read()

    records = [r for r in records if r != "\n"]
    good = [n for n, r in enumerate(records, 1) if r not in ("2", "4,b,c")]
    bad = [n for n, r in enumerate(records, 1) if r in ("2", "4,b,c")]
    assert found.numbers == good
    assert [m.row_number for m in found.malformed] == bad
    assert [r[0] for r in found.rows] == [records[n - 1][0] for n in good]


@given(st.text(st.sampled_from('aé€“”ÿ,\n"x'), max_size=20))
@settings(max_examples=100, deadline=None)
def test_cp1252_round_trip(new_drops, text):
    drops = new_drops()
    content = 'A,B\n1,"' + text.replace('"', '""') + '"\n'
    drops.put("r.csv", content.encode("cp1252"))
    assert drops.read(encoding="cp1252").rows == [("1", text)]
