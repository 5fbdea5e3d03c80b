"""Messages over the wire: a webhook and a mail server on loopback, and what Slack, Teams, PagerDuty are sent.

Those three have one address on the internet each; a server on loopback stands in for it.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dagster_ingest import redact
from dagster_ingest.errors import SpecError, Unavailable
from dagster_ingest.observe.alerts.courier import Courier
from dagster_ingest.observe.alerts.incident import Incident
from dagster_ingest.observe.alerts.message import Words, written
from dagster_ingest.observe.alerts.step import Message
from dagster_ingest.testing.receivers import Hook, hook, mailbox
from tests.observe.alerts.making import HOUR, Played, incident, rules

HOSTILE = (
    "<!channel> @here <script>alert(1)</script> [pay](http://evil.example)\r\nBcc: all@evil.example **x**"
)
WORDS = Words("[error] gulf/AL is blocked", "first line\n  - PHONE|pattern: 38 rows & more", "error")


@pytest.fixture
def taken() -> Iterator[Hook]:
    with hook() as made:
        yield made


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    redact.forget()


def message(*incidents: Incident, longest: int = 20_000) -> Words:
    played = Played(rules())
    for found in incidents:
        played.open[found.key] = found
    played.tick()
    [(at, sent)] = played.sent
    return written(sent, "gulf", played.open, at, longest)


def test_a_webhook(taken):
    Courier("hook", f"json://127.0.0.1:{taken.port}/alerts?+X-Token=abc").send(WORDS)

    [(path, headers, body)] = taken.posted
    told = json.loads(body)
    assert (path, headers["X-Token"]) == ("/alerts", "abc")
    assert (told["title"], told["message"], told["type"]) == (WORDS.title, WORDS.body, "failure")


def test_a_webhook_that_refuses_or_is_not_there(taken):
    taken.status = 503
    with pytest.raises(Unavailable, match="error=503"):
        Courier("hook", f"json://127.0.0.1:{taken.port}/alerts").send(WORDS)

    with pytest.raises(Unavailable, match="the channel hook did not take a message"):
        Courier("hook", "json://127.0.0.1:1/alerts").send(WORDS)


@pytest.mark.parametrize(
    "address", ["", "hunter2-hunter2", "nothing://hunter2-hunter2", "slack://hunter2-hunter2"]
)
def test_an_address_that_is_none_is_not_shown(address):
    with pytest.raises(SpecError) as refused:
        Courier("hook", address)

    assert "hunter2" not in str(refused.value)
    assert "the secret of the channel hook" in str(refused.value)


def test_an_error_shows_no_secret(taken):
    taken.status = 500
    address = f"json://user:hunter2-hunter2@127.0.0.1:{taken.port}/alerts"
    redact.remember(address)

    with pytest.raises(Unavailable) as failed:
        Courier("hook", address).send(WORDS)

    assert "hunter2" not in str(failed.value)


def test_a_mail():
    with mailbox() as box:
        address = (
            f"mailto://127.0.0.1:{box.port}?from=ingest@agency.example&to=oncall@agency.example&mode=insecure"
        )
        told = message(incident(title=f"gulf/AL {HOSTILE}", text=f"It says {HOSTILE}"))
        Courier("mail", address).send(told)

    [(_, recipients, raw)] = box.mails
    [mail] = box.messages
    assert recipients == ["oncall@agency.example"]
    assert mail["Subject"].startswith("[error] gulf/AL ‹!channel›")
    assert mail["Bcc"] is None
    assert b"\nBcc:" not in raw.partition(b"\r\n\r\n")[0]
    body = mail.get_body(("html", "plain")).get_content()
    assert "<script" not in body
    assert "evil.example)" in body
    assert "://evil" not in body


def test_a_mail_server_that_is_not_there():
    address = "mailto://127.0.0.1:1?from=ingest@agency.example&to=oncall@agency.example&mode=insecure"

    with pytest.raises(Unavailable):
        Courier("mail", address).send(WORDS)


def test_slack(taken, monkeypatch):
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{taken.port}/services")
    courier = Courier("slack", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/#data-alerts")

    courier.send(message(incident(title=f"gulf/AL {HOSTILE}", text=f"It says {HOSTILE}")))

    [(path, _, _)] = taken.posted
    [told] = taken.bodies
    assert path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
    assert told["channel"] == "#data-alerts"
    text = json.dumps(told, ensure_ascii=False)
    for part in ("<!channel>", "<script", "@here", "](http", "://evil"):
        assert part not in text


@pytest.fixture
def https(tmp_path, taken, monkeypatch) -> Hook:
    """The same receiver behind TLS, with a certificate of its own."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1))
    cert = made.not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    file = tmp_path / "cert.pem"
    plain = serialization.NoEncryption()
    pem = serialization.PrivateFormat.PKCS8
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, pem, plain)
        + cert.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    taken.server.socket = context.wrap_socket(taken.server.socket, server_side=True)
    return taken


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_teams(https):
    courier = Courier("teams", f"workflows://127.0.0.1:{https.port}/WORKFLOW/SIGNATURE?verify=no")
    long = "\n".join(f"line {number} {HOSTILE}" for number in range(200))

    told = message(incident(title="gulf/AL is blocked", text=long), longest=courier.room(30))
    courier.send(told)

    [body] = https.bodies
    text = json.dumps(body, ensure_ascii=False)
    assert "AdaptiveCard" in text
    assert "gulf/AL is blocked" in text
    assert "dagster-ingest explain gulf FL" in text.replace("\\\\", "")  # Markdown is escaped on the way
    for part in ("<!channel>", "<script", "](http", "://evil", "@here"):
        assert part not in text


