"""Worker of this project for masked language modelling: writes the start, the rows and the steps, and trains."""

import argparse
from pathlib import Path
from typing import Any

import keras
import numpy as np
from peers.bert_keras_training import Halts, write_plan
from peers.protocol import Requests, TrainingTurns

from bert_keras.runtime.tensorflow_import import import_tensorflow

BATCH, SHARE = 32, 0.15


def main() -> None:
    """Prepares the rows and the model as `bert-keras pretrain --masking piece` does, and trains."""
    flags = parse()
    requests = Requests()
    import_tensorflow()
    from bert_keras import MaskedLM, checkpoints, data, training

    keras.utils.set_random_seed(0)
    precision = training.choose_precision(flags.precision)
    fresh = MaskedLM.from_encoder(checkpoints.DEFAULT_PRESET, dtype="float32")
    checkpoints.save_hugging_face(fresh, flags.folder / "start")
    del fresh
    model = MaskedLM.from_preset(str(flags.folder / "start"), max_length=flags.tokens, dtype=precision.policy)
    tokenizer = model.preprocessor.tokenizer
    source = data.Source(str(flags.texts), data.Columns(pairs=False), None)
    documents = (data.RawDocument(row.text, row.file, row.line) for row in source)
    read = data.tokenize_documents("texts", documents, tokenizer, {})
    parts = read.held_out(0.01, 0)
    train, dev = (data.masked_rows(part, tokenizer, flags.tokens, SHARE, "piece") for part in parts)
    np.savez(flags.folder / "train.npz", token_ids=train.token_ids, lengths=train.lengths)
    inputs, targets = dev.batch(np.arange(len(dev)))
    np.savez(flags.folder / "dev.npz", targets=targets, **inputs)
    recipe = training.Recipe(
        1, BATCH, learning_rate=flags.rate, keep="last", token_budget=training.usual_token_budget()
    )

    def plan() -> dict[str, str]:
        return {"file": str(write_plan(train, recipe, flags.folder / "plan.npz"))}

    def loss() -> dict[str, float]:
        return training.masked_results(model, dev).scores

    def facts() -> dict[str, Any]:
        steps = recipe.steps_per_epoch(len(train))
        return {"rows": len(train), "tokens": int(train.lengths.sum()), "steps": steps, "precision": precision.why}

    turns = TrainingTurns(requests, {"facts": facts, "plan": plan, "loss": loss})
    training.fine_tune(model, train, None, recipe, [Halts(turns)])
    turns.end()


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", required=True, type=Path)
    parser.add_argument("--folder", required=True, type=Path, help="for what the peer reads")
    parser.add_argument("--tokens", type=int, required=True, help="tokens of a row")
    parser.add_argument("--rate", required=True, type=float, help="the peak learning rate")
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
