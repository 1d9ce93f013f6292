# make run    install what is needed and open the app
# make test   run the tests; browser tests need Chromium in PATH or in $CHROMIUM; TESTS= names some
# make test-slow   run those that take a minute or so each, mostly whole trainings
# make lint   check style and types, those of the scripts that browsers run where there is node
# make wheel  build what others install, in dist/
# make pins   write constraints.txt anew from the newest releases that are allowed
# make bench  run the benchmarks, quickly; BENCH= runs them in full
# make screenshots  take the pictures in assets/screenshots anew

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTABLE := $(VENV)/.installed-test
NODE := $(shell command -v node >/dev/null && command -v npm)
CHECKERS := node_modules/.package-lock.json
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
UV := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python \
	--constraint constraints.txt
DECLARED := requirements.txt constraints.txt pyproject.toml
WORKERS ?= 3
BENCH ?= --quick
BENCHMARKS ?= methods clinical local importing training label_errors

.PHONY: run test test-slow lint lint-scripts wheel pins bench screenshots

run: $(INSTALLED)
	@$(BIN)/cae app $(STUDY)

# Each process computes on one core: where threads wait for each other beside other processes, small
# steps take twenty times as long. There are more processes than cores, as those that drive a browser
# wait for most of the time.
# Modules are compiled once, not by each of the many processes that tests start.
ALONE := OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=

test: $(TESTABLE)
ifdef TESTS
	$(ALONE) $(BIN)/python -m pytest $(TESTS)
else
	$(ALONE) $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile -m "not slow"
endif

test-slow: $(TESTABLE)
	$(ALONE) $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile -m slow

lint: $(TESTABLE) lint-scripts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

ifdef NODE
lint-scripts: $(CHECKERS)
	npm run --silent types
	npm run --silent lint

$(CHECKERS): package.json package-lock.json
	npm ci --no-fund --no-audit --silent
else
lint-scripts:
	@echo "There is no node in PATH: the scripts that browsers run are not checked."
endif

wheel: $(TESTABLE)
	$(BIN)/python -m build --no-isolation

# A venv of its own, so that nothing is pinned that only happens to be installed.
pins:
	$(PYTHON) -m venv --clear build/pins
	build/pins/bin/python -m pip install --quiet --upgrade --editable ".[test,film,ray]"
	sed -n '/^#/p' constraints.txt > build/pins/constraints.txt
	build/pins/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' >> build/pins/constraints.txt
	mv build/pins/constraints.txt constraints.txt

bench: $(INSTALLED)
	set -e; for name in $(BENCHMARKS); do $(BIN)/python benchmarks/$$name.py $(BENCH); done

screenshots: $(TESTABLE)
	$(BIN)/python -m tests.browser.screenshots

# UMAP is compiled once, not by each process that draws a map.
COMPILE := $(BIN)/python -c "import numpy; from cae.latent.project import project; \
	project(numpy.random.default_rng(0).random((40, 8)), seed=0)"

# uv takes seconds for what takes pip minutes. torch is left to pip, which finds builds for this very
# computer where its settings say so.
$(BIN)/uv:
	@echo "Installing what the app needs; the first time this takes some minutes."
	$(PYTHON) -m venv $(VENV)
	$(PIP) --no-deps torch
	$(PIP) uv

$(INSTALLED): $(DECLARED) | $(BIN)/uv
	$(UV) --editable .
	$(COMPILE)
	@touch $@

$(TESTABLE): $(DECLARED) | $(BIN)/uv
	$(UV) --editable ".[test,film,ray]"
	$(COMPILE)
	@touch $@ $(INSTALLED)
