"""Worker of `transformers` for labels as most people predict them: float32, batches of 32 in arrival order."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.prediction import Classify, serve
from transformers import AutoModelForSequenceClassification, AutoTokenizer

BATCH = 32


def prepare(folder: Path, fast_tokenizer: Any) -> Classify:
    """Loads the model and its own tokenizer, and returns the function that predicts labels."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()

    @torch.no_grad()
    def classify(texts: list[str]) -> np.ndarray:
        labels = []
        for first in range(0, len(texts), BATCH):
            inputs = tokenizer(texts[first : first + BATCH], padding=True, truncation=True, return_tensors="pt")
            labels.append(model(**inputs).logits.argmax(-1).numpy())
        return np.concatenate(labels)

    return classify


if __name__ == "__main__":
    serve(prepare)
