# Needs Python 3.11 or newer, pip, make and git. Everything is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIBRARY := demo-library

.DEFAULT_GOAL := help
.PHONY: help demo test check docs faults oldest weight sbom audit bench-conventions clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20

demo: $(VENV)/.package ## distil the bundled traces and show a skill
	rm -rf $(LIBRARY)
	$(BIN)/trace2skill distill examples/telecom/traces.jsonl --library $(LIBRARY)
	$(BIN)/trace2skill skills list --library $(LIBRARY)
	$(BIN)/trace2skill skills show telecom-send-mms --library $(LIBRARY)

test: $(VENV)/.dev ## run the default tests
	$(BIN)/python -m pytest -n 2

check: $(VENV)/.dev ## lint, types, import contracts, dependencies, links, heavy tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry .
	$(BIN)/mkdocs build --strict --quiet
	$(BIN)/python -m pytest -n 2 -m heavy

docs: $(VENV)/.dev ## the documentation as a site, in build/site
	$(BIN)/mkdocs build --strict
	@echo "Open build/site/index.html"

faults: $(VENV)/.dev ## broken input, kills, full disks: ten minutes
	$(BIN)/python -m pytest -m faults

oldest: ## try the oldest versions that are allowed of what the package depends on: needs a package index
	PYTHON=$(PYTHON) bash .ci/oldest

weight: ## what a base installation weighs, by package: needs a package index
	PYTHON=$(PYTHON) bash .ci/supply weight

sbom: ## write sbom.json, a bill of materials of a base installation: needs a package index
	PYTHON=$(PYTHON) bash .ci/supply sbom sbom.json

audit: ## known vulnerabilities of a base installation: needs pypi.org, osv.dev or ADVISORIES=folder
	PYTHON=$(PYTHON) bash .ci/supply audit

bench-conventions: $(VENV)/.dev ## ask a local model to keep house conventions: BASE_URL=... MODEL=...
	$(BIN)/python -m benchmarks.conventions --base-url $(BASE_URL) --model $(MODEL) --parallel 4

clean: ## remove the environment, the builds and the caches
	rm -rf $(VENV) $(LIBRARY) build dist *.egg-info
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Both installs are editable, so only a change of pyproject.toml calls for another.
# Dependency groups need pip 25.1; Python 3.11 to 3.13 bring an older one.
INSTALL := $(BIN)/python -m pip install --quiet --quiet

$(VENV)/.package: pyproject.toml
	@echo "Installing into $(VENV): a minute or two, once."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml
	@echo "Installing into $(VENV), with the development tools: a minute or two, once."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) 'pip>=25.1'
	@$(INSTALL) --editable . --group dev
	@touch $(VENV)/.package $@
