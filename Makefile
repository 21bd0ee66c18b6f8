# Every target makes the virtual environment itself; a fresh machine needs python3.11 (or newer), pip and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN = $(VENV)/bin
SOURCES = core plugins tests

.PHONY: demo serve test test-all lint fmt bench clean

demo: $(VENV)/installed
	$(BIN)/frontdesk demo

serve: $(VENV)/installed
	$(BIN)/frontdesk serve

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m "not slow" $(PYTEST)

test-all: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PYTEST)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed-dev
	$(BIN)/python -m bench $(BENCH)

clean:
	rm -rf $(VENV) build *.egg-info

# Exact versions first, so that the project's own ranges have nothing left to choose.
$(VENV)/installed: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --prefer-binary -r requirements-dev.lock
	touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
