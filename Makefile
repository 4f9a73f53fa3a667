# Margay: `make demo` to try it, `make env up smoke` to run the stack, `make help` for the rest.
.DEFAULT_GOAL := help
.PHONY: help demo test thorough test-fast parity lint format bench catalog install dev env up down logs smoke backup restore chaos clean experiments relevance
PY := .venv/bin/python
export PYTHONWARNINGS ?= default::UserWarning
# Tests start many processes, each of which would compile every library anew where this is set.
test thorough test-fast parity: export PYTHONDONTWRITEBYTECODE =

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## Install, make the sample catalog, serve it on 127.0.0.1:8000, take a tour (ONCE=1: exit after it; PORT=n)
	@$(PY) -m services.cli demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: dev ## Run every test but those of parity and the thorough ones (JOBS=n files at once)
	@$(PY) -m pytest -n $(or $(JOBS),3) --dist loadfile

thorough: dev ## Run the tests that take many minutes more: deaths at every step, every part of a stack killed
	@$(PY) -m pytest -m thorough

test-fast: dev ## Run the tests that take no more than a moment
	@$(PY) -m pytest -n $(or $(JOBS),3) --dist loadfile -m "not slow and not browser and not parity and not thorough"

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

experiments: dev ## Simulate users: do the statistics of experiments keep what they say? Writes docs/experiments.md
	@$(PY) -m benchmarks.experiments --write $(ARGS)

relevance: dev ## Measure how good answers are on two catalogs with judged queries. Writes docs/relevance.md
	@$(PY) -m benchmarks.relevance --write $(ARGS)

catalog: install ## Draw the sample catalog into data/catalog
	@$(PY) -m datasets.sample_catalog --out data/catalog

install: ## Make the virtual environment with what running needs
	@scripts/venv.sh base

dev: ## Add what testing and linting need
	@scripts/venv.sh dev

env: ## Write .env with fresh secrets for Docker Compose; one that is there is kept
	@scripts/env.sh

up: ## Build the stack's images, start it and wait until all of it is healthy
	@scripts/compose.sh up

down: ## Stop the stack; its data stays in Docker's volumes
	@scripts/compose.sh down

logs: ## Follow the stack's logs (SERVICE=gateway: of one service)
	@scripts/compose.sh logs $(SERVICE)

smoke: ## Ingest ten products into the running stack, search them three ways, delete them again
	@scripts/compose.sh smoke

backup: ## Back the running stack up into a new folder (DIR=backups/...), while it goes on
	@deploy/backup.sh $(DIR)

restore: ## Bring the backup of DIR=... back into a stack whose volumes are empty, and rebuild its indexes
	@deploy/restore.sh $(DIR)

chaos: dev ## Kill, cut off and fill up every part of the running stack while it works (ARGS="kill-redis": one fault)
	@$(PY) -m deploy.chaos $(ARGS)

clean: ## Remove the virtual environment, caches and the demo's data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis data build dist *.egg-info
