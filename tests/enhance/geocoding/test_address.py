import pytest

from dagster_ingest.enhance.geocoding.address import Address, says_withheld
from dagster_ingest.enhance.geocoding.kinds import Point
from dagster_ingest.enhance.geocoding.plausible import fault, findings


def address(street: str, city: str = "Des Moines") -> Address:
    return Address(street, city, "Polk", "IA", "50309")


@pytest.mark.parametrize(
    "spelling",
    ["101 Main Street", "101 MAIN ST.", "101  main st, Suite 200", "101 Main St #4B", "101 Main St Apt. 3"],
)
def test_spellings_of_one_address_have_one_key(spelling: str) -> None:
    assert address(spelling).key == address("101 Main St").key


@pytest.mark.parametrize("other", ["102 Main St", "101 Main Ave", "101 N Main St", "101 1/2 Main St"])
def test_other_addresses_have_other_keys(other: str) -> None:
    assert address(other).key != address("101 Main St").key


def test_the_city_is_part_of_the_key() -> None:
    assert address("101 Main St", "Ames").key != address("101 Main St").key
    assert address("101 Main St", "DES MOINES ").key == address("101 Main St").key


@pytest.mark.parametrize(
    "street", ["Main St & 5th Ave", "Main Street and Oak Avenue", "12 Mobile St", "N7W Hwy 61"]
)
def test_a_number_or_a_crossing_is_a_spot_on_a_street(street: str) -> None:
    assert address(street).is_street


@pytest.mark.parametrize(
    "street", ["", "P O Box 5", "PO Drawer 7", "Box 12", "Statewide", "Suite 5", "Main Street"]
)
def test_anything_else_is_not(street: str) -> None:
    assert not address(street).is_street


def test_words_that_keep_an_address_secret() -> None:
    assert says_withheld("Confidential location")
    assert says_withheld(None, "address is private")
    assert not says_withheld("12 Private Drive", "Confidence House")


@pytest.mark.parametrize(
    ("lat", "lon", "state", "wrong"),
    [
        (41.6, -93.6, "IA", None),
        (41.6, -93.6, "NE", "state"),
        (0.0, -93.6, "IA", "zero"),
        (-93.6, 41.6, "IA", "swapped"),
        (41.6, 93.6, "IA", "sign"),
        (416.0, -93.6, "IA", "range"),
        (float("nan"), -93.6, "IA", "range"),
        (51.9, 178.5, "AK", None),  # Amchitka lies beyond the date line
        (61.2, -149.9, "AK", None),
        (13.45, 144.78, "GU", None),
        (41.6, -93.6, "??", None),
    ],
)
def test_points_that_cannot_be(lat: float, lon: float, state: str, wrong: str | None) -> None:
    assert fault(Point(lat, lon), state) == wrong


def test_findings_of_rows_name_the_row_and_who_said_so() -> None:
    rows = [
        {"id": "a", "latitude": 41.6, "longitude": -93.6, "_state": "IA"},
        {"id": "b", "latitude": 0.0, "longitude": 0.0, "_state": "IA"},
        {"id": "c", "latitude": None, "longitude": None, "_state": "IA"},
        {"id": "d", "latitude": 33.0, "longitude": -85.0, "_state": "IA", "provider": "pelias/v1"},
    ]

    assert [(f.id, f.by, f.fault) for f in findings(rows)] == [
        ("b", "source", "zero"),
        ("d", "pelias/v1", "state"),
    ]
