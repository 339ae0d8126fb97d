"""Worker of setfit, with its own defaults."""

import argparse
import time
import warnings
from typing import Any

from peers.protocol import Requests


def main() -> None:
    """Answers requests to train on rows, and to classify others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", required=True, help="a folder of sentence-transformers")
    parser.add_argument("--num_iterations", type=int, help="pairs a row; default: setfit's oversampling of all pairs")
    flags = parser.parse_args()
    requests = Requests()
    warnings.simplefilter("ignore")
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    known: dict[str, Any] = {}

    def learn(texts: list[str], labels: list[str], seed: int, method: str) -> dict[str, Any]:
        names = sorted(set(labels))
        rows = Dataset.from_dict({"text": texts, "label": [names.index(label) for label in labels]})
        model = SetFitModel.from_pretrained(flags.weights, labels=names)
        more = {} if flags.num_iterations is None else {"num_iterations": flags.num_iterations}
        arguments = TrainingArguments(seed=seed, report_to="none", save_strategy="no", show_progress_bar=False, **more)
        trainer = Trainer(model=model, args=arguments, train_dataset=rows)
        wall, cpu = time.perf_counter(), time.process_time()
        trainer.train()
        known["model"] = model
        return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}

    def classify(texts: list[str]) -> dict[str, Any]:
        return {"labels": [str(label) for label in known["model"].predict(texts, show_progress_bar=False)]}

    requests.serve({"learn": learn, "classify": classify})


if __name__ == "__main__":
    main()
