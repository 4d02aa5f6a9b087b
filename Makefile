# Every target sets up what it needs by itself: a machine with Python, make and a package index is enough.
.PHONY: help setup lab test site lite site-test pdf links refresh claims faults mutants bench student lock clean

PYTHON ?= python3
LESSON ?=
MODULE ?=
OPTIONS ?=

# Sets up .venv where it is missing or out of date, then runs a module in it.
RUN := "$(PYTHON)" tools/setup_env.py -m

# Neither news nor a look for updates: the lessons also open offline. In a container one is root.
LAB_OPTIONS := --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
    --ServerApp.allow_root=True

# For every Python and system that the course supports: the same versions everywhere, where possible.
RESOLVE := --quiet --universal --fork-strategy fewest --python-version 3.11 --no-emit-index-url \
    --no-annotate --custom-compile-command "make lock"

help:
	@echo "make setup    the environment in .venv, from the lock"
	@echo "make lab      open the lessons in JupyterLab"
	@echo "make test     every test: package, every lesson re-executed and compared, site"
	@echo "make site     render the stored lessons to _build/html"
	@echo "make lite     the lessons in the reader's browser, for the site; then make site"
	@echo "make site-test  make lite, make site, and look at every page in Chromium: links, errors, accessibility"
	@echo "make pdf      the whole course as one PDF, printed by Chromium: _build/course.pdf"
	@echo "make links    do the links to other sites still lead somewhere?"
	@echo "make refresh  re-execute the lessons and store their outputs (LESSON=dropout for one)"
	@echo "make claims   do the lessons' claims hold for ten other seeds and on other processors?"
	@echo "              (LESSON=dropout for one; OPTIONS='--seeds 3' and more: python -m tools.claims -h)"
	@echo "make faults   which test catches each of the faults planted in lessons, site and data? (long)"
	@echo "make mutants  which changed operators and numbers of the package does no test notice? (hours;"
	@echo "              MODULE=losses for one file)"
	@echo "make bench    how fast is a training step? writes benchmarks/results.md"
	@echo "make student  the lessons without solutions and outputs, to hand out, in _build/student"
	@echo "make lock     resolve requirements.txt anew from pyproject.toml"

setup:
	"$(PYTHON)" tools/setup_env.py

lab:
	$(RUN) jupyter lab $(LAB_OPTIONS) notebooks/01_neurons.ipynb

test:
	$(RUN) pytest

site:
	$(RUN) sphinx --fail-on-warning --keep-going -n -q -b html site _build/html
	@echo "The site is in _build/html/index.html"

lite:
	$(RUN) tools.lite

site-test: export NBHELPERS_SITE := _build/html
site-test: lite
	$(MAKE) --no-print-directory site
	$(RUN) pytest --dist load tests/course/test_site_browser.py tests/course/test_lite_browser.py tests/course/test_pdf.py

pdf: site
	$(RUN) tools.pdf

links:
	$(RUN) sphinx -n -q -b linkcheck site _build/links

refresh:
	$(RUN) tools.refresh $(LESSON)

claims:
	$(RUN) tools.claims $(LESSON) $(OPTIONS)

faults:
	$(RUN) tools.faults $(OPTIONS)

mutants:
	$(RUN) tools.mutants $(MODULE)

bench:
	$(RUN) benchmarks

student:
	$(RUN) tools.student

lock:
	$(RUN) uv pip compile $(RESOLVE) --all-extras --generate-hashes $(OPTIONS) -o requirements.txt pyproject.toml
	$(RUN) uv pip compile $(RESOLVE) --no-deps -o constraints.txt requirements.txt

clean:
	"$(PYTHON)" -c "import shutil; [shutil.rmtree(d, ignore_errors=True) for d in ('.venv', '.vnew', '.vold', '_build')]"
