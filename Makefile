# `make` sets up what is missing and runs the main job; `make test` sets up what is missing and tests.

PYTHON ?= python3
CORES ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 2)')
BIN := .venv/bin
READY := .venv/.ready
CONFIG := $(if $(STUDY),study=$(STUDY)) $(if $(RAW),raw=$(RAW))

.PHONY: all test check lint bench calibrate lock clean

all: $(READY)
	$(BIN)/snakemake --cores $(CORES) $(if $(strip $(CONFIG)),--config $(CONFIG))

test: $(READY)
	$(BIN)/python -m pytest -n 2

check: $(READY)
	$(BIN)/inspraak check $(STUDY) $(if $(RAW),--raw $(RAW))

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/python tests/workflow/lint.py

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Inspraak needs Python 3.11 or newer; found: $$($(PYTHON) --version)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	touch $(READY)

bench: $(READY)
	$(BIN)/python -m benchmarks $(BENCH)

calibrate: $(READY)
	$(BIN)/python -m calibration $(SCENARIOS)

lock:
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --extra development --python-version 3.11 pyproject.toml --output-file requirements.lock

clean:
	rm -rf data/processed results logs .snakemake
