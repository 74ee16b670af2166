# `make` shows the commands.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test check format fit fit-language-model bench bench-memory bench-comparison bench-reasons bench-verdicts bench-report bench-serving clean

help:
	@echo "make demo    set everything up and run the demo study (spoken answers to verdicts)"
	@echo "make test    set up what tests need, and run all checks and tests"
	@echo "make check   lint, types, architecture, tests (what CI runs), without setting up"
	@echo "make format  put the code into its format"
	@echo "make fit     fit the embedded reader and the encoder of reasons anew:"
	@echo "             make fit TRAIN=path/to/labelled/studies ARGKP=path/to/argkp2021 PERSPECTRUM=path/to/train_dev.jsonl"
	@echo "make fit-language-model  fit the language-model reader anew (an hour):"
	@echo "             make fit-language-model TRAIN=... PERSPECTRUM=... WORK=path/to/a/folder"
	@echo "make bench   seconds, word errors and memory beside other tools, on the demo and on SPEECH=path/to/speech (an hour)"
	@echo "make bench-memory  six hours of sound, and ten thousand files, in bounded memory (20 minutes)"
	@echo "make bench-comparison  what comparing 500 to 10,000 reasons costs"
	@echo "make bench-reasons  are two reasons the same? make bench-reasons ARGKP=... PERSPECTRUM=..."
	@echo "make bench-verdicts  how far verdicts and alpha can be relied on, simulated (five minutes)"
	@echo "make bench-report  how heavy a report of 200 speakers is, and how long a browser takes to open it"
	@echo "make bench-serving  fifty speakers record at once in the browser's way, and the server is killed in the middle (three minutes)"
	@echo "make clean   remove the virtual environment and what the demo made (weights stay)"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "VoicePulse needs Python 3.10 to 3.13; name one: make demo PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python has no venv module. Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing (a few minutes the first time) ..."
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/voicepulse models pull
	@$(BIN)/voicepulse run recordings/demo

test: $(VENV)/.installed-dev
	@sh tests/install_system_packages.sh
	@$(BIN)/voicepulse models pull
	@$(BIN)/voicepulse models pull openai-whisper-base
	@$(MAKE) --no-print-directory check

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest

format:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fit: $(VENV)/.installed-dev
	@$(BIN)/voicepulse models pull
	$(BIN)/python -m voicepulse.evaluation.fit_reader $(TRAIN)
	$(BIN)/python -m voicepulse.evaluation.fit_reasons $(TRAIN) --argkp $(ARGKP) --perspectrum $(PERSPECTRUM)

fit-language-model: $(VENV)/.installed-dev
	@$(BIN)/voicepulse models pull spacy-en qwen-coder-1.5b
	$(BIN)/python -m voicepulse.evaluation.fit_language_model $(TRAIN) --stances $(PERSPECTRUM) --work $(WORK)

bench: $(VENV)/.installed-dev
	@$(BIN)/voicepulse models pull whisper-base openai-whisper-base
	$(BIN)/python benchmarks/speed.py $(SPEECH) recordings/demo --stages --thousand

bench-memory: $(VENV)/.installed-dev
	@$(BIN)/voicepulse models pull whisper-base
	$(BIN)/python benchmarks/bounded_memory.py recordings/demo/answers

bench-comparison: $(VENV)/.installed-dev
	@$(BIN)/voicepulse models pull minilm
	$(BIN)/python benchmarks/comparison.py

bench-reasons: $(VENV)/.installed
	@$(BIN)/voicepulse models pull minilm
	$(BIN)/python benchmarks/reasons.py --argkp $(ARGKP) --perspectrum $(PERSPECTRUM)

bench-verdicts: $(VENV)/.installed
	$(BIN)/python benchmarks/verdicts.py

bench-report: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/report.py

bench-serving: $(VENV)/.installed-dev
	@$(BIN)/voicepulse models pull whisper-base spacy-en minilm
	$(BIN)/python benchmarks/serving.py recordings/demo/answers

clean:
	rm -rf $(VENV) recordings/demo/voicepulse.sqlite* recordings/demo/voicepulse*.lock recordings/demo/audio recordings/demo/takes recordings/demo/report.html recordings/demo/exports recordings/demo/calendar.ics recordings/demo/voicepulse.learned.json
