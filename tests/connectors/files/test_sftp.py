from __future__ import annotations

import os
import socket
import time

import asyncssh
import pytest

from dagster_ingest import redact
from dagster_ingest.errors import AccessDenied, DataError, NothingDelivered, Unavailable
from dagster_ingest.testing.places import sftp

CSV = b"id,name\n1,a\n2,b\n"


def test_the_newest_file_is_read_and_named_without_the_login(drops, sftp_folder):
    sftp_folder.put("out/services_2026-11-01.csv", b"id,name\n0,old\n")
    sftp_folder.put("out/services_2026-11-02.csv", CSV)

    found = drops.read(**sftp_folder.settings(path="/out"))

    assert found.rows == [("1", "a"), ("2", "b")]
    assert set(found.uris) == {f"sftp://127.0.0.1:{sftp_folder.port}/out/services_2026-11-02.csv"}
    assert found.numbers == [1, 2]
    assert found.completeness.complete


def test_a_fingerprint_fetches_nothing_and_follows_the_file(drops, sftp_folder):
    path = sftp_folder.put("a.csv", CSV, mtime=1_700_000_000)
    settings = sftp_folder.settings()

    before, again = drops.fingerprint(**settings), drops.fingerprint(**settings)
    os.utime(path, (1_700_000_100, 1_700_000_100))
    after = drops.fingerprint(**settings)

    assert before.value == again.value != after.value
    assert before.bytes == len(CSV)
    assert sftp_folder.reads == 0


def test_a_key_lets_in_as_a_password_does(drops, sftp_folder):
    sftp_folder.put("a.csv", CSV)
    drops.secrets["SFTP_KEY"] = sftp_folder.private_key

    settings = sftp_folder.settings(key={"secret": "SFTP_KEY"}, password=None)

    assert drops.read(**settings).rows == [("1", "a"), ("2", "b")]


def test_the_servers_key_may_be_given_as_a_key_or_a_file(drops, sftp_folder, tmp_path):
    sftp_folder.put("a.csv", CSV)
    line = sftp_folder.host_key.export_public_key().decode().strip()
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{sftp_folder.port} {line}\n")

    assert drops.read(**sftp_folder.settings(known_hosts=[line])).rows
    assert drops.read(**sftp_folder.settings(known_hosts=[str(known)])).rows


def test_another_servers_key_is_refused_before_the_password_is_sent(drops, sftp_folder):
    sftp_folder.put("a.csv", CSV)
    other = asyncssh.generate_private_key("ssh-ed25519").get_fingerprint("sha256")

    with pytest.raises(AccessDenied, match="not a known one") as raised:
        drops.read(**sftp_folder.settings(known_hosts=[other]))

    assert sftp_folder.fingerprint in str(raised.value)
    assert sftp_folder.logins == 0


def test_a_wrong_password_is_refused_and_not_told(drops, sftp_folder):
    drops.secrets["SFTP_PASSWORD"] = "a-wrong-password-here"
    redact.remember("a-wrong-password-here")

    with pytest.raises(AccessDenied, match="login of exports is refused") as raised:
        drops.read(**sftp_folder.settings())

    assert "a-wrong-password-here" not in str(raised.value)
    assert raised.value.source["host"] == f"127.0.0.1:{sftp_folder.port}"


def test_a_host_that_does_not_answer_may_answer_later(drops, sftp_folder):
    settings = sftp_folder.settings(port=1)

    with pytest.raises(Unavailable, match="the connection fails"):
        drops.read(**settings)


def test_a_host_that_says_nothing_is_not_waited_for(drops, sftp_folder):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = sftp_folder.settings(port=silent.getsockname()[1], timeout=0.2)

        with pytest.raises(Unavailable):
            drops.read(**settings)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(drops, sftp_folder):
    (sftp_folder.folder / "shut").mkdir(mode=0)

    with pytest.raises(AccessDenied, match="may not read"):
        drops.read(**sftp_folder.settings(path="/shut"))


def test_a_file_that_may_not_be_read(drops, sftp_folder):
    sftp_folder.put("a.csv", CSV)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    sftp_folder.before_read = refuse

    with pytest.raises(AccessDenied, match="exports may not read there"):
        drops.read(**sftp_folder.settings())


def test_a_folder_that_is_not_there_delivers_nothing(drops, sftp_folder):
    with pytest.raises(NothingDelivered, match="no file matches"):
        drops.read(**sftp_folder.settings(path="/elsewhere"))


def test_a_cut_connection_leaves_nothing_behind_and_the_next_run_reads(drops, sftp_folder, tmp_path):
    drops.staging = str(tmp_path / "pages")
    content = b"id,name\n" + b"".join(b"%d,name\n" % n for n in range(400_000))
    sftp_folder.put("a.csv", content)
    sftp_folder.cut_after = 2_000_000

    with pytest.raises(Unavailable):
        drops.read(**sftp_folder.settings())

    assert [p for p in (tmp_path / "pages").rglob("*") if p.is_file()] == []
    sftp_folder.cut_after = None
    assert len(drops.read(**sftp_folder.settings()).rows) == 400_000


