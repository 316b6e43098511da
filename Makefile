# make demo    the whole job on sample pages, into a local sheet
# make test    every test
# make check   what CI runs beside the tests: lint, format, types, floors, the Action and workflows, the built wheel
# make chaos   days on end in which everything goes wrong: make chaos CHAOS="--minutes 60 --seed 7"
# make fuzz    what no test thought of, a minute for each target: make fuzz FUZZ="--seconds 1800 csv"
# make lock    take newer dependencies
# Needs Python 3.11 or newer and make; everything else comes from requirements-dev.lock, by hash.

SHELL := /bin/sh
.DEFAULT_GOAL := help
# Debian keeps the newest Python beside an older `python3`; the first that is new enough will do.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
READY := .venv/ready

.PHONY: help setup demo test check wheel bench chaos fuzz lock clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

setup: $(READY)

$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer was found"; exit 1; }
	@echo "Setting up .venv (once, about a minute) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) --quiet install --require-hashes --requirement requirements-dev.lock
	@$(PIP) --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	@$(BIN)/sheetsync demo

test: $(READY)
	$(BIN)/pytest

check: $(READY) wheel
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet action.yml .github

# The wheel as a stranger gets it: built, put into an empty environment, and asked to work.
wheel: $(READY)
	@rm -rf .cache/wheel && mkdir -p .cache/wheel
	@$(BIN)/python -m hatchling build --target wheel --directory .cache/wheel >/dev/null 2>&1
	@$(PYTHON) -m venv .cache/wheel/venv
	@.cache/wheel/venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement requirements.lock
	@.cache/wheel/venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-index .cache/wheel/*.whl
	cd .cache/wheel && venv/bin/sheetsync --version && venv/bin/sheetsync demo --folder demo >demo.txt && tail -n 12 demo.txt

bench: $(READY)
	@$(BIN)/python bench/setup.py
	@$(BIN)/python bench/bench.py $(BENCH)

chaos: $(READY)
	@$(BIN)/python -m tests.chaos.chaos $(CHAOS)

FUZZER := .cache/fuzz/venv
fuzz: $(FUZZER)/ready
	@$(FUZZER)/bin/python tests/fuzz/fuzz.py $(FUZZ)

$(FUZZER)/ready: tests/fuzz/requirements.lock
	@echo "Setting up $(FUZZER) (once) ..."
	@$(PYTHON) -m venv --clear $(FUZZER)
	@$(FUZZER)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement tests/fuzz/requirements.lock \
		|| { echo "error: atheris is not built for this Python or system; try PYTHON=python3.11 on Linux"; exit 1; }
	@touch $@

UV_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --upgrade
lock:
	uv pip compile $(UV_FLAGS) pyproject.toml --extra speed --output-file requirements.lock
	uv pip compile $(UV_FLAGS) pyproject.toml --extra speed --group dev --output-file requirements-dev.lock
	uv pip compile $(UV_FLAGS) pyproject.toml --extra speed --group bench --constraints requirements.lock --output-file bench/requirements.lock
	uv pip compile $(UV_FLAGS) pyproject.toml --extra speed --group fuzz --constraints requirements.lock --output-file tests/fuzz/requirements.lock

clean:
	rm -rf .venv .cache demo dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
