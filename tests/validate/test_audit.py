from __future__ import annotations

import subprocess
import sys
import threading

import polars as pl
import pytest

from dagster_ingest.errors import DataError
from dagster_ingest.spec.models import Policy
from dagster_ingest.validate import audit as audit_module
from dagster_ingest.validate.audit import Auditor
from dagster_ingest.validate.decide import count_faults
from tests.validate.contracts import contract, rule

QUARANTINE = Policy(on_reject="quarantine", max_share=0.5)


def result(verdict, rule_id):
    return next(r for r in verdict.results if r.rule == rule_id)


def test_clean_rows_pass_verbatim_and_in_order(rows, audit):
    batch = rows(ID=["2", "1"], Name=["  padded  ", "b\nc"])

    accepted, rejected, verdict, late = audit(contract(rule("required", "ID")), batch)

    assert accepted.equals(batch)
    assert (rejected.height, late, verdict.outcome) == (0, {}, "commit")
    assert verdict.reason == "2 rows passed 2 rules"


def test_one_rejected_row_blocks_under_policy_block(rows, audit):
    batch = rows(ID=["1", "", "3"])

    accepted, rejected, verdict, _ = audit(contract(rule("required", "ID")), batch)

    assert verdict.outcome == "block"
    assert verdict.reason == "blocked: 1 of 3 rows breaks ID|required"
    assert accepted["_row_number"].to_list() == [1, 3]
    assert rejected.select("ID", "_rules", "_row_number").rows() == [("", ["ID|required"], 2)]


@pytest.mark.parametrize(
    ("max_share", "outcome"), [(0.25, "commit"), (0.24, "block")], ids=["at the share", "above it"]
)
def test_quarantine_sets_rows_aside_up_to_its_share(rows, audit, max_share, outcome):
    batch = rows(ID=["1", "2", "3", None])

    _, _, verdict, _ = audit(
        contract(rule("required", "ID")), batch, policy=Policy(on_reject="quarantine", max_share=max_share)
    )

    assert verdict.outcome == outcome
    assert (verdict.rows_read, verdict.rows_accepted, verdict.rows_rejected) == (4, 3, 1)


def test_a_warning_is_counted_and_lets_the_row_through(rows, audit):
    made = contract(rule("pattern", "Zip", severity="warn", pattern="^[0-9]{5}$"))

    accepted, rejected, verdict, _ = audit(made, rows(Zip=["00505", "505"]))

    assert (accepted.height, rejected.height, verdict.outcome) == (2, 0, "commit")
    assert result(verdict, "Zip|pattern").failed == 1
    assert verdict.reason.endswith("warnings: Zip|pattern (1)")


def test_rules_that_a_row_broke_together_are_listed_and_counted(rows, audit):
    made = contract(rule("required", "A"), rule("enum", "B", values=["x"]))

    _, rejected, verdict, _ = audit(made, rows(A=["", "", "1"], B=["y", "x", "x"]))

    assert rejected["_rules"].to_list() == [["A|required", "B|enum"], ["A|required"]]
    assert verdict.co_occurrence == {"A|required, B|enum": 1, "A|required": 1}
    assert verdict.reason == "blocked: 2 of 3 rows break A|required (2), B|enum (1)"


def test_samples_are_few_and_private_values_are_masked(rows, audit):
    made = contract(
        rule("enum", "Phone", values=["x"]), rule("enum", "Kind", values=["x"]), private=("Phone",)
    )
    batches = [rows(start=n * 4 + 1, Phone=["555-0100"] * 4, Kind=["odd"] * 4) for n in range(3)]

    _, _, verdict, _ = audit(made, *batches)

    phones, kinds = result(verdict, "Phone|enum"), result(verdict, "Kind|enum")
    assert phones.failed == 12
    assert [(s.row_number, s.value) for s in phones.samples] == [(n, "***") for n in range(1, 6)]
    assert {s.value for s in kinds.samples} == {"odd"}
    assert "555-0100" not in repr(verdict)


def test_malformed_records_are_rejected_with_their_text_and_never_shown(audit, rows):
    class Record:
        uri, row_number, rule, text = "drops/a.csv", 7, "row|columns", "a,b,secret"

    auditor = Auditor(contract(rule("required", "ID")), Policy(), {}, None)
    auditor.batch(rows(ID=["1"]))

    rejected = auditor.malformed([Record()])
    verdict, _ = auditor.finish()

    assert rejected.select("_malformed", "_row_number", "_rules").rows() == [
        ("a,b,secret", 7, ["row|columns"])
    ]
    assert verdict.outcome == "block"
    assert verdict.reason == "blocked: 1 of 2 rows breaks row|columns"
    assert "secret" not in repr(verdict)


def test_an_empty_delivery_is_blocked_until_the_contract_allows_it(rows, audit):
    empty = rows(ID=[])

    _, _, verdict, _ = audit(contract(rule("required", "ID")), empty)
    _, _, allowed, _ = audit(contract(rule("required", "ID"), rule("row_count", min=0)), empty)

    assert verdict.outcome == "block"
    assert verdict.reason == "blocked: 0 good rows where *|row_count allows at least 1 rows"
    assert allowed.outcome == "commit"


