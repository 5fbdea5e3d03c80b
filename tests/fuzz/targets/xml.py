"""XML documents, read as each table of AIRS and without a description. First byte: which."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from dagster_ingest.testing import sample
from tests.fuzz.drop import Drop

AIRS = yaml.safe_load(Path("dagster_ingest/systems/airs/system.yaml").read_text())["tables"]
RECORDS = [{}, *({"record": table["settings"]["record"]} for table in AIRS.values())]
ENCODINGS = ("auto", "utf-8", "cp1252")
DROP = Drop("a.xml")


def seeds() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        sample.write(Path(folder), ["summit"])
        [file, *_] = sorted(Path(folder).rglob("*.xml"))
        text = file.read_bytes()
    end = text.index(b"</Agency>", 6_000)
    for at in range(len(RECORDS)):
        yield bytes([at]) + text[: end + 9] + b"</Source>"
    yield b"\x02" + b'<!DOCTYPE l [<!ENTITY l0 "ha"><!ENTITY l1 "&l0;&l0;">]><Source><a>&l1;</a></Source>'
    yield b"\x02" + b'<!DOCTYPE l SYSTEM "http://127.0.0.1/l.dtd"><Source/>'
    yield b"\x01" + b"<Source><Agency>" + b"<a>" * 70 + b"</a>" * 70 + b"</Agency></Source>"
    yield b"\x01" + '<?xml version="1.0" encoding="utf-16"?><Source><Agency/></Source>'.encode("utf-16")
    yield b"\x01" + b'<?xml version="1.0" encoding="shift_jis"?><Source><Agency/></Source>'
    yield (
        b"\x01" + b'<Source xmlns:x="u"><x:Agency x:Key="1"><x:Key>2</x:Key><![CDATA[a]]></x:Agency></Source>'
    )


def one(data: bytes) -> None:
    which = data[0] if data else 0
    settings = RECORDS[which % len(RECORDS)]
    DROP.read(data[1:], encoding=ENCODINGS[which // len(RECORDS) % len(ENCODINGS)], **settings)
