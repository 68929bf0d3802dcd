PYTHON ?= python3
BIN := .venv/bin
SOURCES := $(shell find pipeline components schemas -type f -not -name '*.pyc') setup.cfg pyproject.toml README.md
OUT ?= truemorph-demo
# Bytecode is made when a module is first imported: of TensorFlow's thousands, most never are.
INSTALL ?= $(BIN)/python -m pip install -q --no-compile --disable-pip-version-check

.DEFAULT_GOAL := demo
.PHONY: help demo test test-slow types examples quick docs golden engine bench bench-truth bench-intervals bench-ingest bench-products bench-scale bench-serve bench-train install dist test-lowest clean

## help: what can be made
help:
	@sed -n "s/^## //p" Makefile

## install: the command truemorph in the environment .venv; then: . .venv/bin/activate
install: .venv/installed

## demo: the whole pipeline on a simulated sky, in the environment .venv, made if missing
demo: .venv/installed
	$(BIN)/truemorph demo --out $(OUT)

## test: style, types, docstring examples and tests, all on the installed wheel; what needs more than `.[test]` is skipped,
##   and says so, unless `make .venv/installed-all` came before
test: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory -j 2 types examples
	$(MAKE) --no-print-directory quick

# The examples come before the tests: what they import is bytecode when the workers import it.
types:
	MYPYPATH=tests/bench:tests/bench/truth $(BIN)/mypy -p truemorph -m bench_truth -m recipes \
		$(patsubst tests/bench/%.py,-m %,$(wildcard tests/bench/bench_*.py))

examples:
	$(BIN)/pytest -q --doctest-modules --doctest-ignore-import-errors --pyargs truemorph

# In this order the longest files come first, so that no worker is left alone with one.
quick:
	$(BIN)/pytest -q -m "not slow" -n 2 --dist loadfile --no-loadscope-reorder \
		tests/e2e tests/docs tests/components tests/pipeline tests/schemas

## test-slow: the tests that `make test` leaves out because they take minutes each; takes hours
test-slow: .venv/installed-all
	$(BIN)/pytest -q -m slow -n 2 --dist loadfile tests

## test-lowest: the quick tests with the oldest versions that setup.cfg allows, in .venv/lowest
test-lowest:
	$(PYTHON) -m venv .venv/lowest
	.venv/lowest/bin/python -m pip install -q --disable-pip-version-check uv
	.venv/lowest/bin/uv pip install -q --python .venv/lowest/bin/python --resolution lowest-direct ".[test]"
	rm -rf build *.egg-info
	.venv/lowest/bin/pytest -q -m "not slow" tests/components/laws tests/components/measures tests/components/tables \
		tests/components/test_likelihood.py tests/components/trainer/test_debiasing.py tests/pipeline/test_cli.py tests/pipeline/test_help.py

## dist: what is published, an sdist and a wheel in build/dist, checked
dist: .venv/installed-all
	$(BIN)/python -m build --outdir build/dist
	$(BIN)/twine check --strict build/dist/*

## docs: the pages of docs/ as a site in build/site, every link checked
docs: .venv/installed-all
	$(BIN)/properdocs build --strict --quiet -f mkdocs.yml

## golden: values of tensorflow-addons, which only runs in an environment of its own (Python 3.11), into tests/golden
golden:
	python3.11 -m venv .venv/tfa
	.venv/tfa/bin/python -m pip install -q "tensorflow==2.15.1" "tensorflow-addons==0.23.0" "numpy<2"
	.venv/tfa/bin/python tests/golden/make_golden.py

## bench: speed of the measures, and accuracy against truth on skies of other seeds; takes an hour
bench: .venv/installed-test
	$(BIN)/python tests/bench/bench_measures.py
	$(BIN)/pytest -q -s -m slow tests/components/evaluator tests/components/bias_estimator tests/pipeline/test_large_table.py
	$(BIN)/python tests/bench/bench_skies.py

## bench-intervals: whether 68 % of the intervals of p_disk hold the truth of simulated and half-real skies; takes an hour
bench-intervals: .venv/installed-test
	$(BIN)/python tests/bench/bench_intervals.py

## bench-products: whether squares and products of the features make the law truer, on skies of known truth; takes ten minutes
bench-products: .venv/installed-test
	$(BIN)/python tests/bench/bench_products.py

## bench-truth: every method against the truth of one simulated sky of each kind; takes a night, resumes from docs/truth-trainer.jsonl, writes docs/truth.md; more, anew or a part: TRUTH="--docs /tmp/truth --skies half-real --seeds 301 302"; on a GPU, with JAX for it installed, minutes: KERAS_BACKEND=jax and TRUTH="--jobs 15"
bench-truth: .venv/installed-test
	$(INSTALL) ".[bench]"
	rm -rf build *.egg-info
	$(BIN)/python tests/bench/truth/bench_truth.py $(TRUTH)

## bench-ingest: speed and memory of the ingest beside a plain loop and a file copy, a join of ten million rows, a bucket
bench-ingest: .venv/installed-all
	$(BIN)/python tests/bench/bench_ingest.py 100000 10000000
	$(BIN)/python tests/bench/bench_bucket.py 1000

## bench-scale: how the cost of the ingest's join, a prediction's end and a bias grows, from 10,000 rows to millions
bench-scale: .venv/installed-test
	$(BIN)/python tests/bench/bench_scale.py

## engine: ingest and predict on Prism, a real Beam engine with workers of its own, killed on the way; needs Go
engine: .venv/installed-all
	$(BIN)/python tests/bench/bench_engine.py

## bench-serve: the server beside its model and under 30 minutes of load, and predict beside the bare model
bench-serve: .venv/installed-all
	$(BIN)/python tests/bench/bench_serve.py --minutes 30
	$(BIN)/python tests/bench/bench_predict.py

## bench-train: training steps of ResNet50 beside bare Keras and PyTorch (6 GB in .venv/torch), and the inputs alone
bench-train: .venv/installed-test
	$(PYTHON) -m venv .venv/torch
	.venv/torch/bin/python -m pip install -q "torch==2.14.1" "torchvision==0.29.1"
	$(BIN)/python tests/bench/bench_train.py --torch .venv/torch/bin/python

clean:
	rm -rf .venv build *.egg-info

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: $(SOURCES) | .venv/bin/python
	rm -rf build *.egg-info
	$(INSTALL) .
	rm -rf build *.egg-info
	touch $@

.venv/installed-test: $(SOURCES) | .venv/bin/python
	rm -rf build *.egg-info
	$(INSTALL) ".[test]"
	rm -rf build *.egg-info
	touch $@ .venv/installed

.venv/installed-all: $(SOURCES) | .venv/bin/python
	rm -rf build *.egg-info
	$(INSTALL) ".[test-all]"
	rm -rf build *.egg-info
	touch $@ .venv/installed-test .venv/installed
