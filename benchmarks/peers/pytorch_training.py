"""Worker: fine-tuning in plain PyTorch as fast as `transformers` and `tokenizers` allow, on the steps that it is given."""

import argparse
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.protocol import Requests, TrainingTurns
from peers.token_rows import TokenRows, read_table, tokenizer_of
from transformers import BertConfig, BertForSequenceClassification

RATE, WARMUP, DECAY, CLIP, BATCH = 5e-5, 0.1, 0.01, 1.0, 32


def main() -> None:
    """Prepares, and trains."""
    flags = parse()
    requests = Requests()
    torch.manual_seed(flags.seed)
    model = made(flags.model)
    tokenizer = tokenizer_of(flags.vocabulary, 128 if flags.model == "base" else 256)
    begun = time.perf_counter()
    texts, labels = read_table(flags.train)
    rows = TokenRows.of(texts, tokenizer)
    facts = {"rows": len(texts), "tokens": int(rows.lengths.sum()), "encoding": time.perf_counter() - begun}
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=flags.precision == "bfloat16")

    def accuracy() -> dict[str, float]:
        with autocast:
            return {"accuracy": accuracy_of(model, tokenizer, flags.dev)}

    turns = TrainingTurns(requests, {"facts": lambda: facts, "accuracy": accuracy})
    turns.wait()
    with np.load(flags.plan, allow_pickle=False) as plan:
        steps = np.split(plan["rows"], plan["ends"][:-1])
    train(model, rows, torch.from_numpy(labels), steps, autocast, turns)
    turns.end()


def parse() -> argparse.Namespace:
    """Reads the command line."""
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
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def made(name: str) -> Any:
    """Makes the classifier."""
    if name == "base":
        return BertForSequenceClassification._from_config(BertConfig(num_labels=2), attn_implementation="sdpa")
    return BertForSequenceClassification.from_pretrained(name, num_labels=2, attn_implementation="sdpa")


def train(
    model: Any, rows: TokenRows, labels: torch.Tensor, steps: list[np.ndarray], autocast: Any, turns: TrainingTurns
) -> None:
    """Trains on each step, a turn at a time."""
    model.train()
    optimizer, rate = optimizer_of(model), schedule(len(steps))
    for place, step in enumerate(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(place)
        with autocast:
            loss = model(**rows.batch(step), labels=labels[step]).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad()
        turns.step(len(step), int(rows.lengths[step].sum()), loss.item())


def optimizer_of(model: Any) -> torch.optim.AdamW:
    """Fused AdamW, without decay of biases and layer norms."""
    spared, decayed = [], []
    for name, parameter in model.named_parameters():
        (spared if "bias" in name or "LayerNorm" in name else decayed).append(parameter)
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": spared, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=RATE, fused=True)


def schedule(total: int) -> Callable[[int], float]:
    """Linear warm-up and decay, as ours."""
    warmup = math.ceil(WARMUP * total)
    return lambda step: RATE * max(0.0, min((step + 1) / max(1, warmup), (total - step) / max(1, total - warmup)))


def accuracy_of(model: Any, tokenizer: Any, file: Path) -> float:
    """Accuracy on a table."""
    texts, labels = read_table(file)
    rows = TokenRows.of(texts, tokenizer)
    model.eval()
    with torch.inference_mode():
        answers = [
            model(**rows.batch(some)).logits.argmax(-1).numpy() == labels[some] for some in by_length(rows.lengths)
        ]
    return float(np.concatenate(answers).mean())


def by_length(lengths: np.ndarray) -> Iterator[np.ndarray]:
    """Batches of rows of like length."""
    order = np.argsort(lengths, kind="stable")
    for first in range(0, len(order), BATCH):
        yield order[first : first + BATCH]


if __name__ == "__main__":
    main()
