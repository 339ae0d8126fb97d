"""Trains in several processes that work together, and in one that works alone; run as a program by the tests.

One process brings TensorFlow, and each worker is a fork of it made before TensorFlow has begun any work.
Arguments: a folder with the file `vocabulary.json`, and what to run, of the functions of `RUNS`. Prints a line of JSON.
"""

import dataclasses
import json
import os
import shutil
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tiny_data import tiny_data
from tiny_questions import tiny_source

import bert_keras.models
from bert_keras.data import (
    RawDocument,
    TagSource,
    TaughtRows,
    encode_marked_texts,
    encode_questions,
    group_texts,
    masked_rows,
    tokenize_documents,
)
from bert_keras.errors import BertKerasError
from bert_keras.tagging import bio_tags
from bert_keras.text import BertTokenizer
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.contrast_recipe import ContrastRecipe
from bert_keras.training.distillation_recipe import DistillationRecipe
from bert_keras.training.few_shot import few_shot, few_shot_recipe
from bert_keras.training.fine_tune import Outcome, fine_tune
from bert_keras.training.recipe import Recipe
from bert_keras.workers import Cluster, Workers, join

# Clipping, passes, rates by layer, early stopping and a last step with one row for two workers.
RECIPE = Recipe(
    epochs=4,
    batch_size=8,
    learning_rate=3e-3,
    clip_norm=0.5,
    token_budget=24,
    layer_decay=0.8,
    patience=1,
    stop_metric="loss",
    seed=3,
)
ROWS = 41
LIMIT = 4.0  # seconds after which a silent worker counts as frozen


def backbone(dropout: float = 0.0, **settings: Any) -> Any:
    tiny = {"vocabulary_size": 39, "num_layers": 1, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 16}
    more = {"max_sequence_length": 32, "initializer_range": 0.2, "dropout": dropout, "attention_dropout": dropout}
    return bert_keras.models.BertBackbone(**(tiny | more | settings))


def classifier(dropout: float = 0.0) -> Any:
    return started(bert_keras.models.TextClassifier(backbone(dropout), ["bad", "good"], dropout=dropout))


def started(model: Any) -> Any:
    """Gives a model weights that are the same in each process."""
    start = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(start.normal(0, 0.2, weight.shape))
    return model


