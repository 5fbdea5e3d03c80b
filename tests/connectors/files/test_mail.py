from __future__ import annotations

from email.message import EmailMessage

import pytest
from pydantic import ValidationError

from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.errors import DataError, NothingDelivered, Unavailable

CSV = b"id,name\n1,a\n2,b\n"
MAIL = {"location": {"maildrop": {"senders": ["exports@vendor.example", "@partner.example"]}}}
SENDER = "Exports <exports@vendor.example>"


def message(files: dict[str, bytes], day: int = 2, sender: str = SENDER, **headers: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, "data@acme.example"
    mail["Date"] = f"Mon, {day:02} Nov 2026 03:15:00 -0600"
    mail["Message-ID"] = headers.pop("id", f"<n{day}.export@vendor.example>")
    mail["Subject"] = headers.pop("subject", "Nightly export")
    mail.set_content("Attached.")
    for name, content in files.items():
        mail.add_attachment(content, maintype="text", subtype="csv", filename=name)
    return mail.as_bytes()


def test_the_newest_message_of_an_allowed_sender_wins(drops):
    drops.put("mail/a.eml", message({"export.csv": CSV, "logo.png": b"x"}, day=2))
    drops.put("mail/b.eml", message({"export.csv": b"id,name\n0,old\n"}, day=1))
    drops.put("mail/c.eml", message({"export.csv": b"id,name\n9,evil\n"}, day=3, sender="evil@example.org"))

    found = drops.read(**MAIL)

    assert found.rows == [("1", "a"), ("2", "b")]
    assert set(found.uris) == {"mid:n2.export@vendor.example/export.csv"}


def test_a_maildir_and_its_flags(drops):
    flagged = "mail/cur/1700000000.M1.host:2,S"
    path = drops.put("mail/new/1700000000.M1.host", message({"export.csv": CSV}))
    first = drops.fingerprint(**MAIL)
    (drops.folder / "mail/cur").mkdir()
    path.rename(drops.folder / flagged)

    assert drops.fingerprint(**MAIL).value == first.value
    assert drops.read(**MAIL).rows == [("1", "a"), ("2", "b")]


def test_a_whole_domain_may_be_allowed(drops):
    drops.put("mail/a.eml", message({"export.csv": CSV}, sender="someone@partner.example"))

    assert len(drops.read(**MAIL).rows) == 2


@pytest.mark.parametrize(
    "sender",
    [
        "exports@vendor.example.evil.example",
        "exports@vendor.example <evil@example.org>",
        "exports@vendor.example, evil@example.org",
        "xexports@vendor.example",
        "a@sub.partner.example",
    ],
)
def test_a_sender_that_only_looks_allowed_is_none(drops, sender):
    raw = message({"export.csv": CSV}).replace(SENDER.encode(), sender.encode())
    drops.put("mail/a.eml", raw)

    with pytest.raises(NothingDelivered):
        drops.read(**MAIL)


def test_a_subject_may_be_asked_for(drops):
    drops.put("mail/a.eml", message({"export.csv": CSV}, day=1, subject="Nightly export: gruen"))
    drops.put("mail/b.eml", message({"export.csv": b"id,name\n9,x\n"}, day=2, subject="Re: question"))
    at = {**MAIL["location"]["maildrop"], "subject": "nightly export*"}

    assert drops.read(location={"maildrop": at}).rows == [("1", "a"), ("2", "b")]


def test_archives_and_several_messages_together(drops):
    archive = drops.put_zip("x.zip", {"export.csv": CSV}).read_bytes()
    drops.put("mail/a.eml", message({"x.zip": archive}, day=2))
    drops.put("mail/b.eml", message({"export.csv": b"id,name\n3,c\n"}, day=1))

    found = drops.read(**MAIL, pick="all", pattern="export.csv")

    assert found.rows == [("1", "a"), ("2", "b"), ("3", "c")]
    assert found.uris[0] == "mid:n2.export@vendor.example/x.zip!export.csv"


def test_two_messages_of_one_moment_are_not_guessed_between(drops):
    drops.put("mail/a.eml", message({"export.csv": CSV}, id="<1@v>"))
    drops.put("mail/b.eml", message({"export.csv": b"id,name\n9,x\n"}, id="<2@v>"))

    with pytest.raises(DataError, match="2 files claim IA") as raised:
        drops.read(**MAIL)

    assert raised.value.rule == "file|one_claim"


def test_one_message_delivered_twice_is_one(drops):
    drops.put("mail/a.eml", message({"export.csv": CSV}))
    drops.put("mail/b.eml", message({"export.csv": CSV}))

    assert len(drops.read(**MAIL).rows) == 2


def test_a_message_that_breaks_off_is_refused(drops):
    drops.put("mail/a.eml", message({"export.csv": CSV * 500})[:-400])

    with pytest.raises(DataError, match="breaks off") as raised:
        drops.read(**MAIL)

    assert raised.value.rule == "file|truncated"


def test_an_attachments_name_that_leads_elsewhere_is_refused(drops):
    drops.put("mail/a.eml", message({"../../export.csv": CSV}))

    with pytest.raises(DataError) as raised:
        drops.read(**MAIL)

    assert raised.value.rule == "file|path"


def test_a_message_removed_after_it_was_listed(drops):
    path = drops.put("mail/a.eml", message({"export.csv": CSV}))
    request = drops.request(**MAIL)
    drops.connector.fingerprint(request)
    path.unlink()

    with pytest.raises(Unavailable, match="removed"):
        drops.connector.read(request)


def test_links_and_paths_stay_inside(drops, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.eml").write_bytes(message({"export.csv": CSV}))
    (drops.folder / "mail").symlink_to(outside)

    with pytest.raises(DataError, match="leads out"):
        drops.read(**MAIL)
    with pytest.raises(ValidationError, match=r"leads upwards|leaves"):
        FilesSettings.model_validate({"location": {"maildrop": {"path": "../x", "senders": ["a@b"]}}})
