"""Trains in several processes that work together, and in one that works alone; run as a program by the tests.

One process brings TensorFlow, and each worker is a fork of it made before TensorFlow has begun any work.
Arguments: a folder, and what to run, of the functions of `RUNS`. Prints a line of JSON.
"""

import dataclasses
import json
import os
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tiny_data import tiny_data
from tiny_questions import tiny_source

import bert_keras.models
from bert_keras.data import encode_questions
from bert_keras.errors import BertKerasError
from bert_keras.text import BertTokenizer
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
VOCABULARY = json.loads(os.environ.get("TINY_VOCABULARY", "[]"))


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
    model = started(bert_keras.models.TextClassifier(backbone(), task="regression", dropout=0.0))
    data = [tiny_data(count, count, "regression") for count in (9, 7)]
    recipe = Recipe(epochs=1, batch_size=8, learning_rate=1e-2)
    return model, fine_tune(model, *data, recipe, workers=workers)


def of_adapters(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    model = classifier()
    model.adapt("a base", rank=2)
    recipe = dataclasses.replace(RECIPE, epochs=1, patience=None, learning_rate=1e-2)
    return started(model), fine_tune(model, tiny_data(ROWS, 0), tiny_data(20, 1), recipe, workers=workers)


def of_extractor(folder: Path, workers: Workers | None) -> tuple[Any, Outcome]:
    mine = folder / f"questions-{0 if workers is None else 1 + workers.rank}"
    mine.mkdir(exist_ok=True)
    tokenizer = BertTokenizer(VOCABULARY, lowercase=True)
    preprocessor = bert_keras.models.SpanExtractorPreprocessor(
        tokenizer, max_length=24, window_overlap=6, max_question_length=6
    )
    model = started(bert_keras.models.SpanExtractor(backbone(pooler=False), preprocessor=preprocessor))
    splits = []
    for count, seed in ((13, 0), (9, 1)):
        source = tiny_source(mine, count, seed, longest=40, name=f"{seed}.json")
        splits.append(encode_questions(source, source.asked, preprocessor))
    recipe = dataclasses.replace(RECIPE, epochs=2, token_budget=64, patience=None, stop_metric=None)
    return model, fine_tune(model, splits[0].to_train(0.0, "any", 1), splits[1], recipe, workers=workers)


CASES = {"classifier": of_classifier, "regression": of_regression, "adapters": of_adapters, "extractor": of_extractor}


def train_cases(folder: Path, workers: Workers | None) -> None:
    for name, case in CASES.items():
        keras.utils.set_random_seed(0)
        model, outcome = case(folder, workers)
        place = "alone" if workers is None else str(workers.rank)
        np.savez(
            folder / f"{name}-{place}.npz",
            *(np.asarray(variable) for variable in model.weights),
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


RUNS = {"equality": equality}


if __name__ == "__main__":
    print(json.dumps({name: RUNS[name](Path(sys.argv[1])) for name in sys.argv[2:]}))
