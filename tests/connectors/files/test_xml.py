"""Records of XML documents as rows: which elements, which columns, which keys."""

from __future__ import annotations

import json

import pytest

from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.errors import DataError

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
AGENCY = {
    "root": ["Source"],
    "elements": ["Agency"],
    "apart": ["Site"],
    "nested": ["Phone"],
    "keys": {"Key": "./Key", "Parent": "Agency/Key", "Gone": "./@delete", "Of": "Source/@ID"},
}
SERVICE = {
    "elements": ["Service"],
    "keys": {"In": "Site|Place", "SiteKey": "Site|Place/Key", "AgencyKey": "Agency/Key", "What": "."},
}


def rows(drops, document: str, **record) -> list[dict]:
    """Filled cells of every row, in the order of the records' starts."""
    drops.put("a.xml", document)
    found = drops.read(pattern="*.xml", record=record)
    ordered = sorted(zip(found.numbers, found.rows, strict=True))
    return [
        {name: cell for name, cell in zip(found.columns, row, strict=True) if cell is not None}
        for _, row in ordered
    ]


def test_without_settings_the_children_of_the_root_are_rows(drops):
    assert rows(drops, "<list><a>1</a><b x='2'><c>3</c></b></list>") == [{"#text": "1"}, {"x": "2", "c": "3"}]


def test_elements_are_known_by_their_local_names(drops):
    inside = "<Agency><Key>1</Key></Agency></Source>"
    plain = rows(drops, f"<Source>{inside}", **AGENCY)
    spaced = rows(drops, f"<Source xmlns='urn:airs'>{inside}", **AGENCY)
    prefixed = rows(
        drops, "<p:Source xmlns:p='urn:a'><p:Agency><p:Key>1</p:Key></p:Agency></p:Source>", **AGENCY
    )

    assert plain == spaced == prefixed == [{"Key": "1"}]


def test_a_recursive_element_is_a_row_each_time_with_the_key_of_the_one_around(drops):
    document = """<Source ID="s"><Agency><Key>1</Key><Name>one</Name>
      <Agency><Key>2</Key><Agency delete="true"><Key>3</Key></Agency></Agency>
      <Site><Key>9</Key><Name>not mine</Name></Site></Agency><Agency><Key>4</Key></Agency></Source>"""

    assert rows(drops, document, **AGENCY) == [
        {"Key": "1", "Of": "s", "Name": "one"},
        {"Key": "2", "Parent": "1", "Of": "s"},
        {"Key": "3", "Parent": "2", "Gone": "true", "Of": "s"},
        {"Key": "4", "Of": "s"},
    ]


@pytest.mark.parametrize(
    "document",
    [
        "<S><Agency><Key>1</Key><Site><Key>2</Key><Service/></Site></Agency></S>",
        "<S><Agency><Site><Service/><Key>2</Key></Site><Key>1</Key></Agency></S>",
        "<S><Agency Key='1'><Site Key='2'><Service/></Site></Agency></S>",
        "<S><Agency><Key>1</Key><Key>x</Key><Site><Wrap><Service/></Wrap><Key>2</Key></Site></Agency></S>",
    ],
)
def test_keys_are_those_around_wherever_they_stand(drops, document):
    assert rows(drops, document, **SERVICE) == [
        {"In": "Site", "SiteKey": "2", "AgencyKey": "1", "What": "Service"}
    ]


def test_keys_of_the_nearest_one(drops):
    document = """<S><Agency><Site><Service/></Site><Key>1</Key>
      <Agency><Place><Key>3</Key><Service/></Place><Key>2</Key></Agency></Agency></S>"""

    assert rows(drops, document, **SERVICE) == [
        {"In": "Site", "AgencyKey": "1", "What": "Service"},
        {"In": "Place", "SiteKey": "3", "AgencyKey": "2", "What": "Service"},
    ]


def test_key_columns_are_there_without_any_record(drops):
    drops.put("a.xml", "<Source/>")

    found = drops.read(pattern="*.xml", record=AGENCY)

    assert found.columns == ["Parent", "Of", "Key", "Gone"] or set(found.columns) == set(AGENCY["keys"])
    assert found.rows == []
    assert found.completeness.complete


def test_texts_are_verbatim(drops):
    [row] = rows(drops, "<l><a><t> 5 &lt; 6\n</t><e/><c><![CDATA[<b>&]]></c><u>é</u></a></l>")

    assert row == {"t": " 5 < 6\n", "e": "", "c": "<b>&", "u": "é"}


