# Every target sets up what it needs. `make quickstart` and `make test` are the two commands of the README.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONDONTWRITEBYTECODE :=  # tests start hundreds of processes: what one of them compiled is kept

.PHONY: setup quickstart fix check lint types layers docs test test-all faults soak orchestrators bench clean

setup: $(VENV)/.ready  ## a virtual environment with everything that the tests and the docs need

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[ann,export,gbdt,mlflow,openlineage,remote,serve,telemetry,text,train,vader]' \
		--group test --group check --group docs
	touch $@

quickstart: setup  ## the worked example, from nothing to its report
	@if [ ! -e demo/schema.yaml ]; then $(BIN)/transom init demo --example sentiment; fi
	$(BIN)/transom run demo

fix: setup  ## format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint types layers docs  ## all that can be said without running the tests

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

docs: setup  ## a dangling reference is an error
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build/html

test: setup  ## the fast suite
	$(BIN)/python -m pytest -n 2 -m 'not slow and not functional and not soak'

test-all: setup  ## the rest of the suite: slow, functional
	$(BIN)/python -m pytest -n 2 -m 'slow or functional'

faults: setup  ## kills 200 runs at random moments; `make faults FAULTS=1000` for more, some seconds each
	FAULTS=$(or $(FAULTS),200) $(BIN)/python -m pytest -s tests/faults

soak: setup  ## ten minutes each of load, hot swaps and kills; every project served as `predict` answers it
	SOAK_SECONDS=$(or $(SOAK_SECONDS),600) $(BIN)/python -m pytest -s tests/soak

orchestrators: setup  ## Airflow, Kubeflow's compiler and MLflow's server, each in an environment of its own, take what transom gives them
	for package in apache-airflow kfp-kubernetes mlflow; do \
		$(PYTHON) -m venv $(VENV)/apart/$$package && $(VENV)/apart/$$package/bin/pip install --quiet $$package || exit 1; \
	done
	TRANSOM_AIRFLOW_PYTHON=$(VENV)/apart/apache-airflow/bin/python TRANSOM_KFP_PYTHON=$(VENV)/apart/kfp-kubernetes/bin/python \
		TRANSOM_MLFLOW_PYTHON=$(VENV)/apart/mlflow/bin/python \
		$(BIN)/python -m pytest tests/pipeline/workflows tests/pipeline/test_mlflow_server.py

bench: setup  ## speed and quality tables; see benchmarks/README.md
	$(BIN)/python benchmarks

clean:
	rm -rf $(VENV) build dist docs/_build .pytest_cache .mypy_cache .ruff_cache
