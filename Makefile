# make run    sets everything up in .venv and starts Puppet (make run ARGS="live --seconds 20")
# make test   sets up torch and the test tools too, and runs the tests (make test ARGS="-k crop")
# make bench  measures every engine beside the plain loop, some six minutes; writes docs/benchmarks.md
# make check  format, lint, types, import floors, duplicates, tests: what a commit has to pass
# make lock   resolves requirements/*.txt anew from pyproject.toml
# make clean  back to a fresh clone
#
# ORT=cpu|gpu|directml   the onnxruntime wheel; the default is gpu where nvidia-smi lists one, else cpu
# TORCH_INDEX=URL        where torch comes from; empty: pip's own index
# PYTHON=PATH            the interpreter for .venv, 3.11 or 3.12

PYTHON ?= python3 python3.12 python3.11
TORCH_VERSION ?= 2.13.0
TORCH_INDEX ?=
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
CREATED := $(VENV)/.created
INSTALLED_ORT := $(patsubst $(VENV)/.installed-run-%,%,$(firstword $(wildcard $(VENV)/.installed-run-*)))
ORT ?= $(or $(INSTALLED_ORT),$(shell nvidia-smi -L >/dev/null 2>&1 && echo gpu || echo cpu))
RUN := $(VENV)/.installed-run-$(ORT)
TEST := $(VENV)/.installed-test-$(TORCH_VERSION)
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input
SOURCES := main.py puppet ui export benchmarks tests
export PYTHONUTF8 := 1

.PHONY: help run test bench check format lint types floors duplicates lock clean system
.DELETE_ON_ERROR:

help:
	@sed -n '/^#/!q;s/^# \{0,1\}//p' Makefile

run: NEEDS = $(if $(DISPLAY)$(WAYLAND_DISPLAY),screen,live)
run: $(RUN)
	@$(BIN)/python main.py $(ARGS)

test: NEEDS = window
test: $(TEST)
	@QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(BIN)/python -m pytest $(ARGS)

bench: $(TEST)
	@$(BIN)/python -m benchmarks $(ARGS)

check: format lint types floors duplicates test

format: $(TEST)
	$(BIN)/ruff format --check .

lint: $(TEST)
	$(BIN)/ruff check .

types: $(TEST)
	$(BIN)/mypy

floors: $(TEST)
	$(BIN)/lint-imports

duplicates: $(TEST)
	$(BIN)/pylint $(SOURCES)

# --- set-up: stamp files, so that a second call starts at once and a changed lock installs again ---

# Runs each time (some 50 ms): names every missing system piece in one line, before anything is downloaded.
system:
	@python=; for candidate in $(BIN)/python $(PYTHON); do \
	    if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; \
	    then python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
	    echo "Puppet needs Python 3.11 or 3.12 and found neither as $(PYTHON): sudo apt-get install python3 python3-venv, or name one: make PYTHON=/path/to/python3.12" >&2; \
	    exit 1; fi; \
	$$python -m puppet.prerequisites $(NEEDS) $(if $(wildcard $(CREATED)),,venv && $$python -m venv $(VENV) && touch $(CREATED))

$(RUN): requirements/$(ORT).txt | system
	@echo "Setting up $(VENV) with onnxruntime for $(ORT): once, some minutes."
	@rm -f $(VENV)/.installed-run-*
	@$(BIN)/python -m pip uninstall -qq -y onnxruntime onnxruntime-gpu onnxruntime-directml
	$(INSTALL) --no-deps --require-hashes -r $<
	@touch $@

$(TEST): requirements/test.txt $(RUN)
	$(INSTALL) --no-deps --require-hashes -r $<
	$(INSTALL) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch==$(TORCH_VERSION)
	@touch $@

# One resolution for everything (ALL) keeps every lock at the same versions; torch itself is left to $(TEST).
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --fork-strategy fewest \
           --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" pyproject.toml
WITHOUT_TORCH := --excludes requirements/torch-excluded.txt --no-emit-package torch
ALL := $(VENV)/all.txt

lock: $(TEST)
	@rm -f $(ALL)
	$(COMPILE) --upgrade --extra gpu --extra torch --extra openvino --extra test -o $(ALL)
	$(COMPILE) --upgrade -c $(ALL) --extra cpu -o requirements/cpu.txt
	$(COMPILE) --upgrade -c $(ALL) --extra gpu -o requirements/gpu.txt
	$(COMPILE) --upgrade -c $(ALL) --extra directml -o requirements/directml.txt
	$(COMPILE) --upgrade -c $(ALL) --extra torch $(WITHOUT_TORCH) -o requirements/torch.txt
	$(COMPILE) --upgrade -c $(ALL) --extra torch --extra openvino --extra test $(WITHOUT_TORCH) -o requirements/test.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
