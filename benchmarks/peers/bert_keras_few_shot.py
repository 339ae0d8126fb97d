"""Worker of this project for few rows: by contrast and a fitted head, also of rows without labels, or fine-tuned."""

import argparse
import csv
import tempfile
import time
from pathlib import Path
from typing import Any

from peers.protocol import Requests

from bert_keras.runtime.tensorflow_import import import_tensorflow

_PLAIN_EPOCHS, _PLAIN_BATCH = 10, 8  # of plain fine-tuning: three epochs of so few rows would be a handful of steps


def main() -> None:
    """Answers requests to train on rows, and to classify others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True, help="a folder of sentence-transformers")
    flags = parser.parse_args()
    requests = Requests()
    import_tensorflow()
    from bert_keras import TextClassifier, data, training
    from bert_keras.runtime.lanes import open_lanes

    open_lanes()
    policy = training.choose_precision("auto").policy  # as `bert-keras classify` does
    known: dict[str, Any] = {}

    def learn(
        texts: list[str], labels: list[str], seed: int, method: str, unlabelled: list[str] | None = None
    ) -> dict[str, Any]:
        few = method != "plain"
        pooling = "unit_mean" if few else "cls"
        model = TextClassifier.from_preset(
            flags.weights, labels=sorted(set(labels)), max_length=256, pooling=pooling, dtype=policy
        )
        with tempfile.TemporaryDirectory() as folder:
            tables = {"train": [("text", "label"), *zip(texts, labels, strict=True)]}
            tables["unlabelled"] = [("text",), *((text,) for text in unlabelled or [])]
            for name, lines in tables.items():
                with Path(folder, f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                    csv.writer(file).writerows(lines)

            def encoded(name: str, task: Any) -> data.Encoded:
                source = data.Source(str(Path(folder, f"{name}.csv")), task=task)
                return data.encode(source, model.preprocessor.pack, "benchmark", folder)

            wall, cpu = time.perf_counter(), time.process_time()
            rows = encoded("train", "single_label").with_labels(list(model.labels))
            recipe = training.Recipe(seed=seed)
            if unlabelled is not None:
                others = encoded("unlabelled", None)
                training.self_train(model, rows, others, None, training.few_shot_recipe(rows, recipe, others))
            elif few:
                training.few_shot(model, rows, None, training.few_shot_recipe(rows, recipe))
            else:
                recipe = training.Recipe(seed=seed, epochs=_PLAIN_EPOCHS, batch_size=_PLAIN_BATCH, keep="last")
                training.fine_tune(model, rows, None, recipe)
        known["model"] = model
        return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}

    def classify(texts: list[str]) -> dict[str, Any]:
        return {"labels": [answer.label for answer in known["model"].classify(texts)]}

    requests.serve({"learn": learn, "classify": classify})


if __name__ == "__main__":
    main()
