"""Worker of this project for token classification: trains in turns, and predicts with the model and with an export."""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from peers.bert_keras_training import Halts, write_plan
from peers.protocol import Requests, TrainingTurns

from bert_keras.runtime.tensorflow_import import import_tensorflow

Tag = Callable[[list[str]], Any]


def main() -> None:
    """Prepares the data and the model as `bert-keras tag` does, and trains."""
    flags = parse()
    requests = Requests()
    import_tensorflow()
    import keras

    from bert_keras import TokenClassifier, data, serving, training

    keras.utils.set_random_seed(0)
    source = data.TagSource(str(flags.rows))
    tagger = TokenClassifier.from_preset(flags.model, labels=source.labels(), dtype="float32")
    begun = time.perf_counter()
    train = data.encode_marked_texts(source, tagger.scheme, tagger.preprocessor).rows
    facts = {"rows": len(train), "tokens": int(train.lengths.sum()), "encoding": time.perf_counter() - begun}
    recipe = training.Recipe(epochs=4, batch_size=16, learning_rate=5e-5)
    write_plan(train, recipe, flags.plan)
    texts, ways = [text.text for text in source.texts], dict[str, Tag]()

    def prepare(sizes: Sequence[int]) -> dict[str, Any]:
        folder = tempfile.mkdtemp()
        saved = serving.SavedTagger(serving.export(tagger, Path(folder, "tagger"), signatures=["strings"]))
        ways.update({"TokenClassifier.tag": tagger.tag, "export": saved.tag})
        for tag in ways.values():
            tag(texts)  # not counted: the first pass of each shape is slow
        return {"ways": list(ways)}

    turns = TrainingTurns(
        requests,
        {"facts": lambda: facts | {"precision": "float32"}, "prepare": prepare, "predict": lambda: timed(ways, texts)},
    )
    training.fine_tune(tagger, train, None, recipe, [Halts(turns)])
    turns.end()


def timed(ways: dict[str, Tag], texts: list[str]) -> dict[str, float]:
    """Returns the seconds of each way."""
    seconds = {}
    for way, tag in ways.items():
        begun = time.perf_counter()
        tag(texts)
        seconds[way] = time.perf_counter() - begun
    return seconds


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a Hugging Face folder")
    parser.add_argument("--rows", required=True, type=Path, help="JSON lines of tokens and ner_tags")
    parser.add_argument("--plan", required=True, type=Path, help="the file to write the rows of each step to")
    return parser.parse_args()


if __name__ == "__main__":
    main()
