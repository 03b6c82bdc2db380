# make app: everything, then the app on 127.0.0.1:8501.   make quick: before each commit.   make test: all tests.   make check: before a merge.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

# Tests that take seconds and see most mistakes: documents, the rooms' picture, ids, measures, readers of text.
QUICK := tests/docs tests/unit/test_rooms.py tests/unit/runs tests/unit/measures tests/unit/cache/test_keys.py tests/unit/corpora/test_conllu.py tests/unit/test_typed.py

.PHONY: app test quick drills check lint types docs site cards pictures bench gpu findings example clean

app: $(VENV)/.app
	$(BIN)/streamlit run app.py

test: $(VENV)/.dev
	$(PYTEST)

quick: lint types
	$(PYTEST) $(QUICK)

# make drills: what must hold when something breaks, tried over and over (eight minutes); the table of docs/validation.md.
drills: $(VENV)/.dev
	$(BIN)/python -m drills

check: lint types docs test

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy
	$(BIN)/mypy docs/build_architectures.py docs/build_cards.py docs/build_tasks.py

docs: $(VENV)/.dev
	$(BIN)/python -m pytest tests/docs

# make site: the documents as web pages, in build/site.
site: $(VENV)/.dev
	$(BIN)/mkdocs build --strict

cards: $(VENV)/.dev
	$(BIN)/python docs/build_cards.py

pictures: $(VENV)/.dev
	STRATA_PICTURES=docs/pictures $(BIN)/python -m pytest tests/e2e

$(VENV)/.app: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Strata needs Python 3.11 or newer; name one with: make PYTHON=python3.12 app")'
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -r requirements.txt
	$(BIN)/python -m probing setup
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	$(BIN)/pip install -q -r requirements-dev.txt
	touch $@

# make bench CORPUS=PATH/TO/ud_english_ewt: the table of docs/performance.md, measured anew on this machine.
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks --corpus $(CORPUS)

# make gpu: tests/gpu and a table of figures on the GPU of this machine, in at most six minutes; needs no network and no weights.
gpu: $(VENV)/.dev
	$(BIN)/python -m benchmarks.gpu --json build/gpu.json

# make findings DATA=FOLDER TIER=quick: docs/findings.md, made anew from real runs (an hour on two cores; TIER=full takes hours, and goes on).
TIER ?= quick
findings: $(VENV)/.dev
	$(BIN)/python -m benchmarks.findings --data $(DATA) --tier $(TIER)

# make example DATA=FOLDER: the example study that ships, made anew from real runs (half an hour on two idle cores; it goes on where it was stopped).
example: $(VENV)/.dev
	$(BIN)/python -m benchmarks.example_study --data $(DATA)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
