# `make demo` and `make test` set up everything on a machine with Python 3.11 and make.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 3000
DEMO ?= demo
# Processes that share the tests; many tests wait for a server of their own, so one more than there are processors.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.DEFAULT_GOAL := help
.PHONY: help setup demo test truth crash check lint lock vendor axe peers bench-features bench-quality bench-events bench-reasons bench-service bench-console clean

help:
	@echo "make demo [PORT=3000]   invent a company, train on its history, serve its scores"
	@echo "make test               run the tests (no network service, no shared data needed)"
	@echo "make truth              the statistical promises against known truth, in full (500 draws; slow)"
	@echo "make crash              kill the service under load 200 times, and look whether anything acknowledged is lost"
	@echo "make check              lint, types, layers and tests, as CI does"
	@echo "make bench-features     features: ours against a hand-written query, in one run"
	@echo "make peers              install the other products' learners (CatBoost, FLAML) beside the rest"
	@echo "make bench-quality      quality: ours against the peers on real data; KEEP=DIR reuses what was fitted before"
	@echo "make bench-events       quality from raw events: ours against hand-made features, in one run"
	@echo "make bench-reasons      reasons: ours against LightGBM's pred_contrib and shap, in one run"
	@echo "make bench-service      the service: every call beside BentoML's empty one, an overload, a batch while serving"
	@echo "make bench-console      the console: every page with 100,000 leads, beside a trained model"
	@echo "make lint               style, types and layers alone"
	@echo "make lock               write requirements.lock and those of the peers and the service anew"
	@echo "make vendor             get the console's kept scripts anew by npm, and check their hashes"
	@echo "make clean              remove the environment and what the tools cached"

setup: $(VENV)/.ready

# The stamp is newer than the lock once everything in the lock is installed, by hash.
$(VENV)/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed ($(PYTHON) not found); set PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) (a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	$(BIN)/leadscore demo $(DEMO) --port $(PORT)

test: setup
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup

# Every statistical promise in full; `make test` draws fewer of the same.
truth: setup
	$(BIN)/python -m pytest tests/truth --truth-draws 500

# The same tests as `make test`, ten times as often.
crash: setup
	CRASHES=200 $(BIN)/python -m pytest tests/serving/crash tests/serving/store/test_crash.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench-features: setup
	$(BIN)/python -m benchmarks.features

# The peers' learners, beside everything else that is locked.
peers: $(VENV)/.peers

$(VENV)/.peers: $(VENV)/.ready requirements-peers.lock
	@echo "Installing the peers into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-peers.lock
	@touch $@

bench-quality: peers
	$(BIN)/python -m benchmarks.quality $(if $(KEEP),--keep $(KEEP))

bench-events: setup
	$(BIN)/python -m benchmarks.events

bench-reasons: setup
	$(BIN)/python -m benchmarks.reasons

# WORKSPACE=DIR measures a copy of it instead of inventing a company.
bench-service: setup
	$(BIN)/python -m benchmarks.service $(if $(WORKSPACE),--workspace $(WORKSPACE))

bench-console: setup
	$(BIN)/python -m benchmarks.console

# Needs uv on the path; the locks carry hashes and no registry host.
lock:
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
		--no-header --no-emit-index-url --no-annotate --output-file requirements.lock
	uv pip compile pyproject.toml --extra dev --extra peers --constraint requirements.lock --generate-hashes --universal \
		--python-version 3.11 --no-header --no-emit-index-url --no-annotate --output-file requirements-peers.lock
	uv pip compile pyproject.toml --extra postgres --extra build --constraint requirements.lock --generate-hashes --universal \
		--python-version 3.11 --no-header --no-emit-index-url --no-annotate --output-file requirements-service.lock

# Needs npm; what comes must have the hashes that stand beside the kept copies.
VENDOR := serving/console/static/vendor
CHART_JS := 4.6.1

vendor:
	@set -e; new=$$(mktemp -d); trap 'rm -rf "$$new"' EXIT; \
	npm pack chart.js@$(CHART_JS) --silent --pack-destination "$$new" >/dev/null; \
	tar -xf "$$new/chart.js-$(CHART_JS).tgz" -C "$$new"; \
	cp "$$new/package/dist/chart.umd.min.js" "$$new/"; cp "$$new/package/LICENSE.md" "$$new/chart.js-LICENSE.md"; \
	(cd "$$new" && sha256sum --check --strict) < $(VENDOR)/SHA256SUMS; \
	cp "$$new/chart.umd.min.js" "$$new/chart.js-LICENSE.md" $(VENDOR)/

# The checker of pages for people who cannot see or use a mouse; for the browser's tests alone.
AXE_CORE := 4.14.1
AXE_SHA256 := 29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c

axe:
	@set -e; new=$$(mktemp -d); trap 'rm -rf "$$new"' EXIT; \
	npm pack axe-core@$(AXE_CORE) --silent --pack-destination "$$new" >/dev/null; \
	tar -xf "$$new/axe-core-$(AXE_CORE).tgz" -C "$$new"; \
	echo "$(AXE_SHA256)  $$new/package/axe.min.js" | sha256sum --check --strict --quiet; \
	mkdir -p .axe; cp "$$new/package/axe.min.js" .axe/

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
