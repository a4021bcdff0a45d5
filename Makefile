# Hourbook: everything a person or a build machine does here. `make` alone says what there is.
# PYTHON=... chooses the interpreter, PORT=... the port of `make run`, ARGS=... goes to the program that is called.

PORT ?= 8080
DEMO := .hourbook-demo
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq install
SHELL := /bin/sh

# Prints the interpreter to use: $PYTHON if given, else the first one installed that is new enough and complete.
define FIND_PYTHON
good() { "$$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
if [ -n "$$1" ]; then
  good "$$1" && { command -v "$$1"; exit 0; }
  echo "PYTHON=$$1 is not a Python 3.11 or newer with its venv module." >&2
  exit 1
fi
root="$${PYENV_ROOT:-$$HOME/.pyenv}"
for p in python3.11 python3.12 python3.13 python3.14 python3 \
    "$$root"/versions/3.11.*/bin/python "$$root"/versions/3.12.*/bin/python \
    "$$root"/versions/3.13.*/bin/python "$$root"/versions/3.14.*/bin/python; do
  good "$$p" && { command -v "$$p"; exit 0; }
done
echo "Hourbook needs Python 3.11 or newer with its venv module, and none was found." >&2
echo "Install one (on Debian and Ubuntu: python3 and python3-venv), or name it: make PYTHON=/path/to/python3.11" >&2
exit 1
endef
export FIND_PYTHON

.PHONY: help setup run test lint check bench crash soak fuzz lock clean

help: ## print this list
	@echo "Hourbook. Targets:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

setup: $(STAMPS)/runtime ## make .venv with what the server needs

run: setup ## start a server with a sample company on 127.0.0.1:8080
	@$(BIN)/hourbook demo --data $(DEMO) --host 127.0.0.1 --port $(PORT) $(ARGS)

test: $(STAMPS)/test ## run the test suite on SQLite and on PostgreSQL
	@rc=0; for database in sqlite postgresql; do \
	  echo "== tests on $$database"; \
	  HOURBOOK_TEST_DATABASE=$$database $(BIN)/python -m tests.unsteady -q -n 2 --dist worksteal $(ARGS) || rc=1; \
	done; exit $$rc

lint: $(STAMPS)/dev ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check: lint ## check style, types, other Pythons that are here, and known vulnerabilities of what we depend on
	@$(BIN)/python -m tests.architecture.interpreters
	@$(BIN)/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r requirements/dev.txt

bench: $(STAMPS)/test ## measure Hourbook against its floor and print the figures
	@$(BIN)/python -m bench.run $(ARGS)

crash: $(STAMPS)/test ## kill the server at random moments and look for lost writes
	@$(BIN)/python -m tests.durability.crash $(ARGS)

soak: $(STAMPS)/test ## kill the worker a hundred times while events are delivered and look for lost ones
	@$(BIN)/python -m tests.durability.event_kills $(ARGS)
	@$(BIN)/python -m tests.durability.event_kills $(ARGS) --kills 0

fuzz: $(STAMPS)/test ## send a million generated requests and look for errors
	@$(BIN)/python -m tests.security.fuzz $(ARGS)

lock: $(STAMPS)/dev ## write requirements/*.txt anew (ARGS=--upgrade for newer versions)
	@cd requirements && for name in build runtime test dev; do \
	  rm -f $$name.new; cp $$name.txt $$name.new; \
	  UV_CUSTOM_COMPILE_COMMAND='make lock' ../$(BIN)/uv pip compile --quiet --no-config --universal \
	    --python ../$(BIN)/python --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    $$(case $$name in test) echo -c build.txt -c runtime.txt;; dev) echo -c test.txt;; esac) \
	    $(ARGS) $$name.in -o $$name.new && mv $$name.new $$name.txt || { rm -f $$name.new; exit 1; }; \
	done

clean: ## remove .venv, caches, builds and the demo's data
	rm -rf $(VENV) $(DEMO) build dist .coverage .coverage.* htmlcov .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMPS)/runtime: requirements/build.txt requirements/runtime.txt pyproject.toml
	@python="$$(sh -c "$$FIND_PYTHON" find-python "$(PYTHON)")" || exit 1; \
	if ! $(BIN)/python -c 'import pip' >/dev/null 2>&1; then \
	  echo "making $(VENV) with $$python"; rm -rf $(VENV); "$$python" -m venv $(VENV) || exit 1; \
	fi
	@echo "installing what the server needs"
	@$(PIP) --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/runtime
	@echo "installing what the tests need"
	@$(PIP) --require-hashes -r requirements/test.txt
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/test
	@echo "installing what contributors need"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
