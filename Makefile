# Everything a contributor runs. Each target sets up what it needs; `make help` lists them.
SHELL := /bin/bash
# Looked for once, when it is first needed.
ifeq ($(origin PYTHON), undefined)
PYTHON = $(eval PYTHON := $$(FOUND))$(PYTHON)
endif
FOUND = $(shell for want in optimised any; do for v in 3.13 3.12 3.11 3.14 3; do for each in "$$(command -v python$$v)" /usr/bin/python$$v; do \
  [ -x "$$each" ] && "$$each" -c '$(MAY_SERVE)' $$want 2>/dev/null && { echo "$$each"; exit; }; done; done; done)
# One that was optimised by a profile, as distributions and python.org do and pyenv does not by itself, does everything a seventh faster.
define MAY_SERVE
import shutil, sys, sysconfig; \
sys.version_info < (3, 11) and sys.exit(1); \
sys.argv[1] == "any" and sys.exit(); \
shutil.which("uv") or (__import__("venv"), __import__("ensurepip")); \
sys.exit(sys.base_prefix != "/usr" and "--enable-optimizations" not in (sysconfig.get_config_var("CONFIG_ARGS") or ""))
endef
BIN := .venv/bin
STAMP := .venv/.installed

# Every test that starts a process would compile the platform anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test simulate realtime check bench format clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(STAMP) ## a .venv with lambent and everything its tests need

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or later on PATH; install one and try again" >&2; exit 1; }
	@echo "make: installing lambent and its tools into .venv, once; this takes a minute or two on a slow machine" >&2
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python "$(PYTHON)" .venv && uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'; \
	else \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear .venv || { rm -rf .venv; \
	    echo "make: '$(PYTHON)' has no working venv module; install it (Debian, Ubuntu: apt install $(notdir $(PYTHON))-venv) or uv, and try again" >&2; exit 1; }; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'; \
	fi
	@touch $(STAMP)

demo: setup ## the main job on real input: layer, function, burst, kill -9, restart
	@$(BIN)/lambent demo

check: setup ## format, lint, types, floors, unit tests and tidiness, in under a minute
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest -n 2 --dist worksteal tests/unit

test: setup ## every test
	@$(BIN)/pytest -n 2 --dist worksteal tests

realtime: setup ## what waits for delays as they are: about 50 minutes
	@# AWS' own web adapter, which is built once, for one of them.
	@if command -v cargo >/dev/null && ! PATH="$$PATH:$$HOME/.cargo/bin" command -v lambda-adapter >/dev/null; then \
	  cargo install --quiet lambda_web_adapter --version 1.0.0-rc1 || echo "make: no web adapter: its test will be skipped" >&2; fi
	@$(BIN)/pytest -m realtime tests

simulate: setup ## thousands of simulated runs with crashes; SEEDS=2000 or SECONDS=600, FIRST=0
	@$(BIN)/python -m tests.simulation.events $(if $(FIRST),--first $(FIRST)) $(if $(SECONDS),--seconds $(SECONDS)) \
	  $(if $(SEEDS),--seeds $(SEEDS),$(if $(SECONDS),,--seeds 2000))

bench: setup ## measures; prints medians, spread and ratios to a floor
	@$(BIN)/python -m benchmarks

format: setup ## rewrite the source as ruff formats it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## remove what the targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
