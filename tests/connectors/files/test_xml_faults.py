"""Documents that are cut off, malformed or an attack: an error that names what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_ingest.connectors.files import xml_records, xml_stream
from dagster_ingest.errors import DataError
from tests.hang import no_hang

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
ATTACKS = {
    "billion laughs": f'<!DOCTYPE l [<!ENTITY l0 "ha">{LAUGHS}]><l><a>&l11;</a></l>',
    "quadratic blow-up": f'<!DOCTYPE l [<!ENTITY x "{"x" * 100_000}">]><l><a>{"&x;" * 1_000}</a></l>',
    "a local file": '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l><a>&x;</a></l>',
    "a parameter entity": '<!DOCTYPE l [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd">%x;]><l/>',
    "a remote DTD": '<!DOCTYPE l SYSTEM "http://127.0.0.1/l.dtd"><l/>',
    "an empty DTD": "<!DOCTYPE l><l/>",
    "a notation": '<!DOCTYPE l [<!NOTATION n SYSTEM "cmd.exe">]><l/>',
}
WHOLE = (
    "<Source><Agency><Key>1</Key><Name>caf\u00e9 &amp; co</Name><!-- c --><Site><Key>2</Key></Site></Agency>"
    "</Source>"
)


def refused(drops, document: str | bytes, **settings) -> DataError:
    drops.put("a.xml", document)
    with pytest.raises(DataError) as caught:
        drops.read(pattern="*.xml", **settings)
    assert caught.value.where == "acme/a.xml"
    assert caught.value.not_done
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("attack", ATTACKS)
def test_entities_and_dtds_are_refused_at_once(drops, attack):
    with no_hang(10):
        error = refused(drops, ATTACKS[attack])

    assert error.rule == "file|forbidden"
    assert "DTD" in error.problem


def test_an_entity_that_is_nowhere_defined_is_no_text(drops):
    assert "undefined entity" in refused(drops, "<l><a>&nbsp;</a></l>").problem


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(0, len(WHOLE.encode()) - 1))
def test_a_document_cut_anywhere_is_a_failed_load(new_drops, cut):
    error = refused(new_drops(), WHOLE.encode()[:cut], record={"elements": ["Agency"]})

    assert error.rule in ("file|truncated", "file|empty")


@pytest.mark.parametrize(
    ("document", "rule", "words"),
    [
        ("", "file|empty", "empty"),
        ("   \n", "file|truncated", "breaks off"),
        ("<a><b></a>", "file|readable", "line 1"),
        ("<a/><b/>", "file|readable", "junk"),
        ("<a x='1' x='2'/>", "file|readable", "duplicate attribute"),
        ("<a>\x00</a>", "file|readable", "not well-formed"),
        ("<a>\x0b</a>", "file|readable", "not well-formed"),
        ("<a>&#xD800;</a>", "file|readable", "invalid character"),
        ("<p:a/>", "file|readable", "unbound prefix"),
        ("ID,NAME\n1,x\n", "file|readable", "line 1"),
        (b"PK\x03\x04....", "file|readable", "line 1"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "file|encoding", "klingon"),
        (b"<?xml version='1.0' encoding='shift_jis'?><a>\x83\x65</a>", "file|encoding", "multi-byte"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(drops, document, rule, words):
    error = refused(drops, document)

    assert (error.rule, words in error.problem) == (rule, True), error.problem


def test_another_kind_of_document_is_not_an_empty_delivery(drops):
    error = refused(drops, "<html><body>Please log in</body></html>", record={"root": ["Source"]})

    assert error.rule == "file|document"
    assert "'html'" in error.problem
    assert "Source" in error.fix


def test_depth_is_limited(drops):
    depth = xml_stream.MAX_DEPTH
    drops.put("a.xml", "<a>" * depth + "</a>" * depth)
    assert len(drops.read(pattern="*.xml").rows) == 1

    assert refused(drops, "<a>" * 100_000).rule == "file|depth"


@pytest.mark.parametrize(
    "document",
    [
        "<l><a>" + "x" * 300_000 + "</a></l>",
        "<l><a b='" + "x" * 300_000 + "'/></l>",
        "<l><!--" + "x" * 300_000 + "--></l>",
        "<l><a>" + "<b/>" * 60_000 + "</a></l>",
        "<l><?p " + "x" * 300_000 + "?></l>",
    ],
    ids=["text", "attribute", "comment", "children", "instruction"],
)
def test_size_of_one_record_is_limited(drops, monkeypatch, document):
    monkeypatch.setattr(xml_stream, "MAX_TOKEN", 100_000)
    monkeypatch.setattr(xml_records, "MAX_RECORD", 50_000)

    assert refused(drops, document).rule == "file|record_size"


def test_columns_are_limited(drops, monkeypatch):
    from dagster_ingest.connectors.files import xml

    monkeypatch.setattr(xml_records, "MAX_COLUMNS", 100)
    monkeypatch.setattr(xml, "MAX_COLUMNS", 100)

    one = "<l><a>" + "".join(f"<c{n}/>" for n in range(200)) + "</a></l>"
    many = "<l>" + "".join(f"<a><c{n}/></a>" for n in range(200)) + "</l>"

    assert {refused(drops, document).rule for document in (one, many)} == {"file|columns"}


def test_a_document_larger_than_allowed_is_refused(drops):
    assert refused(drops, "<l>" + "<a/>" * 1_000 + "</l>", max_bytes=1_000).rule == "file|size"
