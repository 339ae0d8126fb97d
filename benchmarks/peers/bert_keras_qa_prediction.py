"""Worker of this project for answers, predicted as `bert-keras predict` does, from a preset or from its export."""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from peers.process_memory import memory
from peers.protocol import Requests

from bert_keras.runtime.tensorflow_import import import_tensorflow


def main() -> None:
    """Loads a model, and answers requests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a preset with a trained span extractor")
    parser.add_argument("--questions", required=True, type=Path, help="a SQuAD file")
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--exported", default="no", choices=("yes", "no"))
    flags = parser.parse_args()
    requests = Requests()
    import_tensorflow()
    from bert_keras import SpanExtractor, data, serving
    from bert_keras.training.precision import choose_precision

    precision = choose_precision(flags.precision)
    if flags.exported == "yes":
        with tempfile.TemporaryDirectory() as folder:
            model = SpanExtractor.from_preset(flags.model, dtype="float32")
            reader: Any = serving.SavedExtractor(
                serving.export(model, Path(folder, "reader"), precision=precision.name)
            )
    else:
        reader = SpanExtractor.from_preset(flags.model, dtype=precision.policy)
    source = data.QuestionSource(str(flags.questions))
    documents = [(question.text, source.contexts[question.context]) for question in source.asked]

    def answer(first: int, last: int) -> dict[str, Any]:
        begun = time.perf_counter()
        answers = list(reader.answer_stream(documents[first:last]))
        return {"seconds": time.perf_counter() - begun, "answers": [answer.text for answer in answers]}

    facts = {"questions": len(documents), "precision": precision.why}
    requests.serve({"facts": lambda: facts, "answer": answer, "memory": memory})


if __name__ == "__main__":
    main()
