# Every command of the project; `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
SHELL  := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

.PHONY: help
help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.ready: requirements/lock.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
	  { echo "Ostraka needs Python 3.11 (found: $(PYTHON)); name yours: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Setting up $(VENV) with the locked dependencies (a few minutes the first time) ..."
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements/lock.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: setup
setup: $(VENV)/.ready ## Create .venv with the locked dependencies and the ostraka command

.PHONY: up
up: setup ## Set up and screen the sample pictures
	@$(BIN)/ostraka samples --scan

.PHONY: test
test: setup ## Run the tests (the slow batteries are `make test-slow`)
	@$(BIN)/python -m pytest -m "not slow" -n auto --dist loadfile

.PHONY: test-slow
test-slow: setup ## Run every test, the long batteries too
	@$(BIN)/python -m pytest -n auto --dist loadfile

# Every branch of what decides is tested. Not measured: the zygote, which runs in processes of its
# own that seal themselves and can write no figures; tests/integration/intake watches it from outside.
.PHONY: coverage
coverage: setup ## Fail unless every branch of intake, ensemble, moderation and inventory is tested
	@$(BIN)/python -m pytest -q -m "not slow" -n auto --dist loadfile --cov=ostraka --cov-branch --cov-report= \
	  tests/unit/{ensemble,intake,inventory,moderation} tests/integration/intake \
	  tests/attack/test_decoder_escape.py
	@$(BIN)/python -m coverage report --fail-under=100 --omit=src/ostraka/intake/zygote.py \
	  --include='src/ostraka/ensemble/*,src/ostraka/intake/*,src/ostraka/inventory/*,src/ostraka/moderation/*'

.PHONY: lint
lint: setup ## Style, types and the one direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: check
check: lint test ## What CI runs

.PHONY: format
format: setup ## Rewrite the code in our format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: fuzz
fuzz: setup ## 100,000 hostile inputs against intake (FUZZ_RUNS=n)
	@$(BIN)/python tests/fuzz/fuzz_intake.py -runs=$${FUZZ_RUNS:-100000}

.PHONY: bench
bench: setup ## Benchmarks, each against the bare loop in the same run
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

.PHONY: pictures
pictures: setup ## Fetch the picture packages that the starter is trained on (no root)
	@$(BIN)/ostraka pictures fetch || { status=$$?; test $$status = 1 || exit $$status; \
	  echo "Went on without the packages that are not reachable (above); train on the rest: ostraka train --starter --incomplete."; }

.PHONY: starter
starter: setup ## Train, evaluate and sign the starter release from the pictures
	@$(BIN)/ostraka train --starter --out src/ostraka/learning/starter
	@$(MAKE) --no-print-directory docs

.PHONY: docs
docs: setup ## Regenerate the generated reference pages
	@$(BIN)/python -m ostraka.assembly.reference docs/reference

.PHONY: lock
lock: setup ## Rewrite requirements/lock.txt from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra samples --group dev --override requirements/overrides.txt \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 \
	  --custom-compile-command "make lock" --quiet --output-file requirements/lock.txt

.PHONY: clean
clean: ## Remove what setup and the tools made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov dist build
