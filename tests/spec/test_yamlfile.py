"""Reading YAML: safe, bounded, with lines for everything that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dagster_ingest.spec.yamlfile import MAX_BYTES, YamlError, YamlFile, looks_unusual


def read(folder: Path, content: str | bytes) -> dict:
    path = folder / "spec.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return YamlFile(path, "spec.yaml").data


def problems(folder: Path, content: str | bytes) -> list[tuple[int | None, int | None, str]]:
    with pytest.raises(YamlError) as caught:
        read(folder, content)
    return [(p.line, p.column, p.problem) for p in caught.value.problems]


def test_plain_yaml_is_read_as_version_1_2(tmp_path: Path) -> None:
    data = read(
        tmp_path, "states: [NO, ON]\nday: 2026-01-02\ntime: 12:30\nflag: true\nnone: ~\nshare: 1e-2\n"
    )

    assert data == {
        "states": ["NO", "ON"],
        "day": "2026-01-02",
        "time": "12:30",
        "flag": True,
        "none": None,
        "share": 0.01,
    }


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbftenant: a") == {"tenant": "a"}


def test_anchors_are_plain_values(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &x {k: 1}\nb: *x\n")["b"] == {"k": 1}


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        ("a: 1\nb: [1,\nc: 2\n", 3, 1, "not valid YAML"),
        ("a: 1\n  b: 2\n", 2, 4, "not valid YAML"),
        ("a: 1\nb: 'open\n", 3, 1, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, 1, "a tab in the indentation"),
        ("", 1, 1, "the document is empty"),
        ("# only a comment\n", 1, 1, "the document is empty"),
        ("- a\n- b\n", 1, 1, "not one mapping"),
        ("just words\n", 1, 1, "not one mapping"),
        ("a: 1\n---\nb: 2\n", 1, 1, "not one mapping"),
        ("1: a\n", 1, 1, "not one mapping"),
        (b"a: 1\nb: caf\xe9\n", 2, 7, "not UTF-8"),
        (b"a: 1\nb: \x1b[31m\n", 2, 4, "control character 0x1b"),
        (b"a: 1\0\n", 1, 5, "control character 0x00"),
    ],
)
def test_what_is_no_yaml_mapping_is_told_with_its_place(
    tmp_path: Path, content: str | bytes, line: int, column: int, words: str
) -> None:
    found = problems(tmp_path, content)

    assert [(f[0], f[1]) for f in found] == [(line, column)]
    assert words in found[0][2]


def test_every_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    found = problems(tmp_path, "a: 1\nb:\n  c: 1\n  c: 2\na: 2\n")

    assert sorted(found) == [
        (4, 3, "the key 'c' stands twice, first in line 3"),
        (5, 1, "the key 'a' stands twice, first in line 1"),
    ]


@pytest.mark.parametrize(
    "tag",
    ["!!python/object/apply:os.system ['touch {}']", "!!python/name:os.system", "!secret x", "!!binary aGk="],
)
def test_tags_are_refused_and_run_nothing(tmp_path: Path, tag: str) -> None:
    marker = tmp_path / "ran"

    found = problems(tmp_path, f"a: 1\nb: {tag.format(marker)}\n")

    assert found[0][:2] == (2, 4)
    assert "tags are not allowed" in found[0][2]
    assert not marker.exists()


def test_an_alias_inside_its_own_anchor_is_refused(tmp_path: Path) -> None:
    found = problems(tmp_path, "a: 1\nb: &x {c: *x}\n")

    assert found == [(2, 11, "the alias 'x' holds itself")]


def test_aliases_cannot_multiply_without_bounds(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")

    found = problems(tmp_path, "\n".join(lines))

    assert "not valid YAML" in found[0][2]


@pytest.mark.parametrize(
    "content",
    [
        "a:\n " + "- " * 100_000 + "x",
        "a:\n " + "-  " * 100_000 + "x",
        "? " * 100_000 + "x",
        "a: " + "[" * 100_000,
        "a: " + "{b: " * 50_000,
        "\n".join(" " * depth + "a:" for depth in range(400)),
        "a:\n " + "- !x " * 50_000 + "x",
    ],
    ids=["dashes", "wide dashes", "keys", "lists", "mappings", "lines", "tags"],
)
def test_deep_nesting_is_an_error_and_no_crash(tmp_path: Path, content: str) -> None:
    assert problems(tmp_path, content)


def test_a_file_that_is_too_large_is_not_parsed(tmp_path: Path) -> None:
    found = problems(tmp_path, "a: " + "x" * MAX_BYTES)

    assert found == [(None, None, "larger than 1,048,576 bytes")]


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")

    with pytest.raises(YamlError, match="not a regular file"):
        YamlFile(tmp_path / "pipe.yaml")


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match="not a regular file"):
        YamlFile(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["a: &x 1", "a: *x", "a: !t 1", "- &x a", "[&x a]", "{a: !t b}", "a:\n - - - - - x", " " * 60 + "a: 1"],
)
def test_texts_that_need_a_closer_look_are_noticed(text: str) -> None:
    assert looks_unusual(text)


@pytest.mark.parametrize(
    "text", ["a: b & c", 'pattern: "*a*.csv"', "a: x!", "a: why? yes", "a: 'x'  # - - -"]
)
def test_ordinary_texts_take_the_fast_path(text: str) -> None:
    assert not looks_unusual(text)
