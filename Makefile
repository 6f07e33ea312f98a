# Two commands are enough: `make demo` and `make test`. Both build .venv on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OUT ?= build/demo

.PHONY: demo test check format schemas golden lock clean

demo: $(STAMP)  ## compile a real day of a real cluster and show the plan
	$(BIN)/jobtree compile examples/philly-day --out $(OUT) --now 2017-10-21T00:00:00Z

test: $(STAMP)  ## every test but the slow gates
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(STAMP)  ## format, lint, types, floors, code size
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/arch

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: $(STAMP)  ## regenerate schemas/ from the wire models
	$(BIN)/python -m jobtree.load.schemas schemas

golden: $(STAMP)  ## renew what the examples compile to, and what documents show
	$(BIN)/python -m tests.golden.imports
	$(BIN)/python -m tests.golden.renew
	$(BIN)/python -m tests.golden.walkthroughs
	$(BIN)/python -m tests.golden.snapshot
	$(BIN)/python -m tests.docs.documents

lock: $(STAMP)  ## renew requirements.lock from pyproject.toml
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean:
	rm -rf $(VENV) build

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)
