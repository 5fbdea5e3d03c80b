"""Publishing by hand: a state's partition, outside of a run."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from dagster_ingest.assets.gate import gate
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.readers import stage_partition
from dagster_ingest.errors import Unavailable
from dagster_ingest.land.tags import tagged
from dagster_ingest.publish.base import StagePartition
from dagster_ingest.settings import Settings
from dagster_ingest.spec.models import Target
from dagster_ingest.spec.resolved import TenantSpec


@dataclass(frozen=True)
class Hand:
    """The partitions of one tenant that readers may show."""

    platform: TenantPlatform
    instance: dg.DagsterInstance

    @classmethod
    def of(cls, settings: Settings, spec: TenantSpec) -> Hand:
        return cls(TenantPlatform(settings, spec), open_instance(settings))

    def partition(self, state: str, target: Target) -> StagePartition:
        """What a run would publish now. Unavailable where a run would be held back as well."""
        with tagged(tenant=self.platform.spec.name, state=state, layer="published"):
            passage = gate(self.instance, self.platform, state)
            if not passage.open:
                raise Unavailable(
                    f"the stage partition of {state} is not whole: {passage.reason()}",
                    where=f"{self.platform.spec.name}/{state}, reader {target.reader}",
                    not_done="nothing was read or published; the store shows the last good publication",
                    fix=f"dagster-ingest explain {self.platform.spec.name} {state}",
                )
            return stage_partition(self.platform, state, passage, target)
