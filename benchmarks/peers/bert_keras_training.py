"""Worker of this project for the fine-tuning of a classifier, which a callback halts between steps."""

import argparse
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from peers.protocol import Requests, TrainingTurns

from bert_keras.runtime.tensorflow_import import import_tensorflow


class Halts(keras.callbacks.Callback):
    """Halts a training after the requested steps.

    Args:
        turns: The requests of steps.
    """

    def __init__(self, turns: TrainingTurns) -> None:
        super().__init__()
        self._turns = turns

    def on_train_begin(self, logs: Any = None) -> None:
        """Waits for the first request of steps."""
        self._turns.wait()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Counts a step."""
        self._turns.step(int(logs["rows"]), int(logs["tokens"]), logs["loss"])


def main() -> None:
    """Prepares the data and the model as `bert-keras classify` does, and trains."""
    flags = parse()
    requests = Requests()
    import_tensorflow()
    from bert_keras import data, training
    from bert_keras.checkpoints import save_hugging_face
    from bert_keras.runtime.gpu import gpu_in_use

    budget = training.usual_token_budget()
    recipe = training.Recipe(flags.epochs, flags.batch_size, token_budget=budget, seed=flags.seed)
    classifier, precision = made(flags)
    preprocessor = classifier.preprocessor

    def encoded(file: Path) -> data.Encoded:
        source = data.Source(str(file), task="single_label")
        rows = data.encode(source, preprocessor.pack, preprocessor.fingerprint, flags.folder / f"cache-{flags.seed}")
        return rows.with_labels(classifier.labels)

    begun = time.perf_counter()
    train = encoded(flags.train)
    facts = {
        "rows": len(train),
        "tokens": int(train.lengths.sum()),
        "encoding": time.perf_counter() - begun,
        "precision": precision,
        "device": gpu_in_use() or "the processor",
    }

    def accuracy() -> dict[str, float]:
        dev = encoded(flags.dev)
        return {"accuracy": float((training.predict_outputs(classifier, dev).argmax(-1) == dev.targets).mean())}

    def save(to: str) -> dict[str, str]:
        return {"folder": str(save_hugging_face(classifier, to))}

    def plan() -> dict[str, str]:
        return {"file": str(write_plan(train, recipe, flags.folder / f"plan-{flags.seed}.npz"))}

    turns = TrainingTurns(requests, {"facts": lambda: facts, "accuracy": accuracy, "save": save, "plan": plan})
    training.fine_tune(classifier, train, None, recipe, [Halts(turns)])
    turns.end()


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a preset; or base, for random weights of that shape")
    parser.add_argument("--train", required=True, type=Path)
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--folder", required=True, type=Path, help="for the cache and the plan")
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch_size", type=int, default=32)
    return parser.parse_args()


def made(flags: argparse.Namespace) -> tuple[Any, str]:
    """Returns a new classifier, and the sentence on its precision."""
    from bert_keras import TextClassifier
    from bert_keras.training.precision import choose_precision

    precision = choose_precision(flags.precision)
    keras.utils.set_random_seed(flags.seed)
    if flags.model == "base":
        return random_base(precision.policy), precision.why
    classifier = TextClassifier.from_preset(flags.model, labels=["0", "1"], new_head=True, dtype=precision.policy)
    classifier.preprocessor.max_length = 256
    return classifier, precision.why


def random_base(policy: str) -> Any:
    """Returns a classifier of BERT-base's shape with random weights, in a dtype policy."""
    from bert_keras import BertBackbone, TextClassifier, checkpoints
    from bert_keras.models import TextClassifierPreprocessor

    preprocessor = TextClassifierPreprocessor.from_preset(checkpoints.DEFAULT_PRESET, max_length=128)
    tokens = preprocessor.tokenizer.vocabulary_size()
    backbone = BertBackbone(
        vocabulary_size=tokens, num_layers=12, num_heads=12, hidden_dim=768, intermediate_dim=3072, dtype=policy
    )
    return TextClassifier(backbone, labels=["0", "1"], preprocessor=preprocessor)


def write_plan(train: Any, recipe: Any, file: Path) -> Path:
    """Writes the rows of each step of all epochs, so that the peer trains on the same; returns the file."""
    from bert_keras.data.batches import training_steps

    rows, ends = [], []
    for epoch in range(recipe.epochs):
        for passes in training_steps(train.lengths, recipe.batch_size, recipe.token_budget, recipe.seed, epoch):
            rows.append(np.concatenate(passes))
            ends.append(len(rows[-1]))
    np.savez(file, rows=np.concatenate(rows), ends=np.cumsum(ends), allow_pickle=False)
    return file


if __name__ == "__main__":
    main()