def test_nothing_is_lost_of_what_nobody_expects(drops):
    document = """<l><a Key="attribute"><Key>child</Key><Name lang="en">A</Name><Name>B</Name>
      <New><x y="1">2</x><x/></New>loose</a></l>"""

    [row] = rows(drops, document)

    assert row == {
        "Key": "attribute",
        "Key (element)": "child",
        "Name": "A",
        "Name@lang": "en",
        "Name (more)": '["B"]',
        "New": '{"x":[{"@y":"1","#text":"2"},""]}',
        "#text": row["#text"],
    }
    assert row["#text"].strip() == "loose"


def test_nested_children_are_an_array_even_if_there_is_one(drops):
    document = """<Source><Agency><Key>1</Key><Phone Confidential="true"><Number>5</Number><Number>6</Number>
      </Phone></Agency><Agency><Key>2</Key><Phone>7</Phone><Phone/></Agency><Agency><Key>3</Key></Agency></Source>"""

    found = rows(drops, document, **AGENCY)

    assert json.loads(found[0]["Phone"]) == [{"@Confidential": "true", "Number": ["5", "6"]}]
    assert json.loads(found[1]["Phone"]) == ["7", ""]
    assert "Phone" not in found[2]


def test_nil_is_no_value_and_the_schemas_own_attributes_are_no_data(drops):
    document = """<l xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><a xsi:type="t"><b xsi:nil="true"/>
      <c xsi:nil="true">5</c></a></l>"""

    assert rows(drops, document) == [{"c": "5"}]


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("ISO-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
        ("us-ascii", "ascii"),
    ],
)
def test_the_document_says_its_encoding(drops, declared, codec):
    text = "a" if codec == "ascii" else "é ü"
    drops.put(
        "a.xml", f'<?xml version="1.0" encoding="{declared}"?><l><a><b>{text}</b></a></l>'.encode(codec)
    )

    assert drops.read(pattern="*.xml").rows == [(text,)]


def test_a_setting_overrides_a_declaration_that_is_wrong(drops):
    drops.put("a.xml", f"{HEAD}<l><a><b>caf\u00e9 \u2013</b></a></l>".encode("cp1252"))

    with pytest.raises(DataError, match="not well-formed") as caught:
        drops.read(pattern="*.xml")
    assert "cp1252" in caught.value.fix
    assert drops.read(pattern="*.xml", encoding="cp1252").rows == [("caf\u00e9 \u2013",)]


def test_packed_documents_and_several_of_them(drops):
    drops.put_gzip("b_2026-01-02.xml.gz", b"<l><a><k>2</k></a></l>")
    drops.put_zip("c.zip", {"c_2026-01-01.xml": b"<l><a><k>1</k><n>x</n></a></l>"})

    found = drops.read(pattern="*.xml", pick="all")

    assert found.columns == ["k", "n"]
    assert found.uris == ["acme/b_2026-01-02.xml.gz", "acme/c.zip!c_2026-01-01.xml"]
    assert found.numbers == [1, 1]


def test_the_record_is_part_of_the_fingerprint(drops):
    drops.put("a.xml", "<Source/>")

    one = drops.fingerprint(pattern="*.xml", record={"elements": ["a"]})
    other = drops.fingerprint(pattern="*.xml", record={"elements": ["b"]})

    assert one.value != other.value
    assert one.bytes == other.bytes == 9


def test_memory_is_that_of_a_batch_and_not_of_the_document(drops, monkeypatch):
    import tracemalloc

    from dagster_ingest.connectors.files import xml

    monkeypatch.setattr(xml, "BATCH_ROWS", 100)
    peaks = []
    for count in (2_000, 20_000):
        drops.put("a.xml", "<l>" + "<a><k>1</k><t>some text here</t></a>" * count + "</l>")
        read = drops.connector.read(drops.request(pattern="*.xml"))
        tracemalloc.start()
        heights = [batch.frame.height for batch in read.batches()]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert sum(heights) == count
        assert max(heights) <= 3_000  # what one piece of the file holds on top of a batch

    assert peaks[1] < 2 * peaks[0]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"elements": ["a b"]}, "pattern"),
        ({"nested": ["Site"], "apart": ["Site"]}, "Site cannot be rows and a column"),
        ({"keys": {"K": "a/b/c"}}, "pattern"),
        ({"element": ["a"]}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_told(record, message):
    with pytest.raises(ValueError, match=message):
        FilesSettings(record=record)
