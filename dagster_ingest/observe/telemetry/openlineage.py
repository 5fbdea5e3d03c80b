"""The one file that knows OpenLineage: run events as its client makes them, and its ways of sending."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from openlineage.client import event_v2 as ol
from openlineage.client.generated import column_lineage_dataset as lineage
from openlineage.client.generated import data_quality_assertions_dataset as quality
from openlineage.client.generated import (
    dataset_version_dataset,
    datasource_dataset,
    documentation_dataset,
    error_message_run,
    job_type_job,
    lifecycle_state_change_dataset,
    output_statistics_output_dataset,
    ownership_dataset,
    parent_run,
    processing_engine_run,
    schema_dataset,
    tags_dataset,
    tags_run,
)
from openlineage.client.serde import Serde
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport
from openlineage.client.transport.transport import Transport

from dagster_ingest.errors import Unavailable
from dagster_ingest.observe.telemetry.datasets import Dataset, Datasets, Origin
from dagster_ingest.observe.telemetry.steps import RunTold, StepTold
from dagster_ingest.redact import redact
from dagster_ingest.spec.telemetry import FileLineage, OpenLineage

_PRODUCER = f"urn:dagster-ingest:{version('dagster-ingest')}"
_DIRECT = lineage.Transformation("DIRECT", "TRANSFORMATION")
_INDIRECT = lineage.Transformation("INDIRECT", "CONDITIONAL")
_FILTERS = lineage.Transformation("INDIRECT", "FILTER")


def event(told: RunTold, namespace: str, datasets: Datasets | None) -> ol.RunEvent:
    """datasets: of the step's tenant; None for the run itself. The same input gives the same event."""
    ol.set_producer(_PRODUCER)
    inputs: list[ol.InputDataset] = []
    outputs: list[ol.OutputDataset] = []
    job, run_id, facets = told.job, told.run_id, _run_facets(told)
    if isinstance(told, StepTold) and datasets is not None:
        job, run_id = f"{told.tenant}.{told.layer}.{told.table}", str(told.id)
        facets["parent"] = parent_run.ParentRunFacet(
            run=parent_run.Run(runId=told.run_id), job=parent_run.Job(namespace, told.job)
        )
        place = (told.layer, told.table)
        inputs = [ol.InputDataset(*datasets.named(parent)) for parent in datasets.inputs(place)]
        outputs = [_output(told, datasets.bare(place) if told.kind == "START" else datasets.whole(place))]
    return ol.RunEvent(
        eventType=ol.RunState(told.kind),
        eventTime=datetime.fromtimestamp(told.at, UTC).isoformat(timespec="milliseconds"),
        run=ol.Run(runId=run_id, facets=facets),
        job=ol.Job(namespace, job, facets={"jobType": _job_type(told)}),
        inputs=inputs,
        outputs=outputs,
        producer=_PRODUCER,
    )


def as_json(event: ol.RunEvent) -> str:
    return Serde.to_json(event)


def _run_facets(told: RunTold) -> dict[str, Any]:
    tags = {"tenant": told.tenant, "state": told.state}
    if isinstance(told, StepTold):
        tags |= {"layer": told.layer, "load_id": str(told.record.get("load_id") or "")}
    fields = [
        tags_run.TagsRunFacetFields(key, value, "DAGSTER_INGEST") for key, value in tags.items() if value
    ]
    facets: dict[str, Any] = {
        "processing_engine": processing_engine_run.ProcessingEngineRunFacet(version("dagster"), "Dagster"),
    }
    if fields:
        facets["tags"] = tags_run.TagsRunFacet(fields)
    if told.error is not None:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(redact(told.error), "PYTHON")
    return facets


def _job_type(told: RunTold) -> job_type_job.JobTypeJobFacet:
    kind = "TASK" if isinstance(told, StepTold) else "JOB"
    return job_type_job.JobTypeJobFacet("BATCH", "DAGSTER_INGEST", kind)


