# Commands for building, trying and checking Tillpoint. `make` alone lists them.
# Settings: ARGS="…" is passed on to the command; PYTHON=… chooses the interpreter for .venv (3.11 to 3.13).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PYTHON

PY := .venv/bin/python
TILLPOINT := .venv/bin/tillpoint
SEED ?= 1
MINUTES ?= 60
LOCK := build/uv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml

.PHONY: help setup setup-dev demo test check format lock translations screens bench simulate mutations cuts clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

setup: ## Install what running Tillpoint needs into .venv
	@installers/setup.sh run

setup-dev: ## Install what tests and checks need as well
	@installers/setup.sh dev

demo: setup ## Play a store's morning: a server, two tills, a cut network (ARGS=--headless)
	@$(TILLPOINT) demo $(ARGS)

test: setup-dev ## Run the tests (ARGS="tests/… -k …" for some of them)
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n 2 --dist worksteal $(ARGS)

check: setup-dev ## Lint, format, types, arrows between packages, licence list
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/mypy installers/licences.py
	@.venv/bin/lint-imports --no-logo
	@$(PY) installers/licences.py --check

format: setup-dev ## Sort imports and format the code
	@.venv/bin/ruff check --select I --fix
	@.venv/bin/ruff format

lock: setup ## Resolve the dependencies again (ARGS=--upgrade for newer ones) and list their licences
	@test -x build/uv/bin/uv || { $(PY) -m venv build/uv && build/uv/bin/pip install -q uv; }
	@$(LOCK) -o locks/run.txt $(ARGS)
	@$(LOCK) -o locks/dev.txt --extra dev -c locks/run.txt $(ARGS)
	@installers/setup.sh dev
	@$(PY) installers/licences.py

translations: setup-dev ## Gather the texts of till and server into their catalogues
	@installers/translations.sh

screens: setup-dev ## Render each screen, in each language and theme, to build/screens
	@QT_QPA_PLATFORM=offscreen $(PY) -m pos_client.ui.gallery --out build/screens $(ARGS)
	@$(PY) -m sync_server.head_office.gallery --out build/screens/head-office

bench: setup ## Measure what the budgets promise, against the bare limit
	@$(TILLPOINT) bench all $(ARGS)

simulate: setup ## Attack tills and server for an hour, seed after seed from SEED=1 (MINUTES=60)
	@$(TILLPOINT) simulate --seed $(SEED) --minutes $(MINUTES) --tills 4 --stores 2 --days 2 --ops 100 $(ARGS)

mutations: setup-dev ## Break our own code in many places and see that the simulator notices each
	@$(PY) -m tests.tillpoint.simulate.mutations $(ARGS)

cuts: setup-dev ## Cut the printing of a receipt at each byte, in five ways, and see that it is whole once
	@QT_QPA_PLATFORM=offscreen $(PY) -m tests.pos_client.hardware.whole_once $(ARGS)

clean: ## Remove what was built, except .venv
	@rm -rf build .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage* *.egg-info
	@find . -path ./.venv -prune -o -name __pycache__ -prune -exec rm -rf {} + -o -name '*.mo' -exec rm -f {} +
