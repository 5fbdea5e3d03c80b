"""Settings refuse what leaves the drop folder and what contradicts itself."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dagster_ingest.connectors.files.settings import FilesSettings


@pytest.mark.parametrize("path", ["..", "a/../../b", "/etc", "C:\\drops", "\\\\host\\share", "a\\..\\..\\b"])
def test_a_path_that_leaves_the_drop_folder_is_refused(path):
    with pytest.raises(ValidationError, match="leaves the drop folder"):
        FilesSettings(path=path)
    with pytest.raises(ValidationError, match="leaves the drop folder"):
        FilesSettings(pattern=path + "/x.csv")


@pytest.mark.parametrize("path", [".", "{state}", "in/{STATE}/daily", "..hidden/x"])
def test_a_path_inside_is_taken(path):
    assert FilesSettings(path=path).path == path


def test_an_unknown_key_is_refused():
    with pytest.raises(ValidationError, match="Extra inputs"):
        FilesSettings(patern="*.csv")


def test_columns_and_heading_rows_exclude_each_other():
    with pytest.raises(ValidationError, match="header_rows is 0"):
        FilesSettings(columns=["ID"])
    with pytest.raises(ValidationError, match="header_rows is 0"):
        FilesSettings(header_rows=0)


def test_signs_must_differ():
    with pytest.raises(ValidationError, match="differ"):
        FilesSettings(delimiter='"')


@pytest.mark.parametrize("sign", ["", ";;", "é", "\n"])
def test_a_delimiter_is_one_ascii_sign(sign):
    with pytest.raises(ValidationError):
        FilesSettings(delimiter=sign)


def test_recursion_is_refused():
    with pytest.raises(ValidationError, match="not supported"):
        FilesSettings(pattern="**/x.csv")
