"""Worker of PyTorch for fine-tuning, as fast as `transformers` and `tokenizers` allow, on the given steps."""

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from peers.prediction import batches_by_length
from peers.protocol import Requests, TrainingTurns
from peers.token_rows import TokenRows, read_table, tokenizer_of
from transformers import BertConfig, BertForSequenceClassification

RATE, WARMUP, DECAY, CLIP, BATCH = 5e-5, 0.1, 0.01, 1.0, 32


class Turns(Protocol):
    """The observer of a training's steps."""

    def step(self, rows: int, tokens: int, loss: float) -> None:
        """Counts a step."""


def main() -> None:
    """Prepares the data and the model, and trains."""
    flags = parse()
    requests = Requests()
    torch.manual_seed(flags.seed)
    model = made(flags.model).to(flags.device)
    run = torch.compile(model) if flags.compile == "yes" else model
    tokenizer = tokenizer_of(flags.vocabulary, 128 if flags.model == "base" else 256)
    begun = time.perf_counter()
    texts, labels = read_table(flags.train)
    rows = TokenRows.of(texts, tokenizer)
    facts = {"rows": len(texts), "tokens": int(rows.lengths.sum()), "encoding": time.perf_counter() - begun}
    autocast = torch.autocast(flags.device, torch.bfloat16, enabled=flags.precision == "bfloat16")

    def accuracy() -> dict[str, float]:
        with autocast:
            return {"accuracy": accuracy_of(model, tokenizer, flags.dev, flags.device)}

    def loss_of(step: np.ndarray) -> torch.Tensor:
        with autocast:
            return run(**rows.batch(step, flags.device), labels=targets[step]).loss

    targets = torch.from_numpy(labels).to(flags.device)
    turns = TrainingTurns(requests, {"facts": lambda: facts, "accuracy": accuracy})
    turns.wait()
    train(model, loss_of, rows.lengths, planned(flags.plan), RATE, turns)
    turns.end()


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", required=True, help="a Hugging Face folder; or base, for random weights of that shape"
    )
    parser.add_argument("--vocabulary", required=True, type=Path, help="a Hugging Face folder with a tokenizer")
    parser.add_argument("--train", required=True, type=Path)
    parser.add_argument("--dev", type=Path)
    parser.add_argument(
        "--plan", required=True, type=Path, help="rows of each step; need not be there before the first turn"
    )
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--compile", default="no", choices=("no", "yes"), help="by torch.compile")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def made(name: str) -> Any:
    """Returns a new classifier: random of BERT-base's shape, or with the weights of a Hugging Face folder."""
    if name == "base":
        return BertForSequenceClassification._from_config(BertConfig(num_labels=2), attn_implementation="sdpa")
    return BertForSequenceClassification.from_pretrained(name, num_labels=2, attn_implementation="sdpa")


def planned(file: Path) -> list[np.ndarray]:
    """Reads the rows of each step from a plan that this project's worker wrote."""
    with np.load(file, allow_pickle=False) as plan:
        return np.split(plan["rows"], plan["ends"][:-1])


def train(
    model: Any,
    loss_of: Callable[[np.ndarray], torch.Tensor],
    lengths: np.ndarray,
    steps: list[np.ndarray],
    peak: float,
    turns: Turns,
) -> None:
    """Trains with fused AdamW, clipped gradients, and linear warm-up and decay of the learning rate.

    Args:
        model: The model.
        loss_of: A function that returns the loss of some rows.
        lengths: The number of tokens of each row, `[rows]`.
        steps: The rows of each step.
        peak: The highest learning rate.
        turns: The observer that is told of each step.
    """
    model.train()
    optimizer, rate = optimizer_of(model), schedule(len(steps), peak)
    for place, step in enumerate(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(place)
        loss = loss_of(step)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad()
        turns.step(len(step), int(lengths[step].sum()), loss.item())


def optimizer_of(model: Any) -> torch.optim.AdamW:
    """Returns fused AdamW, without weight decay of biases and layer norms."""
    spared, decayed = [], []
    for name, parameter in model.named_parameters():
        (spared if "bias" in name or "LayerNorm" in name else decayed).append(parameter)
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": spared, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=RATE, fused=True)


def schedule(total: int, peak: float) -> Callable[[int], float]:
    """Returns the learning rate by step, with linear warm-up and decay as in this project."""
    warmup = math.ceil(WARMUP * total)
    return lambda step: peak * max(0.0, min((step + 1) / max(1, warmup), (total - step) / max(1, total - warmup)))


def accuracy_of(model: Any, tokenizer: Any, file: Path, device: str) -> float:
    """Returns the accuracy on a table."""
    texts, labels = read_table(file)
    rows = TokenRows.of(texts, tokenizer)
    model.eval()
    with torch.inference_mode():
        answers = [
            model(**rows.batch(some, device)).logits.argmax(-1).cpu().numpy() == labels[some]
            for some in batches_by_length(rows.lengths, BATCH)
        ]
    return float(np.concatenate(answers).mean())


if __name__ == "__main__":
    main()
