# make run: install on the first start, then open the page. make test: all checks. What stands with ?= may be given:
#   make run PYTHON=python3.12
#   make run TORCH="torch==2.13.0 --index-url <address of PyTorch's CPU builds>"
#   make bench CORPUS=<folder of texts> QUESTIONS=<gold questions over them> BEIR=<folder in BEIR format>

PYTHON ?= python3
TORCH ?= torch==2.13.0
CORPUS ?= corpus
QUESTIONS ?=
BEIR ?=
VENV := .venv
PY := $(VENV)/bin/python
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run test lint bench clean

run: $(VENV)/.run
	$(PY) app.py

test: lint
	$(PY) -m pytest

lint: $(VENV)/.dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

bench: $(VENV)/.dev
	$(PY) -m benchmarks $(CORPUS) $(if $(QUESTIONS),--questions $(QUESTIONS))
ifneq ($(QUESTIONS),)
	$(VENV)/bin/rag ingest $(CORPUS) --index build/bench || test $$? -eq 1
	$(VENV)/bin/rag eval --questions $(QUESTIONS) --index build/bench
endif
ifneq ($(BEIR),)
	$(VENV)/bin/rag eval --beir $(BEIR) --index build/beir
endif

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are written last: an installation that was broken off is taken up again.
# torch goes first and alone, so that the build asked for is the one that the other packages find.
$(VENV)/.run: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit("需要 Python 3.11、3.12 或 3.13，这里的 $(PYTHON) 是 %d.%d。请指定：make run PYTHON=python3.12" % v)'
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "正在安装（一到三分钟，磁盘约 1.8 GB）……"
	@$(INSTALL) $(TORCH)
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@$(INSTALL) --editable '.[dev]'
	@touch $@
