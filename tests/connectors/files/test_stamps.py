"""Dates in file names: found, ordered, and left out of the series."""

from __future__ import annotations

from datetime import datetime

import pytest

from dagster_ingest.connectors.files.stamps import split_stamp

DAY = datetime(2026, 11, 2)


@pytest.mark.parametrize(
    ("name", "series", "stamp"),
    [
        ("resource_2026-11-02.csv", "resource", DAY),
        ("Resource-20261102.CSV", "resource", DAY),
        ("resource.2026_11_02.csv.gz", "resource", DAY),
        ("resource 11-02-2026.csv", "resource", DAY),
        ("2026-11-02_resource.csv", "resource", DAY),
        ("resource_2026-11-02_0315.csv", "resource", datetime(2026, 11, 2, 3, 15)),
        ("resource_2026-11-02T03-15-09.csv", "resource", datetime(2026, 11, 2, 3, 15, 9)),
        ("resource_20261102031509.csv", "resource", datetime(2026, 11, 2, 3, 15, 9)),
        ("resource_2026-10-01_2026-11-02.csv", "resource", DAY),
        ("resource.csv", "resource", None),
        ("resource_2026-13-45.csv", "resource_2026-13-45", None),
        ("resource_5152026110.csv", "resource_5152026110", None),
        ("resource_2026-11-02_part1.csv", "resourcepart1", DAY),
        ("resource (1).csv", "resource (1)", None),
    ],
)
def test_name_is_split(name, series, stamp):
    assert split_stamp(name) == (series, stamp)


def test_a_later_time_of_the_same_day_is_newer():
    morning, evening = split_stamp("r_20261102_0600.csv")[1], split_stamp("r_20261102_1800.csv")[1]
    assert split_stamp("r_20261102.csv")[1] < morning < evening
