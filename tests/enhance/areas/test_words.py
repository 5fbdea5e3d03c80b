"""Words of service areas, as the sources' systems leave them in the stage layer, to places."""

import pytest

from dagster_ingest.enhance.areas.words import meaning
from dagster_ingest.testing.sample.places import PLACES, STATE_NAMES, Place

EVERY = [place for places in PLACES.values() for place in places]


def ids(name: str, description: str | None, state: str) -> list[str]:
    return [place.id for place in meaning(name, description, state).places]


@pytest.mark.parametrize(
    ("name", "description", "state", "places"),
    [
        # iCarol: the item as written is the description, and its state is wrong at times
        ("Garrett County", "MD - Garrett County", "PA", ["county:24023"]),
        ("Polk County", "MD - Polk County", "IA", ["county:19153"]),
        ("Cumberland", "MD - Cumberland", "MD", ["city:MD/Cumberland"]),
        ("Polk County", "United States - Iowa - Polk County", "IA", ["county:19153"]),
        # WellSky, VisionLink and AIRS: the kind is the description
        ("Polk County, IA", "County/Parish", "IA", ["county:19153"]),
        ("Caddo Parish, LA", "County/Parish", "LA", ["county:22017"]),
        ("Des Moines, IA", "City", "IA", ["city:IA/Des Moines"]),
        ("50309", "Postal Code", "IA", ["zip:50309"]),
        ("50309-1234", "zip", "IA", ["zip:50309"]),
        ("Iowa", "State", "IA", ["state:IA"]),
        ("IA", "state", "NE", ["state:IA"]),
        ("US", "country", "IA", ["country:US"]),
        ("Washington", "County", "WA", []),
        ("Washington", "County", "IA", ["county:19183"]),
        # HSDS and free text
        ("Statewide", None, "NE", ["state:NE"]),
        ("State of Iowa", None, "NE", ["state:IA"]),
        ("Iowa (statewide)", None, "IA", ["state:IA"]),
        ("Nationwide", None, "NE", ["country:US"]),
        ("Polk, Story and Dallas Counties, Iowa", None, "IA", [f"county:19{n}" for n in (153, 169, "049")]),
        ("Counties: Polk; Story", None, "IA", ["county:19153", "county:19169"]),
        ("50309, 50310 and 50311", None, "IA", ["zip:50309", "zip:50310", "zip:50311"]),
        ("Kansas and Missouri", None, "MO", ["state:KS", "state:MO"]),
        ("Des Moines and the rest of Polk County", None, "IA", ["city:IA/Des Moines", "county:19153"]),
        ("County of Marin", None, "CA", ["county:06041"]),
        ("Serving all of Polk County.", None, "IA", ["county:19153"]),
        # spellings
        ("San José, CA", "City", "CA", ["city:CA/San Jose"]),
        ("Dona Ana County", None, "NM", ["county:35013"]),
        ("Doña Ana County", None, "NM", ["county:35013"]),
        ("LaSalle Parish", None, "LA", ["county:22059"]),
        ("La Salle Parish", None, "LA", ["county:22059"]),
        ("Prince Georges County", None, "MD", ["county:24033"]),
        ("O Brien County", None, "IA", ["county:19141"]),
        ("Matanuska-Susitna Borough", None, "AK", ["county:02170"]),
        ("Chugach Census Area", None, "AK", ["county:02261"]),
        ("Dade County", None, "FL", ["county:12086"]),
        # cities that are counties
        ("New York City", None, "NY", [f"county:36{n}" for n in ("005", "047", "061", "081", "085")]),
        ("Washington, DC", None, "MD", ["county:11001"]),
        ("Carson City", None, "NV", ["county:32510"]),
        ("James City County", None, "VA", ["county:51095"]),
        ("Iowa City", None, "IA", ["city:IA/Iowa City"]),
        ("New York", None, "NY", ["state:NY"]),
    ],
)  # fmt: skip
def test_what_a_text_means(name: str, description: str | None, state: str, places: list[str]) -> None:
    assert ids(name, description, state) == places


@pytest.mark.parametrize(
    ("name", "kind", "state", "fips"),
    [
        ("St. Louis County", None, "MO", "29189"),
        ("Saint Louis County, MO", "County", "MO", "29189"),
        ("St. Louis", "County", "MO", "29189"),
        ("St. Louis City, MO", None, "MO", "29510"),
        ("City of St. Louis", None, "MO", "29510"),
        ("St. Louis, MO", "City", "MO", "29510"),
        ("St. Louis City County, MO", "County", "MO", "29510"),
        ("St. Louis County", None, "MN", "27137"),
        ("Baltimore County", None, "MD", "24005"),
        ("Baltimore City", None, "MD", "24510"),
        ("Fairfax County", None, "VA", "51059"),
        ("Fairfax City", None, "VA", "51600"),
        ("Richmond County", None, "VA", "51159"),
        ("Richmond City County, VA", "County/Parish", "VA", "51760"),
        ("Roanoke County", None, "VA", "51161"),
        ("City of Roanoke", None, "VA", "51770"),
        ("Franklin County", None, "VA", "51067"),
        ("Franklin City", None, "VA", "51620"),
    ],
)
def test_a_county_and_the_city_of_its_name_are_two(
    name: str, kind: str | None, state: str, fips: str
) -> None:
    assert ids(name, kind, state) == [f"county:{fips}"]


def test_a_bare_name_of_two_places_is_told() -> None:
    city = meaning("St. Louis", None, "MO")
    around = meaning("Washington", None, "IA")

    assert (city.ambiguous, [p.id for p in city.places]) == (True, ["county:29510"])
    assert (around.ambiguous, [p.id for p in around.places]) == (True, ["county:19183"])
    assert not meaning("City of St. Louis", None, "MO").ambiguous


@pytest.mark.parametrize(
    "text",
    ["Census tract 12.01", "Residents in need", "Chicago metro area", "99999", "Gotham County", "x" * 500],
)
def test_what_means_nothing_is_told_and_drawn_nowhere(text: str) -> None:
    found = meaning(text, None, "IL")

    assert found.places == ()
    assert len(found.unknown) == 1


def test_part_of_a_list_may_mean_nothing() -> None:
    found = meaning("Polk County; Gotham County", None, "IA")

    assert ([p.id for p in found.places], found.unknown) == (["county:19153"], ("Gotham County",))


@pytest.mark.parametrize("place", EVERY, ids=lambda place: f"{place.city}-{place.state}-{place.zip}")
def test_each_place_of_the_sample_is_known(place: Place) -> None:
    county = f"{place.county} County"

    found = ids(county, f"{place.state} - {county}", place.state)

    assert len(found) == 1
    assert found[0].startswith("county:")
    assert ids(f"{place.city}, {place.state}", "City", place.state)
    assert ids(place.zip, "Postal code", place.state) == [f"zip:{place.zip}"]
    assert ids(STATE_NAMES[place.state], "State", place.state) == [f"state:{place.state}"]
