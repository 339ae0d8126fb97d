"""Worker of PyTorch for labels, with the rows of a slice sorted by length."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.prediction import Classify, batches_by_length, serve
from peers.token_rows import TokenRows
from transformers import AutoModelForSequenceClassification


def prepare(
    folder: Path, tokenizer: Any, precision: str, batch_size: int, device: str = "cpu", compiled: bool = False
) -> Classify:
    """Loads the model, with all weights in one number format, and returns the function that predicts labels.

    Args:
        folder: The Hugging Face folder of the model.
        tokenizer: The tokenizer of `tokenizers`.
        precision: The number format: `float32` or `bfloat16`.
        batch_size: The number of rows per batch.
        device: `cpu` or `cuda`.
        compiled: Whether the model is compiled by `torch.compile`, for batches of any size.
    """
    dtype = getattr(torch, precision)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa")
    model = model.eval().to(device)
    run = torch.compile(model, dynamic=True) if compiled else model

    def classify(texts: list[str]) -> np.ndarray:
        rows = TokenRows.of(texts, tokenizer)
        labels = np.empty(len(texts), np.int64)
        with torch.inference_mode():
            batches = batches_by_length(rows.lengths, batch_size)
            found = [run(**rows.batch(some, device)).logits.argmax(-1) for some in batches]
            for some, of_batch in zip(batches, found, strict=True):  # afterwards: a GPU then waits for none
                labels[some] = of_batch.cpu().numpy()
        return labels

    return classify


if __name__ == "__main__":
    serve(prepare)
