# make eval      run the default experiment (EXPERIMENT=name for another)
# make check     does the result hold what its source publishes?
# make report    write the tables and results/README.md again
# make test      the proof; make lint, make bench
# make cards     cards of sentence-transformers' own evaluator, judged (SHARE=0.1 of 300)
# make hostile   generated bad inputs (SHARE=0.1 of them, SEED=N for the same again)
# Each sets up its own virtual environment in .venv where there is none.
# (Another: make VENV=/some/where PYTHON=python3.12 …)

PYTHON ?= python3
VENV ?= .venv
EXPERIMENT ?= crowdrag-splade-tiny
RESULTS ?= results
SHARE ?= 1
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: eval check report test test-unit lint bench hostile cards clean

eval: $(VENV)/.installed
	$(BIN)/harness eval $(EXPERIMENT) --results $(RESULTS)
	@$(BIN)/harness report --results $(RESULTS)

check: $(VENV)/.installed
	$(BIN)/harness check $(EXPERIMENT) --results $(RESULTS)

report: $(VENV)/.installed
	$(BIN)/harness report --results $(RESULTS)

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not real and not whole"
	$(BIN)/python -m pytest -m "real or whole"

test-unit: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not real and not whole"

lint: $(VENV)/.installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

hostile: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.hostile --share $(SHARE) $(if $(SEED),--seed $(SEED))

cards: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.true_cards --share $(SHARE) $(CARDS)

bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(INSTALL) -e '.[test]'
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed
	$(INSTALL) -e '.[bench,test]'
	@touch $@

$(VENV)/.installed-lint: $(VENV)/.installed
	$(INSTALL) -e '.[lint,test]'
	@touch $@
