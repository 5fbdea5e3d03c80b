"""Each keeper through its own library, against something on this machine that answers like it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from dagster_ingest.errors import AccessDenied, SpecError, Unavailable
from dagster_ingest.secrets.config import AwsConfig, AzureConfig, GcpConfig, KeyringConfig, VaultConfig
from dagster_ingest.secrets.providers import Provider, provider
from dagster_ingest.secrets.resolve import TenantSecrets
from tests.secrets import servers

ROOT = Path("/")


def _of_gulf(keeper: Provider) -> TenantSecrets:
    return TenantSecrets("gulf", [keeper])


def _nowhere() -> str:
    """An address that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def ring(monkeypatch):
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend
    from keyring.errors import KeyringLocked

    class Memory(KeyringBackend):
        priority = 1
        kept = {("dagster-ingest", "GULF__TOKEN"): "ring value"}  # noqa: RUF012

        def get_password(self, service, username):
            if username.endswith("LOCKED"):
                raise KeyringLocked("locked")
            return self.kept.get((service, username))

        def set_password(self, service, username, password):
            self.kept[service, username] = password

        def delete_password(self, service, username):
            del self.kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield provider(KeyringConfig(provider="keyring"), ROOT)
    keyring.set_keyring(before)


def test_keyring(ring):
    secrets = _of_gulf(ring)

    assert secrets("TOKEN") == "ring value"
    with pytest.raises(SpecError, match="keyring dagster-ingest/GULF__GONE"):
        secrets("GONE")
    with pytest.raises(Unavailable, match="KeyringLocked"):
        secrets("LOCKED")


@pytest.fixture
def vault(tmp_path):
    pytest.importorskip("hvac")
    (tmp_path / "token").write_text("vault-token\n")
    with servers.served(servers.vault({"GULF__TOKEN": "vault value"}, "vault-token")) as url:
        yield VaultConfig(provider="vault", url=url, token_file="token")


def test_vault(vault, tmp_path):
    secrets = _of_gulf(provider(vault, tmp_path))

    assert secrets("TOKEN") == "vault value"
    with pytest.raises(SpecError, match="Vault secret/dagster-ingest/GULF__GONE, key value"):
        secrets("GONE")
    with pytest.raises(Unavailable, match="VaultDown"):
        secrets("SEALED")


def test_vault_with_another_token_is_denied(vault, tmp_path):
    (tmp_path / "token").write_text("another-token")

    with pytest.raises(AccessDenied, match="does not let us read it") as found:
        _of_gulf(provider(vault, tmp_path))("TOKEN")
    assert "another-token" not in str(found.value)


def test_vault_that_is_not_there(tmp_path):
    pytest.importorskip("hvac")
    config = VaultConfig(provider="vault", url=f"http://{_nowhere()}")

    with pytest.raises(Unavailable, match="does not answer"):
        _of_gulf(provider(config, tmp_path))("TOKEN")


@pytest.fixture(scope="module")
def moto_url():
    server = pytest.importorskip("moto.server")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def aws(moto_url, monkeypatch):
    boto3 = pytest.importorskip("boto3")
    for name, value in {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.client("secretsmanager", region_name="us-east-1", endpoint_url=moto_url)
    known = {secret["Name"] for secret in client.list_secrets()["SecretList"]}
    if "dagster-ingest/GULF__TOKEN" not in known:
        client.create_secret(Name="dagster-ingest/GULF__TOKEN", SecretString="aws value")
    return AwsConfig(provider="aws", region="us-east-1", endpoint=moto_url)


def test_aws(aws):
    secrets = _of_gulf(provider(aws, ROOT))

    assert secrets("TOKEN") == "aws value"
    with pytest.raises(SpecError, match="AWS Secrets Manager dagster-ingest/GULF__GONE"):
        secrets("GONE")


def test_aws_without_credentials_is_denied(aws, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(AccessDenied, match="there are no AWS credentials"):
        _of_gulf(provider(aws, ROOT))("TOKEN")


def test_google(monkeypatch):
    module = pytest.importorskip("google.cloud.secretmanager")
    credentials = pytest.importorskip("google.auth.credentials").AnonymousCredentials()
    transport = pytest.importorskip(
        "google.cloud.secretmanager_v1.services.secret_manager_service.transports.rest"
    )
    with servers.served(servers.google({"GULF__TOKEN": "google value"})) as url:
        keeper = provider(GcpConfig(provider="gcp", project="proj"), ROOT)
        keeper._client = module.SecretManagerServiceClient(  # its own client, without TLS
            transport=transport.SecretManagerServiceRestTransport(
                host=url, credentials=credentials, url_scheme="http"
            )
        )
        secrets = _of_gulf(keeper)

        assert secrets("TOKEN") == "google value"
        with pytest.raises(SpecError, match="projects/proj/secrets/GULF__GONE/versions/latest"):
            secrets("GONE")
        with pytest.raises(AccessDenied, match="Forbidden"):
            secrets("FORBIDDEN")


def test_azure(monkeypatch):
    keyvault = pytest.importorskip("azure.keyvault.secrets")
    core = pytest.importorskip("azure.core.credentials")

    class Signed:
        def get_token(self, *scopes, **more):
            return core.AccessToken("token", 4_102_444_800)

    from azure.core.pipeline.policies import SansIOHTTPPolicy

    class Bearer(SansIOHTTPPolicy):
        """The library's own policy wants TLS, and asks for a challenge first."""

        def on_request(self, request):
            request.http_request.headers["Authorization"] = "Bearer token"

    shared = "azure.keyvault.secrets._shared.client_base.ChallengeAuthPolicy"
    monkeypatch.setattr(shared, lambda credential, **options: Bearer())
    with servers.served(servers.azure({"GULF--API-TOKEN": "azure value"})) as url:
        keeper = provider(AzureConfig(provider="azure", vault=url), ROOT)
        keeper._client = keyvault.SecretClient(vault_url=url, credential=Signed(), retry_total=0)
        secrets = _of_gulf(keeper)

        assert secrets("API_TOKEN") == "azure value"
        with pytest.raises(SpecError, match=f"Azure Key Vault {url} GULF--GONE"):
            secrets("GONE")
        with pytest.raises(AccessDenied, match="status 403"):
            secrets("FORBIDDEN")
