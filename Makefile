# `make` alone lists what there is. The first target that needs it makes `.venv`;
# `make clean` removes it again, for another Python: `make clean && make test PYTHON=python3.12`.

VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# Bytecode is made at first use, of the little that is used.
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile -c constraints.txt

# The first of these that runs, is new enough and can make an environment: newer ones are quicker. A name alone
# says little: pyenv leaves a `python3.13` on the PATH that only prints an error, and has the real one elsewhere.
PYENV  := $(wildcard $(HOME)/.pyenv/versions/3.13.*/bin/python)
PYTHON ?= python3.13 $(PYENV) python3.12 python3.11 python3
USABLE  = -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)' 2>/dev/null
MADE    = $(shell $(BIN)/python $(USABLE) && $(BIN)/python -c 'import pip' 2>/dev/null && echo yes)
FOUND   = $(shell for p in $(PYTHON); do "$$p" $(USABLE) && echo "$$p" && break; done)
MISSING = $(error Permiscope needs Python 3.11 or newer with venv, and none of these is that: $(PYTHON). \
  Name one: make PYTHON=/path/to/python)
CREATE  = echo "Making $(VENV) with $$($1 --version); this takes about half a minute." >&2; $1 -m venv --clear $(VENV)

# Tests and scenarios start Python some hundred times; to compile everything each time would take minutes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint reports leaks invariants mutants bench clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP) ## The newcomer's first minute: rules, readings, and one story
	@$(BIN)/python -m permiscope demo

test: lint ## Lint, types and every test
	$(BIN)/pytest -n 2 --dist worksteal

lint: $(STAMP) ## Lint, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

reports: $(STAMP) ## Run every scenario; writes reports/ and its page anew
	@for scenario in scenarios/*.py; do echo "$$scenario"; $(BIN)/python "$$scenario" >/dev/null || exit 1; done
	@$(BIN)/python -m permiscope learn --page reports/replay.html

leaks: $(STAMP) ## Every fault against every check; writes reports/leaks anew
	@$(BIN)/python -m permiscope leaks --out reports/leaks

invariants: $(STAMP) ## Every invariant, seven services; writes reports/invariants
	@$(BIN)/python -m permiscope test --invariants --out reports/invariants

mutants: $(STAMP) ## Every rule and door changed; writes reports/mutants.txt
	@$(BIN)/python -m permiscope mutants --out reports/mutants.txt

bench: $(STAMP) ## What a checked call costs, as ratios within one run
	$(BIN)/python -m tests.benchmarks

clean: ## Remove .venv and everything that the tools left behind
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment that still runs is kept and brought up to date in place. The build backend is
# installed here too, at its pinned version, so that building asks for nothing else.
$(STAMP): pyproject.toml constraints.txt
	@$(if $(MADE),,$(call CREATE,$(or $(FOUND),$(MISSING))))
	@$(PIP) hatchling editables
	@$(PIP) --no-build-isolation -e '.[dev]'
	@touch $@
