"""Worker of OpenVINO in bfloat16 for question answering: from strings, windows sorted by length, decoding in NumPy."""

import argparse
import functools
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.openvino_prediction import ov
from peers.protocol import Requests
from peers.pytorch_qa_prediction import Answer, batches_of, work
from peers.qa_answers import Answers, decode
from peers.qa_windows import Question, Windows, qa_tokenizer, read_squad, windows_of
from transformers import BertForQuestionAnswering

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class _Reader(torch.nn.Module):
    """A BERT that gives the logits of the first and of the last token of an answer, each `[windows, tokens]`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.bert = BertForQuestionAnswering.from_pretrained(folder, attn_implementation="sdpa").eval()

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Takes ids, mask and segments, each `[windows, tokens]`."""
        answer = self.bert(**dict(zip(_INPUTS, inputs, strict=True)))
        return answer.start_logits, answer.end_logits


def main() -> None:
    """Converts the model, and answers requests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, type=Path, help="a Hugging Face folder")
    parser.add_argument("--questions", required=True, type=Path, help="a SQuAD file")
    flags = parser.parse_args()
    prepared = functools.partial(prepare, flags.model, qa_tokenizer(flags.model))
    work(Requests(), read_squad(flags.questions), prepared)


def prepare(folder: Path, tokenizer: Any, hint: str, batch: int) -> Answer:
    """Compiles the model, and returns the function that answers questions.

    Args:
        folder: The Hugging Face folder of the model.
        tokenizer: The tokenizer of `qa_windows`.
        hint: `THROUGHPUT` runs several batches at once, `LATENCY` one after the other.
        batch: The number of windows per batch; from 1,024 on the number of tokens, padding included.
    """
    settings = {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": hint}
    compiled = ov.Core().compile_model(_converted(folder), "CPU", settings)

    def answer(questions: list[Question]) -> Answers:
        windows = windows_of(questions, tokenizer)
        found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        queue = ov.AsyncInferQueue(compiled)
        queue.set_callback(
            lambda request, some: found.append((some, *(request.get_output_tensor(n).data.copy() for n in (0, 1))))
        )
        for some in batches_of(windows, batch):
            queue.start_async(_inputs_of(windows, some), some)
        queue.wait_all()
        return decode(windows, found)

    return answer


def _inputs_of(windows: Windows, some: np.ndarray) -> list[np.ndarray]:
    batch = windows.batch(some)
    ids = batch["input_ids"].numpy()
    mask = batch["attention_mask"]
    return [ids, np.ones_like(ids) if mask is None else mask.numpy(), batch["token_type_ids"].numpy()]


@functools.cache
def _converted(folder: Path) -> Any:
    return ov.convert_model(_Reader(folder).eval(), example_input=tuple(torch.ones([3, 2, 8], dtype=torch.int64)))


if __name__ == "__main__":
    main()
