# Two commands do everything on a machine that has Python 3.11 or later and make: `make import` and `make test`.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: import test test-fast soak bench lint docs migration clean help

import: .venv/installed ## set up, start the embedded PostgreSQL, import the samples through the Prefect flow
	@# 1 says that some orders were rejected, which is what the samples show
	$(BIN)/order-import run data/samples || test $$? -eq 1

test: .venv/dev .venv/bench/installed lint docs ## all checks and tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-fast: .venv/dev ## the tests that need nothing but Python
	$(BIN)/python -m pytest -n 2 tests/unit

# Kills, with the settings changed meanwhile or not, are KILLS; SOAK are mutated files, and shares of it the other kinds:
# files in any encoding 1/2, fix files through a spreadsheet 1/6, sweeps in which links are swapped and floods of
# findings 1/20 each, of which memory is measured 1/500. SEED repeats a round of those that are no hypothesis tests.
soak: .venv/dev ## the long runs of what is random: 200 kills, 3,000 mutated files and more kinds, a backfill of 200
	KILLS=200 SOAK=3000 MANY=200 $(BIN)/python -m pytest -s -m soak

bench: .venv/bench/installed ## measures, and writes the tables and pictures of docs/performance.md; SIZES=, ORDERS=, FILES=, OTHERS=, ONLY=
	PYTHONPATH=tests .venv/bench/bin/python -m bench

lint: .venv/dev ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/dev ## docs/ as a site in build/site; a dead link fails it
	$(BIN)/mkdocs build --strict

migration: .venv/dev ## what the tables have become, as the next migration: make migration NAME="gift wrap of an order"
	$(BIN)/python tests/make_migration.py "$(NAME)"
	@$(BIN)/ruff check --quiet --fix flows/database/migrations; $(BIN)/ruff format --quiet flows/database/migrations

help: ## these lines
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

clean: ## forget what was installed; data/ stays
	rm -rf .venv

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@# pip compiles no editable source; where Python may write no bytecode, each start would compile it again: 0.15 s
	$(BIN)/python -m compileall -q flows validators
	@touch $@

.venv/dev: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

# On top of .venv and not in it: only with pandas away does our own program start as fast as it does for its users.
.venv/bench/installed: .venv/installed
	$(BIN)/python -m venv --without-pip .venv/bench
	$(BIN)/python -c 'import site; print(*site.getsitepackages())' \
		> "$$(.venv/bench/bin/python -c 'import site; print(*site.getsitepackages())')/ours.pth"
	.venv/bench/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	@touch $@
