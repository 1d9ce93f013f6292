# make run    install what is needed and open the app
# make test   run every test; browser tests need Chromium in PATH or in $CHROMIUM
# make lint   check style
# make bench  run the benchmarks, quickly; BENCH= runs them in full

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTABLE := $(VENV)/.installed-test
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
DECLARED := requirements.txt constraints.txt pyproject.toml
BENCH ?= --quick
BENCHMARKS ?= studies methods clinical local

.PHONY: run test lint bench

run: $(INSTALLED)
	@$(BIN)/cae app $(STUDY)

test: $(TESTABLE)
	$(BIN)/python -m pytest $(TESTS)

lint: $(TESTABLE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(INSTALLED)
	set -e; for name in $(BENCHMARKS); do $(BIN)/python benchmarks/$$name.py $(BENCH); done

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): $(DECLARED) | $(BIN)/python
	@echo "Installing what the app needs; the first time this takes some minutes."
	$(PIP) --editable .
	@touch $@

$(TESTABLE): $(DECLARED) | $(BIN)/python
	$(PIP) --editable ".[test]"
	@touch $@ $(INSTALLED)
