"""Worker of `transformers` for token classification: trains in turns, and predicts with its pipeline and its model."""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.prediction import batches_by_length
from peers.protocol import Requests, TrainingTurns
from peers.pytorch_training import planned, train
from transformers import AutoTokenizer, BertForTokenClassification, pipeline

RATE, BATCH, LENGTH, NONE = 5e-5, 32, 384, -100


def main() -> None:
    """Prepares the data and the model, and trains."""
    flags = parse()
    requests = Requests()
    torch.manual_seed(0)
    rows = [json.loads(line) for line in flags.rows.read_text(encoding="utf-8").splitlines()]
    names = ["O", *sorted({tag for row in rows for tag in row["ner_tags"]} - {"O"})]
    places = {name: place for place, name in enumerate(names)}
    model = BertForTokenClassification.from_pretrained(
        flags.model, attn_implementation="sdpa", id2label=dict(enumerate(names)), label2id=places
    )
    tokenizer = AutoTokenizer.from_pretrained(flags.model)
    begun = time.perf_counter()
    encoded = tokenizer([row["tokens"] for row in rows], is_split_into_words=True, truncation=True, max_length=LENGTH)
    labels = [labels_of(encoded.word_ids(place), row["ner_tags"], places) for place, row in enumerate(rows)]
    lengths = np.array([len(ids) for ids in encoded["input_ids"]])
    facts = {"rows": len(rows), "tokens": int(lengths.sum()), "encoding": time.perf_counter() - begun}
    texts, ways = [" ".join(row["tokens"]) for row in rows], dict[str, Callable[[], Any]]()

    def loss_of(step: np.ndarray) -> torch.Tensor:
        batch = tokenizer.pad({"input_ids": [encoded["input_ids"][row] for row in step]}, return_tensors="pt")
        width = batch["input_ids"].shape[1]
        targets = torch.tensor([labels[row] + [NONE] * (width - len(labels[row])) for row in step])
        return model(**batch, labels=targets).loss

    def prepare(sizes: Sequence[int]) -> dict[str, Any]:
        model.eval()
        run = pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="first")
        times = {size: seconds_of(lambda size=size: run(texts[:256], batch_size=size)) for size in sizes}
        size = min(times, key=times.__getitem__)
        ways.update(
            {f"pipeline, batches of {size}": lambda: run(texts, batch_size=size), "model": lambda: alone(texts)}
        )
        for way in ways.values():
            way()
        return {"ways": list(ways)}

    @torch.inference_mode()
    def alone(texts: list[str]) -> list[Any]:
        """Tags of first pieces with their offsets, in batches sorted by length."""
        found: list[Any] = []
        many = tokenizer(texts, truncation=True, max_length=LENGTH, return_offsets_mapping=True)
        for some in batches_by_length(np.array(list(map(len, many["input_ids"]))), BATCH):
            batch = tokenizer.pad({"input_ids": [many["input_ids"][row] for row in some]}, return_tensors="pt")
            scores, tags = model(**batch).logits.softmax(-1).max(-1)
            found += zip(some, tags.tolist(), scores.tolist(), strict=True)
        return found

    def predict() -> dict[str, float]:
        return {name: seconds_of(way) for name, way in ways.items()}

    turns = TrainingTurns(requests, {"facts": lambda: facts, "prepare": prepare, "predict": predict})
    turns.wait()
    train(model, loss_of, lengths, planned(flags.plan), RATE, turns)
    turns.end()


def labels_of(words: list[int | None], tags: list[str], places: dict[str, int]) -> list[int]:
    """Returns the label of each piece: the tag of the word for its first piece, and none for the others."""
    before: int | None = None
    found = []
    for word in words:
        found.append(NONE if word is None or word == before else places[tags[word]])
        before = word
    return found


def seconds_of(run: Callable[[], Any]) -> float:
    """Returns the seconds that a call takes."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a Hugging Face folder")
    parser.add_argument("--rows", required=True, type=Path, help="JSON lines of tokens and ner_tags")
    parser.add_argument("--plan", required=True, type=Path, help="the rows of each step")
    return parser.parse_args()


if __name__ == "__main__":
    main()
