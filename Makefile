# `make up` plays the built-in game; `make test` runs the tests. Both set everything up first.
#   make up ARGS="--clock free --frames 600"    passes arguments on to `runtime up`

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
SOURCE := runtime agents streams lua dashboards tests

ifdef UV
  MAKE_VENV = $(UV) venv --quiet --python $(PYTHON) $(VENV)
  INSTALL   = $(UV) pip install --quiet --python $(BIN)/python -c constraints.txt -e
else
  MAKE_VENV = $(PYTHON) -m venv $(VENV)
  INSTALL   = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e
endif

.PHONY: up test lint bench soak roms readme clean

up: $(VENV)/.base
	@$(BIN)/runtime up $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff format --check $(SOURCE)
	$(BIN)/ruff check $(SOURCE)
	$(BIN)/mypy
	$(BIN)/lint-imports

# Prints ratios; takes some minutes and wants an idle machine.
bench: $(VENV)/.bench
	$(BIN)/python -m tests.bench $(ARGS)

# Ten minutes of real time: not one frame may be missed.
soak: $(VENV)/.bench
	$(BIN)/python -m tests.bench soak

# Runs every shell command of the README's quick start.
readme: $(VENV)/.dev
	$(BIN)/python -m pytest tests/readme

# Needs Debian's gcc-arm-none-eabi and binutils-arm-none-eabi.
roms:
	$(MAKE) -C runtime/games/emberwood

clean:
	rm -rf $(VENV) .framewire .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(MAKE_VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) '.[dev]'
	@touch $@ $(VENV)/.base

$(VENV)/.bench: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) '.[dev,bench]'
	@touch $@ $(VENV)/.dev $(VENV)/.base