def test_pagerduty_opens_and_resolves_one_incident(taken, monkeypatch):
    from apprise.plugins import pagerduty

    monkeypatch.setitem(pagerduty.PAGERDUTY_API_LOOKUP, "us", f"http://127.0.0.1:{taken.port}/v2/enqueue")
    played = Played(rules({"call": {"digest": False}})).opens("sla/FL", severity="critical")
    played.tick()
    played.opens("sla/FL", severity="critical", cause="worse").tick(HOUR)
    played.closes("sla/FL").tick(HOUR)
    for at, sent in played.sent:
        courier = Courier("call", "pagerduty://INTEGRATION@APIKEY")
        courier.send(written(sent, "gulf", {"sla/FL": incident("sla/FL")}, at, courier.room(60)))

    assert [body["event_action"] for body in taken.bodies] == ["trigger", "trigger", "resolve"]
    assert {body["dedup_key"] for body in taken.bodies} == {"gulf/sla/FL"}
    summary = taken.bodies[0]["payload"]["summary"]
    assert summary.startswith("[critical] sla/FL is so")
    assert len(summary) <= 1024


@pytest.mark.parametrize("longest", [300, 1000, 5000])
def test_a_long_text_is_cut_and_says_where_the_rest_is(longest):
    told = message(incident(text="word " * 5000), longest=longest)

    assert len(told.body) <= longest
    assert "dagster-ingest explain gulf FL" in told.body
    assert told.body.splitlines()[-1].startswith("alert ")


@pytest.mark.parametrize("longest", [400, 3000, 20_000])
def test_a_digest_has_every_headline_that_fits_and_then_texts(longest):
    many = [incident(f"blocked/{number}", text="word " * 100) for number in range(8)]

    told = message(*many, longest=longest)

    assert told.title == "gulf: 8 open"
    assert len(told.body) <= longest
    if longest == 400:
        assert "dagster-ingest alerts list --tenant gulf" in told.body
    else:
        assert all(f"[error] blocked/{number} is so" in told.body for number in range(8))
    assert ("word" in told.body) == (longest > 400)


def test_what_is_over_says_for_how_long():
    played = Played(rules()).opens()
    played.tick()
    played.closes().tick(3 * HOUR)
    at, sent = played.sent[-1]

    told = written(sent, "gulf", {}, at)

    assert (told.title, told.tone) == ("Recovered: blocked/FL is so", "success")
    assert "It is over; it was so since" in told.body
    assert "for 3 h" in told.body


def test_what_could_not_be_read_is_told_all_the_same():
    played = Played(rules()).opens()
    played.tick()
    [(at, sent)] = played.sent

    told = written(Message(sent.id, "team", sent.items), "gulf", {}, at)

    assert "dagster-ingest explain gulf FL" in told.body
    assert "team:gulf-data" in told.body
