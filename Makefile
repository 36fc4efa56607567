# make run | make venv | make test | make check | make soak | make screenshots | make bench
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

.PHONY: run venv test check soak screenshots bench lock clean

run: venv
	@$(BIN)/python -m vv_desktop demo --dir demo

venv: $(VENV)/.ready

# pip checks every download against the hashes of the lock; nothing in it names a host.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "vv_desktop needs Python 3.11 to 3.13 (TensorFlow has no wheel for others); found: $$($(PYTHON) --version)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is incomplete. On Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# check first: it is quick; pytest last: its summary is the last thing that is printed. A file of tests stays on one of
# the processes, for what it shares; more than four of them, with TensorFlow each, want more memory than time is saved.
test: venv check
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Hours, unless some parts are chosen: make soak PARTS="kills cuts"; which there are: python -m tests.soak --help
PARTS ?= all
soak: venv
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.soak $(PARTS) --record

screenshots: venv
	$(BIN)/python -m tests.screenshots

bench: venv
	$(BIN)/python -m tests.bench train

# Needs uv, for its universal resolution; --no-emit-index-url keeps hosts out of the file.
lock:
	uv pip compile pyproject.toml --extra weights --extra test --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock

clean:
	rm -rf $(VENV) build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
