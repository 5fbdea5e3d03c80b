"""A tenant's definitions: writers and readers, for a repository of the tenant's own."""

from __future__ import annotations

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.alerting import alert_sensors
from dagster_ingest.assets.arrivals import arrival_checks, arrival_sensors, arrival_specs
from dagster_ingest.assets.automation import publish_sensor, schedule, tenant_job
from dagster_ingest.assets.dbt import cohort_assets
from dagster_ingest.assets.enhance import enhanced_assets
from dagster_ingest.assets.loading import automation_sensor
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.raw import source_assets
from dagster_ingest.assets.readers import reader_assets
from dagster_ingest.transform.graph import PROJECT_LAYER
from dagster_ingest.transform.project import manifests


def writers(platform: TenantPlatform) -> dg.Definitions:
    """Raw, elt, stage and enhanced assets of a tenant, the job that runs them for a state, its schedule."""
    partitions = dg.StaticPartitionsDefinition(list(platform.spec.states))
    projects = {PROJECT_LAYER[name]: manifest for name, manifest in manifests(platform.settings).items()}
    assets = [source_assets(platform, source, partitions) for source in platform.spec.sources]
    assets += [
        cohort_assets(platform, cohort, projects[cohort.layer], partitions)
        for cohort in platform.graph.cohorts
    ]
    assets += enhanced_assets(platform, partitions)
    job = tenant_job(platform, keys.writers_job(platform.spec.name), assets)
    cron = schedule(platform, job)
    return dg.Definitions(
        assets=[*assets, *arrival_specs(platform)],
        asset_checks=arrival_checks(platform),
        jobs=[job],
        schedules=[cron] if cron else [],
        sensors=[
            automation_sensor(platform, job),
            *arrival_sensors(platform, job),
            *alert_sensors(platform),
        ],
    )


def readers(platform: TenantPlatform) -> dg.Definitions:
    """Published assets of a tenant, their job, and the sensor that starts it."""
    partitions = dg.StaticPartitionsDefinition(list(platform.spec.states))
    assets = [reader_assets(platform, target, partitions) for target in platform.spec.model.publish]
    job = tenant_job(platform, keys.readers_job(platform.spec.name), assets)
    return dg.Definitions(assets=assets, jobs=[job], sensors=[publish_sensor(platform, job)])
