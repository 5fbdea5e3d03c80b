"""Secrets by name: where their values are kept, resolved inside a run, each tenant its own.

A spec names a secret (`WELLSKY_TOKEN`) and never holds it. The tenant `gulf` gets what the installation
keeps as `GULF__WELLSKY_TOKEN`, or else as `SHARED__WELLSKY_TOKEN`; nothing else can be reached, so one
tenant's run cannot read another's.
"""

from dagster_ingest.secrets.resolve import TenantSecrets, secrets_of

__all__ = ["TenantSecrets", "secrets_of"]
