"""Worker of this project for the fine-tuning of a span extractor, which a callback halts between steps."""

import argparse
import time
from pathlib import Path
from typing import Any

from peers.bert_keras_training import Halts, write_plan
from peers.protocol import Requests, TrainingTurns

from bert_keras.runtime.tensorflow_import import import_tensorflow


def main() -> None:
    """Prepares the data and the model as `bert-keras answer` does, and trains."""
    flags = parse()
    requests = Requests()
    import_tensorflow()
    import keras

    from bert_keras import SpanExtractor, data, qa, training
    from bert_keras.training.precision import choose_precision

    precision = choose_precision(flags.precision)
    keras.utils.set_random_seed(flags.seed)
    reader = SpanExtractor.from_preset(flags.model, new_head=True, null_threshold=0.0, dtype=precision.policy)
    if flags.adapt == "lora":
        reader.adapt(flags.model, flags.rank)
    source = data.QuestionSource(str(flags.train))
    begun = time.perf_counter()
    train = data.encode_questions(source, source.questions, reader.preprocessor).to_train(1.0, "first", flags.seed)
    facts = {"rows": len(train), "tokens": int(train.lengths.sum()), "encoding": time.perf_counter() - begun}
    recipe = training.Recipe(flags.epochs, flags.batch, flags.rate, seed=flags.seed)

    def scores() -> dict[str, Any]:
        dev = data.QuestionSource(str(flags.dev))
        windowed = data.encode_questions(dev, dev.asked, reader.preprocessor)
        found = training.predict_spans(reader, windowed)
        at_zero = qa.evaluate(
            dev.gold(), dict(zip([question.id for question in dev.asked], found.texts(0.0), strict=True))
        )
        figures = training.span_scores(windowed, found)
        return figures | {"f1": at_zero["f1"], "best_f1_threshold": figures["null_threshold"]}

    def plan() -> dict[str, str]:
        return {"file": str(write_plan(train, recipe, flags.folder / f"plan-{flags.seed}.npz"))}

    turns = TrainingTurns(
        requests, {"facts": lambda: facts | {"precision": precision.why}, "scores": scores, "plan": plan}
    )
    training.fine_tune(reader, train, None, recipe, [Halts(turns)])
    turns.end()


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a preset")
    parser.add_argument("--train", required=True, type=Path, help="a SQuAD file")
    parser.add_argument("--dev", required=True, type=Path, help="a SQuAD file")
    parser.add_argument("--folder", required=True, type=Path, help="for the plan")
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--adapt", default="none", choices=("none", "lora"))
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch", type=int, default=16, help="windows of a step")
    parser.add_argument("--rate", type=float, default=2e-4)
    return parser.parse_args()


if __name__ == "__main__":
    main()