def test_what_was_fetched_before_a_cut_is_not_fetched_again(drops, sftp_folder, tmp_path):
    drops.staging = str(tmp_path / "pages")
    sftp_folder.put("a_2026-11-02.csv", CSV)
    sftp_folder.put("a_2026-11-01.csv", b"id,name\n" + b"3,c\n" * 1000)
    sftp_folder.cut_after = 1000
    settings = {**sftp_folder.settings(), "pick": "all"}
    with pytest.raises(Unavailable):
        drops.read(**settings)
    sftp_folder.cut_after, sftp_folder.reads = None, 0

    found = drops.read(**settings)

    assert len(found.rows) == 1002
    assert sftp_folder.reads == 1


def test_a_file_that_grows_while_it_is_fetched_is_refused(drops, sftp_folder):
    path = sftp_folder.put("a.csv", CSV)
    sftp_folder.before_read = lambda _: path.write_bytes(CSV + b"3,c\n")

    with pytest.raises(Unavailable, match="changed or broke off"):
        drops.read(**sftp_folder.settings())


def test_a_file_replaced_by_one_of_the_same_size_is_refused(drops, sftp_folder):
    path = sftp_folder.put("a.csv", CSV, mtime=1_700_000_000)
    sftp_folder.before_read = lambda _: path.write_bytes(CSV.replace(b"a", b"x"))

    with pytest.raises(Unavailable, match="its version was"):
        drops.read(**sftp_folder.settings())


def test_a_file_replaced_between_fingerprint_and_read_is_refused(drops, sftp_folder):
    sftp_folder.put("a.csv", CSV, mtime=1_700_000_000)
    request = drops.request(**sftp_folder.settings())
    drops.connector.fingerprint(request)
    sftp_folder.put("a.csv", CSV + b"3,c\n")

    with pytest.raises(Unavailable, match="changed"):
        drops.connector.read(request)


def test_names_that_lead_elsewhere_are_refused(drops, sftp_folder, tmp_path):
    sftp_folder.extra_names = ["sub/../../escaped.csv"]
    drops.staging = str(tmp_path / "pages")

    with pytest.raises(DataError, match="none of a plain file") as raised:
        drops.read(**sftp_folder.settings())

    assert raised.value.rule == "file|path"
    assert list(tmp_path.rglob("escaped*")) == []


def test_uploads_under_way_are_left_alone(drops, sftp_folder):
    sftp_folder.put("a_2026-11-01.csv", CSV, mtime=time.time() - 3600)
    sftp_folder.put("a_2026-11-02.csv", b"id,name\n9,half")
    sftp_folder.put("a_2026-11-03.csv.filepart", b"id,na")
    settings = {**sftp_folder.settings(), "pattern": "a_*"}
    del settings["min_age"]

    assert drops.read(**settings).rows == [("1", "a"), ("2", "b")]


def test_archives_are_looked_into_where_they_may_be_the_newest(drops, sftp_folder):
    old = drops.put_zip("old.zip", {"services.csv": b"id,name\n0,old\n"}).read_bytes()
    new = drops.put_zip("new.zip", {"services.csv": CSV, "other.csv": b"x\n"}).read_bytes()
    sftp_folder.put("export_2026-11-01.zip", old)
    sftp_folder.put("export_2026-11-02.zip", new)
    settings = {**sftp_folder.settings(), "pattern": "services.csv"}

    first, again = drops.fingerprint(**settings), drops.fingerprint(**settings)
    found = drops.read(**settings)

    assert first.value == again.value
    assert found.rows == [("1", "a"), ("2", "b")]
    assert found.uris[0].endswith("/export_2026-11-02.zip!services.csv")
    assert sftp_folder.reads == 1


def test_folder_levels_of_a_pattern(drops, sftp_folder):
    sftp_folder.put("ia/daily_2026-11-02/services.csv", CSV)
    sftp_folder.put("tx/daily_2026-11-03/services.csv", b"id,name\n9,tx\n")

    found = drops.read(**{**sftp_folder.settings(), "path": "ia", "pattern": "daily_*/services.csv"})

    assert found.rows == [("1", "a"), ("2", "b")]


def test_check_says_who_is_there(drops, sftp_folder):
    sftp_folder.put("a.csv", CSV)

    good = drops.connector.check(drops.request(**sftp_folder.settings()))
    bad = drops.connector.check(drops.request(**sftp_folder.settings(user="nobody")))

    assert good.ok
    assert "a.csv" in good.words
    assert not bad.ok
    assert "login of nobody is refused" in bad.words
    assert sftp.PASSWORD not in repr((good, bad))


def test_discover_names_tables_with_their_columns(drops, sftp_folder):
    sftp_folder.put("services_2026-11-01.csv", CSV)
    sftp_folder.put("sites_2026-11-01.csv", b"key\n1\n")

    found = drops.connector.discover(
        drops.request(**sftp_folder.settings()).__class__(
            "acme",
            "feed",
            "",
            "",
            sftp_folder.settings(),
            str(drops.folder),
            secrets=drops.secrets.__getitem__,
        )
    )

    assert [(t.table, [c.name for c in t.columns]) for t in found] == [
        ("services", ["id", "name"]),
        ("sites", ["key"]),
    ]
