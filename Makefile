# `make up` plays the built-in game, with the studio beside it; `make test` runs the tests. Both set everything up first.
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

# A wheel of torch for the CPU alone lies where pip is told to look; uv is told by another name.
ifdef PIP_FIND_LINKS
  export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif

# lerobot's pins do not go with ours; without its own, which pull in robots, this is the least that loads datasets.
LEROBOT       := .venv-lerobot
LEROBOT_NEEDS := torch==2.13.0 accelerate==1.15.0 av==15.1.0 "datasets>=4,<5" pandas pillow
LEROBOT_ALONE := lerobot==0.4.4 torchvision==0.25.0

.PHONY: up test lint bench chaos soak reflex-soak roms readme lerobot clean

up: $(VENV)/.base
	@$(BIN)/runtime up --studio $(ARGS)

test: $(VENV)/.dev lerobot
	$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff format --check $(SOURCE)
	$(BIN)/ruff check $(SOURCE)
	$(BIN)/mypy
	$(BIN)/lint-imports

# Prints ratios; takes some minutes and wants an idle machine.
bench: $(VENV)/.bench lerobot
	$(BIN)/python -m tests.bench $(ARGS)

# Ten minutes of real time: not one frame may be missed.
soak: $(VENV)/.bench
	$(BIN)/python -m tests.bench soak

# Five minutes of real time with the whole mind: the reflex in time on every frame.
reflex-soak: $(VENV)/.bench
	$(BIN)/python -m tests.bench reflex reflex_soak

# Two hundred kills and standstills at random moments, then sixty with a small disk that fills up, too.
chaos: $(VENV)/.dev
	$(BIN)/python -m tests.chaos $(ARGS)
	mkdir -p .chaos-disk
	unshare -rm sh -c 'mount -t tmpfs -o size=24m tmpfs .chaos-disk && \
	  $(BIN)/python -m tests.chaos --kills 60 --disk .chaos-disk'
	rmdir .chaos-disk

# Runs every shell command of the README's quick start.
readme: $(VENV)/.dev
	$(BIN)/python -m pytest tests/readme

# Needs Debian's gcc-arm-none-eabi and binutils-arm-none-eabi.
roms:
	$(MAKE) -C runtime/games/emberwood
	$(MAKE) -C runtime/games/saltmere

clean:
	rm -rf $(VENV) $(LEROBOT) .framewire .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

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

# For the tests that load datasets with lerobot, and the bench.
lerobot: $(LEROBOT)/.whole

$(LEROBOT)/.whole:
ifdef UV
	$(UV) venv --quiet --clear --python $(PYTHON) $(LEROBOT)
	$(UV) pip install --quiet --python $(LEROBOT)/bin/python $(LEROBOT_NEEDS)
	$(UV) pip install --quiet --python $(LEROBOT)/bin/python --no-deps $(LEROBOT_ALONE)
else
	$(PYTHON) -m venv --clear $(LEROBOT)
	$(LEROBOT)/bin/python -m pip install --quiet --disable-pip-version-check $(LEROBOT_NEEDS)
	$(LEROBOT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps $(LEROBOT_ALONE)
endif
	@touch $@
