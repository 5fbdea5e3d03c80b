"""Cost tags and budgets of a tenant."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from dagster_ingest.settings import Settings
from dagster_ingest.spec.editor import schemas
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.models import Cost

ROOT = Path(__file__).parents[2]


def test_cost_is_a_mapping_of_its_tags_and_the_budget_is_none_of_them():
    cost = Cost.model_validate({"cost_center": "cc-1", "budget": {"per_month": {"credits": 2.5}}})

    assert dict(cost) == {**cost} == cost.tags == {"cost_center": "cc-1"}
    assert cost.budget is not None
    assert cost.budget.per_month is not None
    assert cost.budget.per_month.amounts == {"credits": 2.5}


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        ("{}", "cost has no tag"),
        ("{budget: {per_day: {credits: 1}}}", "cost has no tag"),
        ("{Cost Center: cc-1}", "'Cost Center'"),
        ("{cost_center: cc 1}", "'cost_center' cannot be 'cc 1'"),
        ("{cost_center: cc-1, budget: {}}", "per_day or per_month"),
        ("{cost_center: cc-1, budget: {per_day: {}}}", "names what it limits"),
        ("{cost_center: cc-1, budget: {per_day: {cpu: 3}}}", "unknown key 'cpu'"),
        ("{cost_center: cc-1, budget: {per_week: {cpu_seconds: 3}}}", "unknown key 'per_week'"),
        ("{cost_center: cc-1, budget: {per_day: {credits: 0}}}", "greater than 0"),
        ("{cost_center: cc-1, budget: 100}", "'budget' is not a mapping"),
    ],
)
def test_a_wrong_cost_is_refused_at_its_line(tmp_path, cost, said):
    text = (ROOT / "tenants" / "capital" / "tenant.yaml").read_text()
    assert "cost: {cost_center: cc-200}" in text
    folder = tmp_path / "tenants" / "capital"
    folder.mkdir(parents=True)
    (folder / "tenant.yaml").write_text(text.replace("cost: {cost_center: cc-200}", f"cost: {cost}"))

    found = load_tenants(Settings.load(root=ROOT, tenants_dir=tmp_path / "tenants")).errors

    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("cost:"))
    assert [problem.line for problem in found if said in str(problem)] == [line], [str(p) for p in found]


def test_the_editor_schema_knows_budgets_and_is_the_one_that_is_shipped():
    schema = schemas(ROOT)["tenant.schema.json"]
    cost = {"$defs": schema["$defs"], **schema["$defs"]["Cost"]}

    jsonschema.validate({"cost_center": "cc-1", "budget": {"per_day": {"credits": 1}}}, cost)
    for wrong in ({}, {"cost_center": 5}, {"a b": "x"}, {"c": "x", "budget": {"per_day": {"cpu": 1}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, cost)
    assert json.loads((ROOT / "schemas" / "tenant.schema.json").read_text())["$defs"]["Cost"] == json.loads(
        json.dumps(schema["$defs"]["Cost"])
    )