def of_classifier(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    """Early stopping, by dev rows that are wrong: the best epoch is the first."""
    model = classifier()
    dev = dataclasses.replace(tiny_data(20, 1), targets=1 - tiny_data(20, 1).targets)
    return model, fine_tune(model, tiny_data(ROWS, 0), dev, RECIPE, workers=workers)


def of_regression(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    """Steps of one row, so that worker 1 never has any."""
    model = started(bert_keras.models.TextClassifier(backbone(), task="regression", dropout=0.0))
    data = [tiny_data(count, count, "regression") for count in (4, 7)]
    recipe = Recipe(epochs=1, batch_size=1, learning_rate=1e-2)
    return model, fine_tune(model, *data, recipe, workers=workers)


def of_adapters(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    model = classifier()
    model.adapt("a base", rank=2)
    recipe = dataclasses.replace(RECIPE, epochs=1, patience=None, learning_rate=1e-2, token_budget=64)
    return started(model), fine_tune(model, tiny_data(17, 0), tiny_data(20, 1), recipe, workers=workers)


def of_extractor(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    mine = folder / f"questions-{0 if workers is None else 1 + workers.rank}"
    mine.mkdir(exist_ok=True)
    tokenizer = BertTokenizer(json.loads((folder / "vocabulary.json").read_text()), lowercase=True)
    preprocessor = bert_keras.models.SpanExtractorPreprocessor(
        tokenizer, max_length=24, window_overlap=6, max_question_length=6
    )
    model = started(bert_keras.models.SpanExtractor(backbone(pooler=False), preprocessor=preprocessor))
    splits = []
    for count, seed in ((13, 0), (9, 1)):
        source = tiny_source(mine, count, seed, longest=40, name=f"{seed}.json")
        splits.append(encode_questions(source, source.asked, preprocessor))
    recipe = dataclasses.replace(RECIPE, epochs=1, token_budget=96, patience=None, stop_metric=None)
    return model, fine_tune(model, splits[0].to_train(0.0, "any", 1), splits[1], recipe, workers=workers)


def of_masked_lm(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    """Rows with other numbers of masks, whose losses count alike whichever worker has them."""
    tokenizer = BertTokenizer(json.loads((folder / "vocabulary.json").read_text()), lowercase=True)
    preprocessor = bert_keras.models.TextClassifierPreprocessor(tokenizer, 12)
    size = tokenizer.vocabulary_size()
    model = started(bert_keras.models.MaskedLM(backbone(pooler=False, vocabulary_size=size), preprocessor=preprocessor))
    texts = [f"the {word} film " * count for count, word in enumerate(("good", "bad", "a", "not", "b", "play"), 1)]
    documents = [RawDocument(text, "texts", line) for line, text in enumerate(texts, 1)]
    rows = masked_rows(tokenize_documents("texts", documents, tokenizer, {}), tokenizer, 12, 0.3)
    recipe = dataclasses.replace(RECIPE, epochs=1, patience=None)
    return model, fine_tune(model, rows, rows, recipe, workers=workers)


def of_tagger(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    mine = folder / f"tags-{0 if workers is None else 1 + workers.rank}.jsonl"
    texts = [("the good film " * count, [[4, 8, "X"]]) for count in range(1, 12)]
    mine.write_text("".join(json.dumps({"text": text, "label": spans}) + "\n" for text, spans in texts))
    tokenizer = BertTokenizer(json.loads((folder / "vocabulary.json").read_text()), lowercase=True)
    preprocessor = bert_keras.models.TokenClassifierPreprocessor(tokenizer, 12, 4)
    encoder = backbone(pooler=False, vocabulary_size=tokenizer.vocabulary_size())
    model = started(
        bert_keras.models.TokenClassifier(encoder, tags=bio_tags(["X"]), preprocessor=preprocessor, dropout=0.0)
    )
    windowed = encode_marked_texts(TagSource(str(mine)), model.scheme, preprocessor)
    recipe = dataclasses.replace(RECIPE, epochs=1, patience=None)
    return model, fine_tune(model, windowed.rows, windowed, recipe, workers=workers)


def of_taught(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    """A teacher's outputs, found by the number of the row, whichever worker has it."""
    model = started(bert_keras.models.TextClassifier(backbone(num_layers=2), ["bad", "good"], dropout=0.0))
    outputs = np.random.default_rng(1).normal(0, 1, [13, 10]).astype(np.float32)
    rows: Any = tiny_data(13, 0)
    taught = TaughtRows(rows, (outputs,), np.arange(10), "random numbers", (1,))
    recipe = DistillationRecipe(batch_size=8, epochs=1, learning_rate=3e-3, token_budget=24, seed=3)
    return model, fine_tune(model, taught, tiny_data(20, 1), recipe, workers=workers)


def of_groups(folder: Path, workers: Workers | None, kind: Any, targets: list[float]) -> tuple[Any, Outcome]:
    """Texts that are compared with those of the other worker, and a last step with one row for two workers."""
    tokenizer = BertTokenizer(json.loads((folder / "vocabulary.json").read_text()), lowercase=True)
    preprocessor = bert_keras.models.TextClassifierPreprocessor(tokenizer, 12)
    encoder = backbone(pooler=False, vocabulary_size=tokenizer.vocabulary_size())
    model = started(bert_keras.models.TextEncoder(encoder, preprocessor))
    words = ("good", "bad", "a", "not", "b", "play", "c", "d", "good")  # the first and the last share their anchor
    rows = [(f"the {word}", f"{word} film " * (1 + place % 3), f"was {word}") for place, word in enumerate(words)]
    texts = [row[:2] for row in rows] if kind == "scored_pairs" else rows
    groups = group_texts("rows", kind, texts, preprocessor.pack, preprocessor.fingerprint, targets=targets)
    recipe = ContrastRecipe(epochs=2, batch_size=4, learning_rate=3e-3, clip_norm=0.5, layer_decay=0.8, seed=3)
    return model, fine_tune(model, groups, groups, recipe, workers=workers)


def of_encoder(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    return of_groups(folder, workers, "triples", [])


def of_scored(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    return of_groups(folder, workers, "scored_pairs", [0.9, 0.1, 0.5, 0.4, 0.8, 0.3, 0.2, 0.7, 0.6])


def of_few_shot(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    model, rows = classifier(), tiny_data(ROWS, 0)
    recipe = dataclasses.replace(few_shot_recipe(rows, Recipe(learning_rate=1e-3, seed=3)), epochs=1, batch_size=8)
    return model, few_shot(model, rows, tiny_data(20, 1), recipe, workers=workers)


CASES = {
    "classifier": of_classifier,
    "regression": of_regression,
    "adapters": of_adapters,
    "extractor": of_extractor,
    "masked_lm": of_masked_lm,
    "tagger": of_tagger,
    "taught": of_taught,
    "encoder": of_encoder,
    "scored": of_scored,
    "few_shot": of_few_shot,
}


def train_cases(folder: Path, workers: Workers | None) -> None:
    for name, case in CASES.items():
        # Faster for a few steps, but what is trained must be equal as graphs too.
        tf.config.run_functions_eagerly(name not in ("classifier", "encoder", "few_shot"))
        keras.utils.set_random_seed(0)
        model, outcome = case(folder, workers)
        place = "alone" if workers is None else str(workers.rank)
        np.savez(
            folder / f"{name}-{place}.npz",
            **{f"{place} {weight.path}": np.asarray(weight) for place, weight in enumerate(model.weights)},
            history=json.dumps(outcome.history),
            best=str(outcome.best_epoch),
            sent=outcome.bytes_a_step,
        )


# === Processes ===


def listening() -> tuple[socket.socket, str]:
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"127.0.0.1:{listener.getsockname()[1]}"


def fork(work: Callable[[], None]) -> int:
    """Calls a function in a fork, and returns its process id; an error of the project's is its last line."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BertKerasError as error:
            sys.stderr.write(f"{error}\n")
            status = 2
        except KeyboardInterrupt as error:
            sys.stderr.write(f"{error}\n")
            status = 130
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return child


def started_workers(count: int, work: Callable[[Workers], None]) -> list[int]:
    """Forks workers that join and then do some work."""
    listener, address = listening()
    addresses = (address, *["127.0.0.1:0"] * (count - 1))

    def of(rank: int) -> None:
        workers = join(Cluster(addresses, rank), 60, listener if rank == 0 else None)
        workers.mesh.silence = LIMIT
        try:
            work(workers)
        except BaseException as error:
            workers.mesh.fail(f"worker {rank}: {error}")
            raise
        workers.mesh.leave()

    children = [fork(lambda rank=rank: of(rank)) for rank in range(count)]
    listener.close()
    return children


def ended(children: list[int]) -> list[int]:
    """Waits for forks, and returns how each ended: its status, or the negative number of a signal."""
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def equality(folder: Path) -> dict[str, Any]:
    """Trains each case alone and in two workers."""
    children = [fork(lambda: train_cases(folder, None)), *started_workers(2, lambda w: train_cases(folder, w))]
    return {"ended": ended(children)}


# === Interruptions ===


class At(keras.callbacks.Callback):
    """Sends a signal to its own process after a number of steps of the process."""

    def __init__(self, step: int, number: int) -> None:
        super().__init__()
        self._left, self._number = step, number

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), self._number)


class Each(Checkpoints):
    """Checkpoints after each other step, whatever the clock says."""

    _asked = 0

    def due(self) -> bool:
        self._asked += 1
        return self._asked % 2 == 0


def disturbed(folder: Path, name: str, step: int, number: int, workers: Workers | None) -> None:
    """Trains with dropout, while worker 1 sends itself a signal after a step; worker 0 writes the weights it ends with.

    The checkpoints are in the folder of the name, which begins with "few" if the training is that of few rows.
    """
    tf.config.run_functions_eagerly(True)
    model = classifier(dropout=0.2)
    first = workers is None or workers.first
    few = name.startswith("few")
    recipe = dataclasses.replace(RECIPE, epochs=2 - few, token_budget=999, patience=None, stop_metric=None)
    given = [] if first else [At(step, number)], Each(folder / name) if first else None
    train: Any = few_shot if few else fine_tune
    outcome = train(model, tiny_data(ROWS, 0), tiny_data(20, 1), recipe, *given, workers=workers)
    if first:
        values = {f"{place}": np.asarray(of) for place, of in enumerate(model.weights)}
        np.savez(folder / f"{name}.npz", **values, history=json.dumps(outcome.history))


def interruptions(folder: Path) -> dict[str, Any]:
    """Disturbs a training time and again, and beside it trains undisturbed."""

    def start(name: str, step: int = 0, number: int = 0) -> list[int]:
        return started_workers(2, lambda workers: disturbed(folder, name, step, number, workers))

    undisturbed = start("undisturbed")
    stopped = ended(start("disturbed", 2, signal.SIGTERM))
    killed = ended(start("disturbed", 3, signal.SIGKILL))
    shutil.copytree(folder / "disturbed", folder / "alone")
    alone = fork(lambda: disturbed(folder, "alone", 0, 0, None))
    begin = time.monotonic()
    frozen = start("disturbed", 2, signal.SIGSTOP)
    statuses = ended(frozen[:1])
    seconds = time.monotonic() - begin
    os.kill(frozen[1], signal.SIGCONT)
    statuses += ended(frozen[1:])
    finished = ended(start("disturbed"))
    few_undisturbed = start("few-undisturbed")
    few_killed = ended(start("few-disturbed", 4, signal.SIGKILL))
    finished += ended([*start("few-disturbed"), *few_undisturbed])
    return {
        "few_killed": few_killed,
        "stopped": stopped,
        "killed": killed,
        "frozen": statuses,
        "seconds": seconds,
        "finished": [*finished, *ended([alone, *undisturbed])],
    }


RUNS = {"equality": equality, "interruptions": interruptions}


if __name__ == "__main__":
    print(json.dumps({name: RUNS[name](Path(sys.argv[1])) for name in sys.argv[2:]}))
