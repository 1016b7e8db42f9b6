.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help run test lint format bench-lateness bench-drain migration requirements clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: .venv/embedded.stamp ## Start everything; Ctrl-C stops it
	@$(BIN)/python -m embedded

test: .venv/dev.stamp ## Run the tests on real servers; ARGS="-k name" picks some
	@$(BIN)/python -m pytest $(ARGS)

lint: .venv/dev.stamp ## Check style, types and layering
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/dev.stamp ## Rewrite the code in the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench-lateness: .venv/dev.stamp ## Measure how late orders are timed out, nudge on and off (5 min)
	@$(BIN)/python -m bench.lateness $(ARGS)

bench-drain: .venv/dev.stamp ## Measure how fast a backlog of 100,000 orders is timed out (2 min)
	@$(BIN)/python -m bench.drain $(ARGS)

migration: .venv/embedded.stamp ## Write a migration from the models; MESSAGE="what it does"
	@PATH="$(CURDIR)/$(BIN):$$PATH" flask --app wsgi db upgrade
	@PATH="$(CURDIR)/$(BIN):$$PATH" flask --app wsgi db migrate --message "$(MESSAGE)"

requirements: .venv/made.stamp ## Lock the newest versions; UPGRADE=--upgrade-package=NAME takes only one
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@cd requirements && for name in base embedded dev; do \
		../$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal \
			--python-version 3.11 --custom-compile-command "make requirements" \
			$(or $(UPGRADE),--upgrade) $$name.in --output-file $$name.txt || exit 1; \
	done

clean: ## Remove the virtual environment and caches; the data stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './frontend/node_modules/*' -prune -exec rm -rf {} +

.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/embedded.stamp: requirements/embedded.txt .venv/made.stamp
	@echo "Installing what the servers need into .venv"
	@$(INSTALL) -r $<
	@touch $@

# Everything of embedded.txt is in dev.txt too.
.venv/dev.stamp: requirements/dev.txt .venv/made.stamp
	@echo "Installing what the tests need into .venv"
	@$(INSTALL) -r $<
	@touch .venv/embedded.stamp $@
