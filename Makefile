# Every target makes the virtual environment itself; a fresh machine needs python3.11 (or newer), pip and make.
# Looked for when it is needed, and once: the search measures.
PYTHON ?= $(eval PYTHON := $(shell .ci/fastest-python))$(PYTHON)
# Without kept bytecode every process of a test compiles the whole program again.
unexport PYTHONDONTWRITEBYTECODE
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo serve test test-all test-slow coverage fuzz lint fmt bench siege clean clients lock reference screenshots

demo: $(VENV)/installed
	$(BIN)/frontdesk demo

serve: $(VENV)/installed
	$(BIN)/frontdesk serve

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m "not slow" $(PYTEST)

test-all: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PYTEST)

# Most of them wait for servers, so two processors run three; those that measure time or memory run by themselves afterwards.
test-slow: $(VENV)/installed-dev
	@$(BIN)/python -m pytest -n 3 -m "slow and not alone" $(PYTEST); together=$$?; \
	$(BIN)/python -m pytest -m "slow and alone" $(PYTEST); alone=$$?; \
	case $$together$$alone in *[!05]*) exit 1 ;; esac  # 5: none was selected

# All tests but those that measure, with branch coverage of core and plugins; fails below [tool.coverage.report]
# fail_under. Takes half an hour.
coverage: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m "not alone" --cov $(PYTEST)

# A hundred thousand requests made from the OpenAPI documents, and every wrong value everywhere in import documents; CI
# tries a part of them. Takes five to ten minutes.
fuzz: $(VENV)/installed-dev
	FRONTDESK_FUZZ=$${FRONTDESK_FUZZ:-100000} $(BIN)/python -m pytest tests/fuzz tests/contract/test_documents.py -n 2 -rA $(PYTEST)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed-dev
	$(BIN)/python -m bench $(BENCH)

# Attacks on a server of its own, over the loopback only; writes docs/siege.md. Five minutes.
siege: $(VENV)/installed-dev
	$(BIN)/python -m siege

# docs/plugins/reference.md, from the docstrings of the public package.
reference: $(VENV)/installed
	$(BIN)/python docs/plugins/make_reference.py

# docs/console/: every page in Debian's Chromium. Needs Pillow besides.
screenshots: $(VENV)/installed-dev
	$(BIN)/python -m pip install -q --disable-pip-version-check pillow
	$(BIN)/python docs/console/make_screenshots.py

# The vendors' client libraries from npm, for the slow tests; these skip where node or the registry is missing.
clients:
	cd tests/clients && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 1

clean:
	rm -rf $(VENV) build *.egg-info

# Exact versions first, so that the project's own ranges have nothing left to choose.
$(VENV)/installed: pyproject.toml requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	$(BIN)/python -m compileall -q core plugins frontdesk frontdesk_sandbox pytest_frontdesk.py  # as pip does with a wheel
	touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --prefer-binary -r requirements-dev.lock
	touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "frontdesk needs Python 3.11 or newer, and $(or $(PYTHON),python3) is not; try: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Newest versions that the ranges of pyproject.toml allow, written down for everybody.
lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install -q --disable-pip-version-check .
	build/lock/bin/python -m pip freeze | grep -v ^frontdesk > requirements.lock
	build/lock/bin/python -m pip install -q --disable-pip-version-check '.[dev]'
	build/lock/bin/python -m pip freeze | grep -v ^frontdesk | grep -vxFf requirements.lock > requirements-dev.lock
	echo "legacy-cgi==2.6.4; python_version >= '3.13'" >> requirements-dev.lock
