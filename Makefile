SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-api dev dev-api test lint bench bench-peers datacontract programs nessie opensearch elasticsearch nats fuzz lock clean distclean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTHON ?= python3
PYTEST_ARGS ?=
PARALLEL := --dist loadfile --no-loadscope-reorder
BENCH_ARGS ?=
FUZZ_SECONDS ?= 60

define HOME_FOLDER
from dagster_ingest.assets.instance import prepare_home; from dagster_ingest.settings import Settings; \
print(prepare_home(Settings.load()))
endef

help:  ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Install the locked requirements and the package into .venv

$(STAMP): requirements/dev.txt pyproject.toml deploy/setup.sh
	@PYTHON="$(PYTHON)" deploy/setup.sh $(VENV)
	@touch $@

demo: setup  ## Run the two-day story on the sample tenants, then print what happened
	@$(BIN)/python -m dagster_ingest.testing.demo

demo-api: setup  ## The same with the sample tenants of APIs, which are served on loopback meanwhile
	@$(BIN)/python -m dagster_ingest.testing.demo --api

dev: setup  ## Open the Dagster UI on http://localhost:3000
	@DAGSTER_HOME="$$($(BIN)/python -c '$(HOME_FOLDER)')" $(BIN)/dagster dev -w workspace.yaml

dev-api: setup  ## The same after demo-api; the APIs are served as long as it runs
	@DAGSTER_HOME="$$($(BIN)/python -c '$(HOME_FOLDER)')" \
	  $(BIN)/python -m dagster_ingest.testing.vendors -- $(BIN)/dagster dev -w workspace.yaml

# Those of the whole wait for servers and daemons more often than for a core.
test: setup  ## Run all tests, files side by side: those of the parts, then those of the whole
	@failed=0; \
	$(BIN)/python -m pytest --ignore=tests/e2e -n 2 $(PARALLEL) $(PYTEST_ARGS) || failed=$$?; \
	$(BIN)/python -m pytest tests/e2e -n 3 $(PARALLEL) $(PYTEST_ARGS) || failed=$$?; \
	exit $$failed

lint: setup  ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: setup  ## Run all benchmarks, print their tables, write benchmarks/results.json (about half an hour)
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

bench-peers: setup  ## Install dlt and sling into .benchenv, for `make bench` to compare with
	@PYTHON="$(PYTHON)" deploy/bench-peers.sh .benchenv

datacontract: setup  ## Install datacontract-cli into .dcenv, for the tests that compare with it
	@deploy/datacontract.sh .dcenv

programs: setup  ## Install taps, sources and sling into .programs, for the connectors singer, airbyte and sling
	@deploy/programs.sh .programs

fuzz: setup  ## Install atheris into .fuzzing and fuzz every parser, FUZZ_SECONDS (60) each
	@deploy/fuzz.sh .fuzzing
	@PYTHONPATH=.fuzzing $(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

nessie:  ## Fetch Nessie and a REST catalog into .nessie, for the tests of Iceberg (Maven; Nessie needs Java 21)
	@deploy/nessie.sh .nessie

opensearch:  ## Fetch OpenSearch into .opensearch, for the tests of its reader (Maven; Java 17)
	@deploy/opensearch.sh .opensearch

elasticsearch:  ## Fetch Elasticsearch 7 and 8 into .elasticsearch, for the same tests (Maven; a JDK 17 to 23)
	@deploy/elasticsearch.sh .elasticsearch

nats:  ## Build a NATS server into .nats, for the tests of arrivals by messages (Go)
	@deploy/nats.sh .nats

lock: setup  ## Resolve the requirements anew, with hashes and without addresses
	@deploy/lock.sh $(BIN)/python

clean:  ## Remove what was made from the sources: data, published stores, caches
	rm -rf var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	rm -rf dbt_elt/target dbt_elt/logs dbt_stage/target dbt_stage/logs
	find . -name __pycache__ -not -path './$(VENV)/*' -not -path './.benchenv/*' -not -path './.dcenv/*' -not -path './.programs/*' -not -path './.fuzzing/*' -prune -exec rm -rf {} +

distclean: clean  ## Remove the environments as well
	rm -rf $(VENV) .benchenv .dcenv .programs .nessie .opensearch .elasticsearch .nats .fuzzing
