# Margay: `make demo` to try it, `make test` to check it, `make help` for the rest.
.DEFAULT_GOAL := help
.PHONY: help demo test test-fast parity lint format bench catalog install dev clean
PY := .venv/bin/python
export PYTHONWARNINGS ?= default::UserWarning

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## Install, make the sample catalog, serve it on 127.0.0.1:8000, take a tour (ONCE=1: exit after it; PORT=n)
	@$(PY) -m services.cli demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: dev ## Run every test but those of parity
	@$(PY) -m pytest

test-fast: dev ## Run the tests that take no more than a moment
	@$(PY) -m pytest -m "not slow and not browser and not parity"

parity: dev ## Compare Visualized BGE of full size with its reference, if ../shared/vbge is there (MODEL=m3: takes 8 GB)
	@$(PY) -m pytest tests/models/visualized_bge -m parity -k "$(or $(MODEL),base)"

lint: dev ## Check style, types, import layers, file sizes and the documentation
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PY) scripts/check_sizes.py
	@$(PY) scripts/check_docs.py

format: dev ## Format the code
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format --quiet .

bench: dev ## Measure beside bare floors and rivals in the same run, as ratios (ARGS="search --json": one part)
	@failed=0; $(PY) -m benchmarks $(ARGS) || failed=1; \
	$(if $(ARGS),true,$(PY) -m benchmarks.rerank --only speed) || failed=1; \
	$(if $(ARGS),true,$(PY) -m benchmarks.cross_encoder) || failed=1; \
	exit $$failed

catalog: install ## Draw the sample catalog into data/catalog
	@$(PY) -m datasets.sample_catalog --out data/catalog

install: ## Make the virtual environment with what running needs
	@scripts/venv.sh base

dev: ## Add what testing and linting need
	@scripts/venv.sh dev

clean: ## Remove the virtual environment, caches and the demo's data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis data build dist *.egg-info
