"""A tenant's file of redirects: what is read, and what is refused with its line."""

from __future__ import annotations

import pytest

from dagster_ingest.spec.problem import Report
from dagster_ingest.spec.redirects import read_redirects
from dagster_ingest.spec.yamlfile import YamlFile

OLD = "5b7a2c1e-6f0d-5c3b-9a54-0d6f2f3a8e11"


def read(tmp_path, text: str | bytes, name: str = "redirects.csv"):
    """What the file says, and what is wrong as `line problem`; the last are the tenant file's."""
    tenant = tmp_path / "tenant.yaml"
    tenant.write_text(f"redirects: {name}\n")
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "redirects.csv").write_bytes(data)
    report = Report(YamlFile(tenant))
    found, problems = read_redirects(tmp_path, name, report, str)
    return found, [f"{p.line} {p.problem}" for p in (*problems, *report.problems())]


def test_no_file_is_no_redirect(tmp_path):
    (tmp_path / "tenant.yaml").write_text("tenant: gulf\n")
    assert read_redirects(tmp_path, None, Report(YamlFile(tmp_path / "tenant.yaml")), str) == ({}, [])


def test_rows_are_old_to_new_and_chains_stand_as_they_are(tmp_path):
    text = f"old_id,new_id,note\n{OLD}, rec-2 ,merged\nrec-2,rec_3.x,\n17,{OLD},\n"
    assert read(tmp_path, text) == ({OLD: "rec-2", "rec-2": "rec_3.x", "17": OLD}, [])


def test_a_byte_order_mark_is_no_part_of_the_heading(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbfold_id,new_id\na,b\n") == ({"a": "b"}, [])


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("a,a", "2 an id cannot replace itself"),
        ("a,b\na,c", "3 the old id stands twice, first on line 2"),
        ("../../etc/passwd,b", "2 'old_id' is no id"),
        ("a,b c", "2 'new_id' is no id"),
        ("a,", "2 'new_id' is no id"),
        ("a,b?x=1", "2 'new_id' is no id"),
        (".,b", "2 'old_id' is no id"),
        ("a,b,c", "2 the line has more cells than the heading"),
        ("a,b\nb,c\nc,a\nd,a", "2 ids replace one another: a -> b -> c -> a"),
        ('"a"x,b', "2 not valid CSV"),
    ],
)
def test_a_wrong_row_is_named_with_its_line(tmp_path, rows, problem):
    _, problems = read(tmp_path, f"old_id,new_id\n{rows}\n")
    assert [p.startswith(problem) for p in problems] == [True], problems


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("old,new_id\na,b\n", ["1 unknown column 'old'", "1 the column 'old_id' is missing"]),
        (b"old_id,new_id\na,\xff\n", ["None not UTF-8 text"]),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path, text, problems):
    assert read(tmp_path, text) == ({}, problems)


@pytest.mark.parametrize("name", ["../redirects.csv", "/etc/passwd", "nothing.csv", "tenant.yaml"])
def test_only_a_csv_file_of_the_tenants_folder_is_read(tmp_path, name):
    found, problems = read(tmp_path, "old_id,new_id\na,b\n", name)
    assert found == {}
    assert len(problems) == 1
    assert problems[0].startswith("1 the file ")
