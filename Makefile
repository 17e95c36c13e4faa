# Every door into the work; each sets up all that it needs. `make check` is what CI runs.
# PYTHON can name another interpreter (3.11 or newer), e.g. `make test PYTHON=python3.12`.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
INSTANCE ?= instance
SIZE ?= small
PYTEST := $(BIN)/python -m pytest
ROOMS := src tests

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check trial bench lock format \
        lint types floors documented dead deps unit integration spark docs reference shelf figures browser clean

help: ## show this
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## make the virtual environment with everything pinned

$(STAMP): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(STAMP) ## a shop with 20,000 people, ninety days and a console to look around in
	$(BIN)/huiliu demo

serve: $(STAMP) ## run the instance in ./instance, made at the first time
	test -d $(INSTANCE) || $(BIN)/huiliu init $(INSTANCE)
	$(BIN)/huiliu serve --instance $(INSTANCE)

test: $(STAMP) ## unit, property, contract, integration and docs tests
	$(PYTEST) -n 2 -m "not trial and not browser" tests

check: lint types floors documented dead deps unit integration spark docs browser ## what CI runs on every change
	@echo "make check: everything passed"

lint: $(STAMP) ## ruff's rules and format
	$(BIN)/ruff format --check $(ROOMS)
	$(BIN)/ruff check $(ROOMS)

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

floors: $(STAMP) ## the layers of the house
	$(BIN)/lint-imports

documented: $(STAMP) ## a docstring on everything
	$(BIN)/interrogate --quiet src tests

dead: $(STAMP) ## code that nothing reaches
	$(BIN)/vulture

deps: $(STAMP) ## imports and dependencies agree
	$(BIN)/deptry .

unit: $(STAMP) ## pure and fast
	$(PYTEST) -n 2 -m "not trial" tests/unit tests/property

integration: $(STAMP) ## on the embedded engines
	$(PYTEST) -n 2 -m "not trial and not browser and not spark" $(wildcard tests/contract) tests/integration tests/e2e

spark: $(STAMP) ## a smoke of the other engine: one Java, one process
	$(PYTEST) -m "spark and not trial" tests/contract

docs: $(STAMP) ## the docs say what is so
	$(PYTEST) -m "not trial" tests/docs

reference: $(STAMP) ## write docs/reference/cli.md from the commands themselves
	$(BIN)/python -m tests.docs.command_reference
	$(BIN)/python -m tests.docs.metric_reference

shelf: $(STAMP) ## write what the shipped rule packs say beside them, ready to be read
	$(BIN)/python -m tests.docs.pack_shelf

browser: $(STAMP) ## the console in Chromium
	$(PYTEST) -m "browser and not trial" tests

trial: $(STAMP) ## the long seeded versions; the report is build/trial.xml
	mkdir -p build
	$(PYTEST) -m trial --timeout 3600 --junitxml build/trial.xml -o junit_family=xunit2 tests

bench: $(STAMP) ## every bench; SIZE=full for the size of the bars; into build/bench-*.json
	mkdir -p build
	set -e; for name in $$($(BIN)/huiliu bench --json | $(BIN)/python -c 'import json,sys; print(*(b["bench"] for b in json.load(sys.stdin)))'); do \
	  $(BIN)/huiliu bench $$name --size $(SIZE) --json | tee build/bench-$$name.json; done

figures: $(STAMP) ## write the newest figures into docs/explanation/performance.md
	$(BIN)/python -m tests.docs.write_figures

format: $(STAMP) ## write ruff's format
	$(BIN)/ruff format $(ROOMS)
	$(BIN)/ruff check --fix $(ROOMS)

lock: $(STAMP) ## pin the newest versions that fit pyproject.toml
	mkdir -p build
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' > build/dev.in
	$(BIN)/python -m piptools compile $(LOCK) -o requirements-dev.lock pyproject.toml build/dev.in
	$(BIN)/python -m piptools compile $(LOCK) -c requirements-dev.lock -o requirements.lock pyproject.toml

# No option, index or folder of the machine that wrote a lock may stand in it.
LOCK := --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header \
        --no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

clean: ## remove what the doors made, instances excepted
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
