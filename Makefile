# Every target sets up what it needs by itself: a machine with Python, make and a package index is enough.
.PHONY: help setup lab test site lite site-test pdf links refresh claims faults mutants bench student lock clean

PYTHON ?= python3
LESSON ?=
MODULE ?=
OPTIONS ?=

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
# The stamp is written last, so that an interrupted set-up is seen as missing. It lies inside the
# environment and is older than the lock whenever the lock has changed.
READY := .venv/ready

# Neither news nor a look for updates: the lessons also open offline. In a container one is root.
LAB_OPTIONS := --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
    --ServerApp.allow_root=True

help:
	@echo "make setup    the environment in .venv, from the lock"
	@echo "make lab      open the lessons in JupyterLab"
	@echo "make test     every test: package, every lesson re-executed and compared, site"
	@echo "make site     render the stored lessons to _build/html"
	@echo "make lite     the lessons in the reader's browser, for the site; then make site"
	@echo "make site-test  make lite, make site, and look at every page in Chromium: links, errors, accessibility"
	@echo "make pdf      the whole course as one PDF, printed by Chromium: _build/course.pdf"
	@echo "make links    do the links to other sites still lead somewhere?"
	@echo "make refresh  re-execute the lessons and store their outputs (LESSON=07 for one)"
	@echo "make claims   do the lessons' claims hold for ten other seeds and on other processors?"
	@echo "              (LESSON=07 for one; OPTIONS='--seeds 3' and more: python -m tools.claims -h)"
	@echo "make faults   which test catches each of the faults planted in lessons, site and data? (long)"
	@echo "make mutants  which changed operators and numbers of the package does no test notice? (hours;"
	@echo "              MODULE=losses for one file)"
	@echo "make bench    how fast is a training step? writes benchmarks/results.md"
	@echo "make student  the lessons without solutions and outputs, to hand out, in _build/student"
	@echo "make lock     resolve requirements.txt anew from pyproject.toml"

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f'This course needs Python 3.11 to 3.13 (TensorFlow has builds for these); $(PYTHON) is {v[0]}.{v[1]}. Try: make PYTHON=python3.12')"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -c "import pathlib; pathlib.Path('$(READY)').touch()"

setup: $(READY)

lab: $(READY)
	$(BIN)/python -m jupyter lab $(LAB_OPTIONS) notebooks/01_neurons.ipynb

test: $(READY)
	$(BIN)/python -m pytest

site: $(READY)
	$(BIN)/python -m sphinx --fail-on-warning --keep-going -n -q -b html site _build/html
	@echo "The site is in _build/html/index.html"

lite: $(READY)
	$(BIN)/python -m tools.lite

site-test: export NBHELPERS_SITE := _build/html
site-test: lite
	$(MAKE) --no-print-directory site
	$(BIN)/python -m pytest --dist load tests/test_site_browser.py tests/test_lite_browser.py tests/test_pdf.py

pdf: site
	$(BIN)/python -m tools.pdf

links: $(READY)
	$(BIN)/python -m sphinx -n -q -b linkcheck site _build/links

refresh: $(READY)
	$(BIN)/python -m tools.refresh $(LESSON)

claims: $(READY)
	$(BIN)/python -m tools.claims $(LESSON) $(OPTIONS)

faults: $(READY)
	$(BIN)/python -m tools.faults $(OPTIONS)

mutants: $(READY)
	$(BIN)/python -m tools.mutants $(MODULE)

bench: $(READY)
	$(BIN)/python -m benchmarks

student: $(READY)
	$(BIN)/python -m tools.student

lock:
	$(PYTHON) -m tools.lock

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(d, ignore_errors=True) for d in ('.venv', '_build')]"