def _output(told: StepTold, dataset: Dataset) -> ol.OutputDataset:
    facets, statistics = _dataset_facets(dataset), dict[str, Any]()
    if told.asserted is not None:
        facets["dataQualityAssertions"] = quality.DataQualityAssertionsDatasetFacet(
            [
                quality.Assertion(
                    assertion=one.name.rpartition("|")[2],
                    name=one.name,
                    success=one.success,
                    column=one.column,
                    severity=one.severity,
                    actual=None if one.failed is None else str(one.failed),
                )
                for one in told.asserted
            ]
        )
    if told.kind == "COMPLETE" and told.record:
        record = told.record
        if record.get("data_version"):
            facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(
                str(record["data_version"])
            )
        if not record.get("unchanged"):
            change = lifecycle_state_change_dataset.LifecycleStateChange.OVERWRITE
            facets["lifecycleStateChange"] = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
                change
            )
            statistics["outputStatistics"] = (
                output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                    rowCount=int(record.get("rows_written") or 0),
                    size=int(record.get("bytes_written") or record.get("bytes") or 0) or None,
                )
            )
    return ol.OutputDataset(dataset.namespace, dataset.name, facets=facets, outputFacets=statistics)


def _dataset_facets(dataset: Dataset) -> dict[str, Any]:
    facets: dict[str, Any] = {
        "dataSource": datasource_dataset.DatasourceDatasetFacet(dataset.namespace, dataset.namespace)
    }
    if dataset.fields:
        facets["schema"] = schema_dataset.SchemaDatasetFacet(
            [
                schema_dataset.SchemaDatasetFacetFields(field.name, field.type, field.description, place)
                for place, field in enumerate(dataset.fields, 1)
            ]
        )
    if dataset.owners:
        owners = [ownership_dataset.Owner(name, "OWNER") for name in dataset.owners]
        facets["ownership"] = ownership_dataset.OwnershipDatasetFacet(owners)
    if dataset.description:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(dataset.description)
    tags: list[tuple[str, str, str | None]] = []
    if dataset.contract:
        tags.append(("contract", dataset.contract, None))
    tags += [("private", "true", field.name) for field in dataset.fields if field.private]
    if tags:
        facets["tags"] = tags_dataset.TagsDatasetFacet(
            [
                tags_dataset.TagsDatasetFacetFields(key, value, "DAGSTER_INGEST", field)
                for key, value, field in tags
            ]
        )
    if dataset.origins or dataset.rows:
        facets["columnLineage"] = lineage.ColumnLineageDatasetFacet(
            fields={
                name: lineage.Fields([_input(one) for one in made]) for name, made in dataset.origins.items()
            },
            dataset=[_input(one, _FILTERS) for one in dataset.rows],
        )
    return facets


def _input(origin: Origin, how: lineage.Transformation | None = None) -> lineage.InputField:
    how = how or (_DIRECT if origin.direct else _INDIRECT)
    return lineage.InputField(origin.namespace, origin.dataset, origin.column, [how])


class Sender:
    """One way out. token: the value, None for none. home: what relative paths of files are taken from."""

    def __init__(self, wanted: OpenLineage, token: str | None, home: Path) -> None:
        self._transport = _transport(wanted, token, home)
        self._where = getattr(wanted.transport, "url", None) or str(getattr(wanted.transport, "path", ""))
        logging.getLogger("openlineage").setLevel(logging.ERROR)

    def send(self, events: Sequence[ol.RunEvent]) -> None:
        """One after another. Raises Unavailable where one was not taken; those before it were."""
        for found in events:
            try:
                self._transport.emit(found)
            except Exception as error:
                raise Unavailable(
                    f"an OpenLineage event was not taken: {type(error).__name__}: {error}",
                    where=self._where,
                    not_done="the event and those after it; they are sent later, and no run waits for it",
                ) from None

    def close(self) -> None:
        self._transport.close()


def _transport(wanted: OpenLineage, token: str | None, home: Path) -> Transport:
    way = wanted.transport
    if isinstance(way, FileLineage):
        path = home / way.path
        path.parent.mkdir(parents=True, exist_ok=True)
        return FileTransport(FileConfig(str(path), append=True))
    config = HttpConfig(way.url.rstrip("/") + "/", way.endpoint, way.timeout, retry={"total": 0})
    if token is not None:
        config.auth = ApiKeyTokenProvider({"api_key": token})
    return HttpTransport(config)
