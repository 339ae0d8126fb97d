"""Worker of OpenVINO for labels, with the rows of a slice sorted by length."""

import functools
import sys
from pathlib import Path
from typing import Any

# Set before openvino is imported, which then uses its stub; else it would report each conversion over the network, from
# a forked process.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import numpy as np  # noqa: E402
import openvino as ov  # noqa: E402
import torch  # noqa: E402
from peers.prediction import Classify, batches_by_length, serve  # noqa: E402
from peers.token_rows import TokenRows  # noqa: E402
from transformers import AutoModelForSequenceClassification  # noqa: E402

_FORMATS = {"float32": "f32", "bfloat16": "bf16"}


def prepare(folder: Path, tokenizer: Any, precision: str, hint: str, batch_size: int) -> Classify:
    """Converts and compiles the model, and returns the function that predicts labels.

    Args:
        folder: The Hugging Face folder of the model.
        tokenizer: The tokenizer of `tokenizers`.
        precision: The number format: `float32` or `bfloat16`.
        hint: `THROUGHPUT` runs several batches at once, `LATENCY` one after the other.
        batch_size: The number of rows per batch.
    """
    settings = {"INFERENCE_PRECISION_HINT": _FORMATS[precision], "PERFORMANCE_HINT": hint}
    compiled = ov.Core().compile_model(converted(folder), "CPU", settings)

    def classify(texts: list[str]) -> np.ndarray:
        rows = TokenRows.of(texts, tokenizer)
        labels = np.empty(len(texts), np.int64)
        queue = ov.AsyncInferQueue(compiled)
        queue.set_callback(lambda request, some: labels.__setitem__(some, request.get_output_tensor(0).data.argmax(-1)))
        for some in batches_by_length(rows.lengths, batch_size):
            queue.start_async(inputs_of(rows, some), some)
        queue.wait_all()
        return labels

    return classify


def inputs_of(rows: TokenRows, some: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the inputs of a batch, always with a mask."""
    batch = rows.batch(some)
    ids, mask = batch["input_ids"].numpy(), batch["attention_mask"]
    return {"input_ids": ids, "attention_mask": np.ones_like(ids) if mask is None else mask.numpy()}


@functools.cache
def converted(folder: Path) -> Any:
    """Returns the model in OpenVINO's form, for inputs of any length."""
    model = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="sdpa").eval()
    example = {name: torch.ones([2, 8], dtype=torch.int64) for name in ("input_ids", "attention_mask")}
    return ov.convert_model(model, example_input=example)


if __name__ == "__main__":
    serve(prepare)
