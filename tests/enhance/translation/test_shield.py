"""What must not be translated is marked, put back, and missed when it is lost."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_ingest.enhance.translation.glossary import Glossary, Term
from dagster_ingest.enhance.translation.pieces import pieces
from dagster_ingest.enhance.translation.shield import shield

NONE = Glossary(())
KEPT = [
    "(563) 555-0101",
    "563-555-0101 ext. 12",
    "1-800-555-HELP",
    "+1 563 555 0101",
    "555-0101",
    "2-1-1",
    "https://prairie.example/a?b=1&c=(2)",
    "www.prairie.example",
    "prairie.org/help",
    "help@prairie.example",
    "{name}",
    "{{ agency.name }}",
    "%(count)s",
    "%s",
    "[[phone]]",
]
PARTS = [
    *KEPT,
    "<b>", "</b>", "<p class='x'>", "</p>", "<br/>", "<!-- note -->", "<li>", "&nbsp;", "&amp;", "&", "<",
    "meals", "Help, now.", "food pantry", "Prairie Legal Aid", " ", "\n\n", "\t", "'", '"', "100% free",
    "a < b", "1/2", ">", "ñandú", "食物", "<script>x()</script>",
]  # fmt: skip
texts = st.lists(st.sampled_from(PARTS), max_size=14).map("".join) | st.text(max_size=60)


def words(text: str) -> str:
    """A translator that leaves tags and what is marked alone, and puts all else in capitals."""
    parts = re.split(r"(<span class=\"notranslate\".*?</span>|<[^>]*>|&\w+;)", text, flags=re.DOTALL)
    return "".join(part.upper() if i % 2 == 0 else part for i, part in enumerate(parts))


@given(texts)
def test_pieces_put_together_are_the_text(text: str) -> None:
    assert "".join(part for _, part in pieces(text)) == text


@given(texts)
def test_what_comes_back_as_it_was_sent_is_the_text(text: str) -> None:
    sent = shield(text, NONE)

    if sent.markup is not None:
        assert sent.restore(sent.markup) == sent.plain
    if not sent.html:
        assert sent.plain == text


@given(st.lists(st.sampled_from(PARTS), max_size=14).map(" ".join))
def test_no_piece_changes_while_words_do(text: str) -> None:
    sent = shield(f"{text} meals", NONE)
    assert sent.markup is not None

    back = sent.restore(words(sent.markup))

    assert back is not None
    at = 0
    for part in (part for kind, part in pieces(text) if kind != "text"):
        at = back.index(part, at) + len(part)
    assert back.endswith("MEALS")


@given(texts, st.data())
def test_a_translation_that_lost_a_piece_is_refused(text: str, data: st.DataObject) -> None:
    sent = shield(text, NONE)
    marked = re.findall(r'<[a-z0-9]+ (?:class="notranslate" )?id="p\d+">', sent.markup or "")
    if not marked:
        return

    gone = data.draw(st.sampled_from(marked))

    assert sent.restore((sent.markup or "").replace(gone, "", 1)) is None


MARKUP = [
    "<",
    ">",
    "!",
    "[",
    "]",
    "--",
    "/",
    "span",
    "b",
    "br",
    ' id="p0"',
    "p1",
    "&",
    "#x3c;",
    "x",
    " ",
    "?",
    "=",
]


@given(texts, st.text(max_size=80) | st.lists(st.sampled_from(MARKUP), max_size=25).map("".join))
def test_any_answer_is_read_or_refused(text: str, answer: str) -> None:
    back = shield(text, NONE).restore(answer)

    assert back is None or back.strip()


def test_an_answer_that_the_parser_cannot_read_is_refused() -> None:
    assert shield("Meals", NONE).restore("<![foo[ Comidas ]]>") is None


@pytest.mark.parametrize("sign", [" ", "<!--", "<pre>", "a.", "(", "{", "<b>", "https://x", "1-"])
def test_a_long_text_of_one_sign_is_read_in_no_time(sign: str) -> None:
    text = sign * (20_000 // len(sign)) + "meals"

    assert "".join(part for _, part in pieces(text)) == text


@pytest.mark.parametrize("piece", KEPT)
def test_what_is_kept_is_sent_marked(piece: str) -> None:
    sent = shield(f"Ask {piece}, please", NONE)

    assert sent.markup is not None
    assert sent.markup.startswith('Ask <span class="notranslate" id="p0">')
    assert sent.markup.endswith("</span>, please")
    assert sent.restore('Por favor, pida<span id="p0">?</span>!') == f"Por favor, pida {piece}!"


@pytest.mark.parametrize("text", ["555-0101", "https://a.example", "12/7 - 24", "", " \n ", "<br>", "%s"])
def test_what_has_no_words_is_not_sent(text: str) -> None:
    assert shield(text, NONE).markup is None


@pytest.mark.parametrize(
    "answer",
    [
        "Llame",
        'Llame al <span id="p0">x</span> <span id="p0">x</span>',
        'Llame al <span id="p0">x</span> o 555-9999',
        'Llame al <span id="p0">x</span> en http://evil.example',
        'Llame al <span id="p0">x</span> &lt;script&gt;alert(1)&lt;/script&gt;',
        'Llame al <span id="p0">x</span><script>alert(1)</script>',
        'Llame al <span id="p0">x</span> <b>ya</b>',
        'Llame al <span id="p0">x</span> <b id="p1">ya</b>',
        'Llame al <span id="p0">x',
        'Llame al <span id="p0">x</span><!-- -->',
        "",
    ],
)
def test_what_cannot_be_trusted_is_refused(answer: str) -> None:
    assert shield("Call (563) 555-0101", NONE).restore(answer) is None


def test_tags_may_change_their_order_but_not_their_nesting() -> None:
    sent = shield("<b>Free</b> <i>meals</i>", NONE)

    assert sent.markup == '<b id="p0">Free</b> <i id="p1">meals</i>'
    assert sent.restore('<i id="p1">comidas</i> <b id="p0">gratis</b>') == "<i>comidas</i> <b>gratis</b>"
    assert sent.restore('<b id="p0">a<i id="p1">b</b>c</i>') is None


def test_attributes_and_lines_stay_at_home() -> None:
    sent = shield('<a href="https://a.example" onclick="x()">Meals</a>\r\n\r\nBeds', NONE)

    assert sent.markup == '<a id="p0">Meals</a><br id="p1">Beds'
    back = sent.restore('<a id="p0">Comidas</a><br id="p1"/>Camas')
    assert back == '<a href="https://a.example" onclick="x()">Comidas</a>\r\n\r\nCamas'


def test_signs_of_html_are_as_the_source_has_them() -> None:
    plain, html = shield("Food & beds < 5", NONE), shield("Food &amp; <b>beds</b>", NONE)

    assert plain.restore("Comida &amp; camas &lt; 5") == "Comida & camas < 5"
    assert html.restore('Comida & <b id="p0">camas</b>') == "Comida &amp; <b>camas</b>"


TERMS = Glossary(
    [
        Term("food pantry", "despensa", False),
        Term("pantry", "alacena", False),
        Term("WIC", None, True),
        Term("Prairie Legal Aid", None, True),
    ]
)


def test_terms_are_put_in_their_places() -> None:
    sent = shield("Food pantry, WIC; wic, pantry and food pantrys of Prairie Legal Aid", TERMS)

    assert sent.plain == "Despensa, WIC; wic, alacena and food pantrys of Prairie Legal Aid"
    assert sent.glossary is not None


def test_a_text_that_is_a_term_needs_no_translator() -> None:
    sent = shield("Food Pantry", TERMS)

    assert (sent.markup, sent.settled, sent.plain) == (None, True, "Despensa")
    assert not shield("WIC", TERMS).settled


def test_terms_that_are_not_in_a_text_do_not_count() -> None:
    other = Glossary([Term("shelter", "albergue", False)])

    assert shield("Free meals", TERMS).glossary is None
    assert shield("WIC meals", TERMS).glossary != shield("A pantry", TERMS).glossary
    assert shield("Free meals", other) == shield("Free meals", TERMS)


@pytest.mark.parametrize("opening", ["<!--", "<pre>", "<script x>", "</pre   "])
def test_what_is_never_closed_costs_in_proportion_to_the_text(opening: str) -> None:
    def seconds(times: int) -> float:
        text, began = opening * times, time.process_time()
        assert "".join(part for _, part in pieces(text)) == text
        return time.process_time() - began

    short, long = (min(seconds(times) for _ in range(2)) for times in (3_000, 12_000))

    assert long < 9 * short + 0.1  # four times the text; it was sixteen times the work


def test_a_comment_and_a_script_are_one_piece() -> None:
    text = "<!-- a\nb --> Meals <script>call('563-555-0101')</script >"

    assert [part for kind, part in pieces(text) if kind == "tag"] == [text[:12], text[19:]]
