"""Worker of PyTorch for labels, with the rows of a slice sorted by length."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.prediction import Classify, batches_by_length, serve
from peers.token_rows import TokenRows
from transformers import AutoModelForSequenceClassification


def prepare(folder: Path, tokenizer: Any, precision: str, batch_size: int) -> Classify:
    """Loads the model, with all weights in one number format, and returns the function that predicts labels."""
    dtype = getattr(torch, precision)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa").eval()

    def classify(texts: list[str]) -> np.ndarray:
        rows = TokenRows.of(texts, tokenizer)
        labels = np.empty(len(texts), np.int64)
        with torch.inference_mode():
            for some in batches_by_length(rows.lengths, batch_size):
                labels[some] = model(**rows.batch(some)).logits.argmax(-1).numpy()
        return labels

    return classify


if __name__ == "__main__":
    serve(prepare)
