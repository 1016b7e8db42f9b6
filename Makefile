.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

PAGE := webapp/dist/index.html
# Empty where there is no Node that can build the page; everything else works without.
NODE := $(shell node -e 'const [a, b] = process.versions.node.split("."); if (a > 20 || (a == 20 && b >= 19)) console.log("yes")' 2>/dev/null)

.PHONY: help run test check lint format audit api bench-lateness bench-faults bench-drain bench-sale bench-streams bench-slow drill page screenshots states test-page lint-page lint-api migration requirements clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: .venv/embedded.stamp $(if $(NODE),$(PAGE)) ## Start everything; Ctrl-C stops it
	@$(BIN)/python -m embedded

test: .venv/dev.stamp $(if $(NODE),test-page) ## Run the tests on real servers; ARGS="-k name" picks some
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/dev.stamp ## Lint and the tests that need no servers: under 90 s, for while you work
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/fast tests/unit $(ARGS)

lint: .venv/dev.stamp $(if $(NODE),lint-page lint-api) ## Check style, types and layering
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/dev.stamp frontend/node_modules/.stamp ## Rewrite the code in the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@cd frontend && npm run --silent format

audit: .venv/dev.stamp ## Look for known holes in what is installed; offline it says so
	@$(BIN)/python -m tests.known_holes

bench-lateness: .venv/dev.stamp ## Measure how late orders are timed out, nudge on and off (5 min)
	@$(BIN)/python -m bench.lateness $(ARGS)

bench-faults: .venv/dev.stamp ## Measure how late orders are while connections are killed, Redis is away, … (5 min)
	@$(BIN)/python -m bench.faults $(ARGS)

bench-drain: .venv/dev.stamp ## Measure how fast a backlog of 100,000 orders is timed out; ARGS="--listeners 1 2" compares (2 min)
	@$(BIN)/python -m bench.drain $(ARGS)

bench-sale: .venv/dev.stamp ## Measure a sale whose 1,000,000 orders time out within a minute (5 min)
	@$(BIN)/python -m bench.sale $(ARGS)

bench-streams: .venv/dev.stamp ## Measure what 1,000 open event streams cost a web process (2 min)
	@$(BIN)/python -m bench.streams $(ARGS)

bench-slow: .venv/dev.stamp ## Measure what 200 slow clients cost 200 others, through nginx and without (3 min)
	@$(BIN)/python -m bench.slow_clients $(ARGS)

drill: .venv/dev.stamp ## Break everything for DRILL_SECONDS (120) and reconcile; ARGS="--seeds 1 2 3"
	@$(BIN)/python -m drill --seconds $(or $(DRILL_SECONDS),120) $(ARGS)

page: $(PAGE) ## Build the page; needs Node 20.19 or newer

screenshots: .venv/dev.stamp $(PAGE) ## Take the pictures in docs/screenshots; needs Chromium
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

states: .venv/dev.stamp ## Draw docs/states.md from the table of transitions
	@$(BIN)/python -m tests.states

test-page: $(PAGE)
	@cd frontend && npm test --silent && npm run --silent budget

api: .venv/dev.stamp frontend/node_modules/.stamp ## Write the page's types of the API from its description
	@$(BIN)/python -m tests.openapi > frontend/openapi.json
	@cd frontend && npm run --silent api

lint-api: .venv/dev.stamp frontend/node_modules/.stamp
	@$(BIN)/python -m tests.openapi > frontend/openapi.json
	@cd frontend && npm run --silent api-check || { echo "src/api/schema.d.ts is not what the API says: run make api"; exit 1; }

lint-page: frontend/node_modules/.stamp
	@cd frontend && npm run --silent lint

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

clean: ## Remove what was installed and built; the data stays
	rm -rf frontend/node_modules webapp/dist .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
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

frontend/node_modules/.stamp: frontend/package-lock.json
	@echo "Installing what the page needs into frontend/node_modules"
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(PAGE): frontend/node_modules/.stamp $(shell find frontend/src frontend/scripts frontend/*.html frontend/*.ts -type f)
	@echo "Building the page"
	@cd frontend && npm run --silent build
