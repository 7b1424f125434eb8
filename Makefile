# Ninefold. `make help` lists what there is.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8009
ONCE ?=
ENV_FILE ?=
TIME ?= 60
TARGET ?=
FILES ?= var/fuzzing/findings/*/*-*
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests system demo run test test-nightly test-postgresql fuzz fuzz-replay \
        check check-types check-rest format requirements \
        bench bench-engine bench-analysis bench-evidence bench-sensor bench-decide bench-backtest clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: $(VENV)/ready-runtime ## Make the virtual environment and install what Ninefold runs on
setup-tests: $(VENV)/ready-tests ## Install the development tools as well

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Ninefold needs Python 3.11 or newer; name one with PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "install Python's venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }

$(VENV)/ready-runtime: requirements.txt | $(BIN)/python
	@echo "Installing requirements (a minute or two the first time)"
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.txt
	@touch $@

$(VENV)/ready-tests: tests/requirements.txt $(VENV)/ready-runtime
	@echo "Installing development tools"
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r tests/requirements.txt
	@touch $@

system: ## Install the system libraries that WeasyPrint needs, or say which are missing
	@sh deploy/system-packages.sh runtime $(PYTHON)

demo: system setup ## Set up and run everything with sample data (ONCE=1: without staying; PORT=8009; ENV_FILE=…)
	@ENV_FILE="$(ENV_FILE)" sh deploy/with-env.sh $(BIN)/python manage.py demo --port $(PORT) $(if $(ONCE),--once)

run: system setup ## Run web, worker, scheduler and sequencer as one group (ENV_FILE=…)
	@ENV_FILE="$(ENV_FILE)" sh deploy/with-env.sh $(BIN)/python manage.py up --port $(PORT)

test: system setup-tests ## Run every test: on SQLite, then on PostgreSQL where there is one
	@sh deploy/system-packages.sh tests $(PYTHON)
	$(BIN)/python -m pytest -n 3 --dist loadgroup
	$(BIN)/python -m tests.support.on_postgresql

test-nightly: setup-tests ## Run the property tests with 10,000 examples each (one to three hours)
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n 2 tests/properties

test-postgresql: setup-tests ## Run the tests that touch the database on PostgreSQL
	$(BIN)/python -m tests.support.on_postgresql

fuzz: setup-tests ## Fuzz every parser with atheris, TIME=60 seconds each, or those that TARGET names (findings: var/fuzzing)
	@$(BIN)/python -m tests.fuzzing run $(TARGET) --seconds $(TIME)

fuzz-replay: setup-tests ## Run again what fuzzing found (FILES=…)
	@$(BIN)/python -m tests.fuzzing replay $(FILES)

check: setup-tests ## Lint, types, import contracts, templates, migrations
	@$(MAKE) --no-print-directory -j 2 check-types check-rest

check-types:
	$(BIN)/mypy .

check-rest:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --check --lint --quiet
	$(BIN)/python -W error manage.py makemigrations --check --dry-run --settings compliance.settings.test
	$(BIN)/python -W error manage.py check --settings compliance.settings.test

format: setup-tests ## Format code and templates
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint templates --reformat --quiet

bench: bench-engine bench-analysis bench-evidence bench-sensor bench-decide bench-backtest ## All benchmarks

bench-engine: setup-tests ## Microseconds per decision at 20, 200 and 1,000 rules, beside two other engines
	@$(BIN)/python -m tests.performance.bench_engine

bench-analysis: setup-tests ## Seconds to prove every property of 200 and 1,000 rules, and to compare two versions
	@$(BIN)/python -m tests.performance.bench_analysis

bench-backtest: setup-tests ## Recorded decisions per second that a candidate is compared with
	@$(BIN)/python -m tests.performance.bench_backtest

bench-decide: setup-tests ## Requests per second and p99 of the decision point beside an empty handler
	@$(BIN)/python -m tests.performance.bench_decide

bench-evidence: setup-tests ## Appraisals per second
	@$(BIN)/python -m tests.performance.bench_evidence

bench-sensor: setup-tests ## False alarms and power of the sensors' test over simulated phones
	@$(BIN)/python -m tests.performance.bench_sensor

requirements: setup-tests ## Compile the pinned requirements again
	@$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	  --no-emit-find-links --no-strip-extras -o requirements.txt requirements.in
	cd tests && ../$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	  --no-emit-find-links --no-strip-extras --allow-unsafe -o requirements.txt requirements.in

clean: ## Remove the virtual environment and all local data (keys and ledger included)
	rm -rf $(VENV) var .mypy_cache .ruff_cache .hypothesis
