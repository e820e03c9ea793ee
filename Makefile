# The whole workflow. `make help` lists the targets.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& { echo $$p; break; }; done)
BIN := .venv/bin
STAMP := .venv/.installed
# Tests wait for servers and programs about as often as they compute: hence one more than two.
TEST_WORKERS ?= 3
# What is run a second time on other stores. Left out: what looks at no store (names, policies, the
# faces' parsing), what is about files alone (backups, du, the folder's locks), and real clients.
OTHER_STORES := tests/contracts $(addprefix tests/protocol/test_,$(addsuffix .py,base manifests blobs uploads \
	tags_and_referrers ecr_images ecr_repositories ecr_configuration ecr_image_details ecr_policies \
	authorization ways_around sts iam_users iam_policies iam_groups_and_roles iam_credentials create_on_push scans))
CONSOLE := src/portside/console/app/index.html
CONSOLE_SOURCES := $(shell find console/src console/public -type f) console/index.html console/package-lock.json \
	console/tsconfig.json console/vite.config.ts
MAKEFLAGS += --no-print-directory
# Servers and tests start hundreds of processes: each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup serve test test-fast test-stores test-scale lint format bench conformance console \
	console-where-possible docs docs-serve docs-reference docs-screens lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## Install everything into .venv

$(STAMP): requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Portside needs Python 3.11 or newer, and found none" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "Python's venv module is incomplete here; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

serve: setup console-where-possible ## Run a registry on http://localhost:5000 with its data in portside-data/
	$(BIN)/portside serve

test: setup lint ## Everything: lint, all tests, real clients, OCI conformance
	-@$(MAKE) console-where-possible
	$(BIN)/python -m pytest -n $(TEST_WORKERS)
	@$(MAKE) test-stores
	$(BIN)/python -m tests.conformance.run

test-stores: setup ## A share of the tests with metadata in PostgreSQL and blobs in S3
	PORTSIDE_TEST_DATABASE=postgresql PORTSIDE_TEST_BLOBS=s3 $(BIN)/python -m pytest -n $(TEST_WORKERS) $(OTHER_STORES)

test-scale: setup ## Several nodes behind nginx
	$(BIN)/python -m pytest tests/scale

test-fast: setup ## Unit, architecture and protocol tests
	$(BIN)/python -m pytest -n $(TEST_WORKERS) tests/unit tests/architecture tests/protocol

lint: setup ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup ## Format the code and mend what ruff can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: setup ## Compare with docker-registry and zot; writes bench/results/
	$(BIN)/python -m bench

conformance: setup ## Run the official OCI conformance suite against Portside
	$(BIN)/python -m tests.conformance.run

console: $(CONSOLE) ## Build the web console into the package (needs Node.js)

$(CONSOLE): $(CONSOLE_SOURCES)
	@command -v npm >/dev/null 2>&1 || { echo "The console needs Node.js 20.19 or newer, with npm" >&2; exit 1; }
	cd console && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

docs: setup ## Build the documentation, strictly, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

docs-serve: setup ## Show the documentation on http://localhost:8000, anew after each change
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve

docs-reference: setup ## Write the pages of the reference that are made from the code
	$(BIN)/python -m tests.architecture.pages

docs-screens: setup ## Photograph the console's screens into docs/screens (needs Node.js and Chromium)
	$(BIN)/python -m tests.console.screens

console-where-possible:
	@command -v npm >/dev/null 2>&1 && $(MAKE) -s console || echo \
	  "No console: it is built where Node.js 20.19 or newer is installed (then: make console)"

lock: setup ## Renew requirements/*.txt from pyproject.toml
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv
	.venv-lock/bin/uv pip compile -q --generate-hashes --no-annotate --no-header pyproject.toml -o requirements/runtime.txt
	.venv-lock/bin/uv pip compile -q --generate-hashes --no-annotate --no-header --group dev pyproject.toml -o requirements/dev.txt
	.venv-lock/bin/uv pip compile -q --generate-hashes --no-annotate --no-header requirements/build.in -o requirements/build.txt

clean: ## Remove what the other targets made, but no registry's data
	rm -rf .venv .venv-lock .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf bench/work conformance-results site
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +
