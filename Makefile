# tellerdesk: `make demo` and `make test` set themselves up on a fresh machine.
PYTHON ?= python3
BIN := .venv/bin
# Every package at the version in constraints.txt, also those that only build this one.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
WORKERS ?= 2
FLOW ?=
export ROWS ?=
export DATABASE ?=
export AGAIN ?=
SEED ?= 20261122

.PHONY: demo test lint check bench bench-search requirements faults faults-product faults-any-order mutants docs clean

.venv/ready-demo: pyproject.toml constraints.txt
	@echo "Setting up .venv: once, and under a minute or two."
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[sandbox]'
	@touch $@

.venv/ready-test: pyproject.toml constraints.txt
	@echo "Setting up .venv: once, and under a minute or two."
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@ .venv/ready-demo

words := $(wildcard tellerdesk/i18n/locale/*/LC_MESSAGES/*.po)

# The message catalogues as gettext reads them.
.venv/ready-words: $(words) .venv/ready-test
	$(BIN)/python -c "from pathlib import Path; from tellerdesk.i18n.build_hook import compile_catalogues as c; c(Path('tellerdesk/i18n/locale'))"
	@touch $@

demo: .venv/ready-demo
	$(BIN)/tellerdesk demo $(if $(FAULT),--fault $(FAULT))

test: .venv/ready-test
	$(BIN)/pytest -n $(WORKERS) --durations=10 --requirements .requirements.json

lint: .venv/ready-test .venv/ready-words
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench: .venv/ready-test .venv/ready-words
	PYTHONPATH=tests $(BIN)/python -m benchmarks

# Ten million entries in PostgreSQL and three million in SQLite take twenty minutes and 12 GB of the temporary folder;
# ROWS= makes fewer, DATABASE= asks one of them alone, AGAIN= measures more often.
bench-search: .venv/ready-test .venv/ready-words
	PYTHONPATH=tests $(BIN)/python -m benchmarks.search

requirements: test
	$(BIN)/python tests/requirements_table.py .requirements.json

# FLOW= one flow, SEED= another choice of what is chosen. First that the harness finds desks with a defect; then, side by
# side, every kill under every lie, and everything in any order; without FLOW also many desks and a bad environment, long.
# A broken rule prints the line that runs just that case again.
faults: .venv/ready-test .venv/ready-words
	PYTHONPATH=tests $(BIN)/python -m faults.selfcheck
	@$(MAKE) --no-print-directory -j 2 faults-product faults-any-order
ifeq ($(FLOW),)
	TELLERDESK_LONG=1 $(BIN)/pytest -q tests/concurrency tests/environment tests/approvals/test_races.py tests/bills/test_approved_and_nothing_else.py
endif

faults-product:
	PYTHONPATH=tests $(BIN)/python -m faults.run $(if $(FLOW),--flow $(FLOW)) --seed $(SEED)

faults-any-order:
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest -q -n $(WORKERS) --hypothesis-seed=$(SEED) $(if $(FLOW),-k $(FLOW)) tests/stateful

# Sows defects into a copy of the sources; each must be noticed.
mutants: .venv/ready-test .venv/ready-words
	$(BIN)/python -m tests.mutants.run

docs: .venv/ready-test
	$(BIN)/python -m tellerdesk.sandbox.contracts_docs
	$(BIN)/python docs/generate.py

clean:
	rm -rf .venv tellerdesk-demo .requirements.json