@pytest.mark.parametrize("bounds", [{"max": 9}, {"not": 4}, {"not_between": [2, 5]}])
@pytest.mark.parametrize("severity", ["error", "warn"])
def test_a_ceiling_for_rows_does_not_let_an_empty_delivery_pass(rows, audit, bounds, severity):
    made = contract(rule("required", "ID"), rule("row_count", severity=severity, **bounds))

    _, _, empty, _ = audit(made, rows(ID=[]))
    _, _, full, _ = audit(made, rows(ID=["1"]))

    assert empty.outcome == "block"
    assert empty.reason == "blocked: 0 good rows, and no rule says that there may be none"
    assert [why for _, why in count_faults(made, 0, None)] == [empty.reason.removeprefix("blocked: ")]
    assert full.outcome == "commit"


def test_a_shrunk_delivery_is_blocked_against_the_last_good_load(rows, audit):
    made = contract(rule("required", "ID"), rule("row_count_ratio", min=0.8))

    _, _, verdict, _ = audit(made, rows(ID=["1", "2", "3"]), last_good=4)
    _, _, first, _ = audit(made, rows(ID=["1", "2", "3"]))

    assert verdict.outcome == "block"
    assert "3 good rows (0.75 times the last good load)" in verdict.reason
    assert first.outcome == "commit"
    assert "no last good load" in result(first, "*|row_count_ratio").observed


def test_foreign_keys_pass_when_null_or_known(rows, audit):
    made = contract(rule("foreign_key", "Parent", table="agency", columns=["ID"]))
    parents = {"agency": pl.DataFrame({"ID": ["1", " 2 ", None]})}

    _, rejected, verdict, _ = audit(made, rows(Parent=["1", "2", "", None, "3"]), parents=parents)

    assert rejected["Parent"].to_list() == ["3"]
    assert result(verdict, "Parent|foreign_key").failed == 1


def test_compound_foreign_keys_compare_part_by_part(rows, audit):
    made = contract(rule("foreign_key", "A", "B", table="p", columns=["X", "Y"]))
    parents = {"p": pl.DataFrame({"X": ["1", "12"], "Y": ["23", "3"]})}

    _, rejected, _, _ = audit(made, rows(A=["1", "12", "1", None], B=["23", "3", "3", "9"]), parents=parents)

    assert rejected["_row_number"].to_list() == [3]


def test_a_parent_that_is_not_there_is_an_error_and_no_pass():
    made = contract(rule("foreign_key", "Parent", table="agency", columns=["ID"]))

    with pytest.raises(DataError, match="parent table 'agency' are not there"):
        Auditor(made, Policy(), {}, None)


def test_a_rule_on_a_column_that_the_candidate_lacks_is_an_error_and_blocks(rows):
    auditor = Auditor(contract(rule("required", "ID")), Policy(), {}, None)

    with pytest.raises(DataError, match="lacks: ID"):
        auditor.batch(rows(Name=["x"]))
    verdict, _ = auditor.finish()

    assert verdict.outcome == "block"


def test_an_audit_that_failed_by_itself_can_only_block(rows, monkeypatch):
    auditor = Auditor(contract(rule("required", "ID")), QUARANTINE, {}, None)
    auditor.batch(rows(ID=["1"]))
    broken = auditor._split
    monkeypatch.setattr(auditor, "_split", lambda frame: 1 / 0)

    with pytest.raises(DataError, match="ZeroDivisionError"):
        auditor.batch(rows(ID=["2"]))
    monkeypatch.setattr(auditor, "_split", broken)
    auditor.batch(rows(ID=["3"]))
    verdict, _ = auditor.finish()

    assert verdict.outcome == "block"
    assert "the audit itself failed: ZeroDivisionError" in verdict.reason


def test_decodes_fails_where_a_filled_cell_has_no_companion(rows, audit):
    made = contract(rule("decodes", "CONTACTS"))
    batch = rows(CONTACTS=["[1]", "[broken", " ", None], CONTACTS_json=["[1]", None, None, None])

    _, rejected, _, _ = audit(made, batch)

    assert rejected["_row_number"].to_list() == [2]


def test_threads_do_not_switch_the_gate_off(rows, audit):
    outcomes = []

    def work():
        outcomes.append(audit(contract(rule("required", "ID")), rows(ID=[""]))[2].outcome)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == ["block"] * 4


def test_the_environment_does_not_switch_the_gate_off():
    code = """
import polars as pl
from dagster_ingest.spec.models import Policy
from dagster_ingest.validate.audit import Auditor
from dagster_ingest.validate.backend import GateSchema
from dagster_ingest.validate.compile import compile_contract
from tests.validate.contracts import contract, rule
import pandera.polars as pa
frame = pl.DataFrame({"ID": [""], "_source_uri": ["u"], "_row_number": [1], "_row_hash": [1]})
made = contract(rule("required", "ID"))
auditor = Auditor(made, Policy(), {}, None)
auditor.batch(frame)
print(auditor.finish()[0].outcome)
gate = compile_contract(made, {})
for view in (gate.look(frame), gate.look(frame).collect()):
    try:
        gate.schema.validate(view, lazy=True)
        print("passed")
    except pa.errors.SchemaErrors as error:
        print("failed", error.failure_cases.height)
"""
    off = {"PANDERA_VALIDATION_ENABLED": "False", "PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY"}

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "", "PYTHONPATH": ".", **off},
        capture_output=True,
        text=True,
    )

    assert done.stdout.split("\n")[:3] == ["block", "failed 1", "failed 1"], done.stderr


def test_the_audit_does_not_import_dagster_nor_the_connectors():
    code = f"""
import sys, {audit_module.__name__}
far = ("dagster.", "dagster_ingest.connectors", "dagster_ingest.land", "duckdb", "pandas.")
print([name for name in sys.modules if name.startswith(far)])
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
