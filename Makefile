# Each target makes all that it needs; Python 3.11 or newer and make are enough.
#   make report   tables, page, experiments and figures in reports/paper
#   make test     the tests, of long ones a part of the cases (tests/thinned.txt)
#   make whole    the tests, every case               make quick   those that take little, in a minute
#   make lint     ruff and pyright
#   make docs     the documentation as a site in dist/docs, every snippet of it run, warnings being errors
#   make release  the source archive and the wheel, checked and tried out on each Python that is found
#   make bench    the ratios against plain SymPy, and of the compiled forms, networks and maps against their peers
#   make mutants  how many faults put into the engine the tests notice, half an hour
#   make lock     newer pins in requirements/        make clean   leave only the sources
# Another Python: make test PYTHON=python3.12. Another folder for the report: make report REPORT=DIR.

PYTHON = python3
REPORT = reports/paper
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: report test whole quick lint docs release bench mutants lock clean python

report: $(VENV)/reporting
	$(BIN)/propcheck report -o '$(REPORT)'
	$(BIN)/propcheck plot paper -o '$(REPORT)/figures'

test: $(VENV)/ready
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal

whole: $(VENV)/ready
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal --whole

quick: $(VENV)/ready
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal --quick

lint: $(VENV)/lint
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python

docs: $(VENV)/docs
	PROPCHECK_DOCS=all $(BIN)/python -m pytest -q -n auto --maxprocesses 8 tests/test_docs.py
	$(BIN)/python -m sphinx -q -W --keep-going -n -E docs dist/docs
	@echo 'dist/docs/index.html is the documentation'

release: $(VENV)/ready
	$(BIN)/python tools/release.py

bench: $(VENV)/ready
	$(BIN)/python benchmarks/sympy_baseline.py
	$(BIN)/python benchmarks/compiled_forms.py
	$(BIN)/python benchmarks/deep_network.py
	$(BIN)/python benchmarks/mean_field.py
	$(BIN)/python benchmarks/distances.py

mutants: $(VENV)/ready
	$(BIN)/python tools/mutants.py

# The pins hold on every platform and on each supported Python.
COMPILE = .lock-venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command 'make lock'

lock: python
	@$(PYTHON) -m venv --clear .lock-venv
	@.lock-venv/bin/python -m pip --quiet --disable-pip-version-check install uv
	$(COMPILE) pyproject.toml --extra test --group build -o requirements/lock.txt
	$(COMPILE) pyproject.toml --extra plot --extra data --group build -c requirements/lock.txt -o requirements/report.txt
	$(COMPILE) --group lint -c requirements/lock.txt -o requirements/lint.txt
	$(COMPILE) --group docs -c requirements/lock.txt -o requirements/docs.txt
	@rm -rf .lock-venv

clean:
	rm -rf $(VENV) .lock-venv dist .hypothesis .mutants .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What only tests need is not installed for a report; a test's environment makes reports too.
$(VENV)/reporting: $(VENV)/made pyproject.toml
	@test -e $(VENV)/locked || { echo "Installing what a report needs from requirements/report.txt (once)"; \
	  $(PIP) install --require-hashes -r requirements/report.txt; }
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/ready: $(VENV)/locked pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/lint: $(VENV)/ready requirements/lint.txt
	@echo "Installing the linters from requirements/lint.txt"
	@$(PIP) install --require-hashes -r requirements/lint.txt
	@touch $@

$(VENV)/docs: $(VENV)/ready requirements/docs.txt
	@echo "Installing the generator of the site from requirements/docs.txt"
	@$(PIP) install --require-hashes -r requirements/docs.txt
	@touch $@

$(VENV)/locked: $(VENV)/made
	@echo "Installing what tests need from requirements/lock.txt (once; about a minute)"
	@$(PIP) install --require-hashes -r requirements/lock.txt
	@touch $@

$(VENV)/made: requirements/lock.txt requirements/report.txt | python
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

python:
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo "$(PYTHON) is missing: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) -V 2>&1), and propcheck needs 3.11 or newer: install one and name it:" \
	    "make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: install its venv module" \
	    "(on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
