"""Fine-tuning for question answering in PyTorch, as fast as `transformers` and `tokenizers` allow.

By default it trains to the end, and prints its scores on dev as a JSON line. With `--turns yes` it is a worker, which
runs the requested steps.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.prediction import batches_by_length
from peers.protocol import Requests, TrainingTurns
from peers.pytorch_qa_prediction import logits_of
from peers.pytorch_training import Turns, planned, train
from peers.qa_answers import decode, measures
from peers.qa_windows import Question, qa_tokenizer, read_squad, windows_of
from transformers import AutoTokenizer, BertForQuestionAnswering

_SORTED_TOGETHER, _FEWEST_SORTINGS = 50, 4  # as in this project's plan of steps
_ASKED_AT_ONCE = 32  # windows per batch of the evaluation
_SHOWN = 50  # steps between two lines on standard error


class Progress:
    """The progress of a whole training, on standard error."""

    def __init__(self) -> None:
        self._done, self._rows, self._losses, self._begun = 0, 0, [0.0] * 0, time.perf_counter()

    def step(self, rows: int, tokens: int, loss: float) -> None:
        """Counts a step, and prints speed and mean loss every 50 steps."""
        self._done, self._rows = self._done + 1, self._rows + rows
        self._losses.append(loss)
        if self._done % _SHOWN == 0:
            speed, loss = self._rows / (time.perf_counter() - self._begun), float(np.mean(self._losses))
            print(f"step {self._done}: loss {loss:.4f}, {speed:.1f} windows/s so far", file=sys.stderr, flush=True)
            self._losses.clear()


def main() -> None:
    """Prepares the data and the model, and trains."""
    flags = parse()
    requests = Requests() if flags.turns == "yes" else None
    torch.manual_seed(flags.seed)
    model = BertForQuestionAnswering.from_pretrained(flags.model, attn_implementation=flags.attention)
    tokenizer = qa_tokenizer(flags.model)
    begun = time.perf_counter()
    questions = read_squad(flags.train)[: flags.limit]
    windows = windows_of(questions, tokenizer)
    targets = torch.from_numpy(windows.targets(questions))
    facts = {
        "rows": len(windows.firsts),
        "tokens": int(windows.rows.lengths.sum()),
        "encoding": time.perf_counter() - begun,
    }
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=flags.precision == "bfloat16")

    def loss_of(step: np.ndarray) -> torch.Tensor:
        with autocast:
            answer = model(**windows.batch(step))
        return cross_entropy(answer, targets[step])

    def run(turns: Turns) -> float:
        steps = planned(flags.plan) if flags.plan else plan(windows.rows.lengths, flags.batch, flags.seed, flags.epochs)
        begun = time.perf_counter()
        train(model, loss_of, windows.rows.lengths, steps, flags.rate, turns)
        return time.perf_counter() - begun

    def scores() -> dict[str, Any]:
        return scores_of(model, autocast, read_squad(flags.dev)[: flags.limit], tokenizer)

    def save(to: str) -> dict[str, str]:
        model.save_pretrained(to)
        AutoTokenizer.from_pretrained(flags.model).save_pretrained(to)
        return {"folder": to}

    if requests:
        turns = TrainingTurns(requests, {"facts": lambda: facts, "scores": scores, "save": save})
        turns.wait()
        run(turns)
        turns.end()
    report(flags, facts, run(Progress()), scores())
    if flags.save:
        save(str(flags.save))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, type=Path, help="a Hugging Face folder with a tokenizer")
    parser.add_argument("--train", required=True, type=Path, help="a SQuAD file")
    parser.add_argument("--dev", required=True, type=Path, help="a SQuAD file")
    parser.add_argument(
        "--plan", type=Path, help="rows of each step; need not be there before the first turn; without it its own"
    )
    parser.add_argument("--precision", default="bfloat16", choices=("float32", "bfloat16"))
    parser.add_argument("--attention", default="sdpa", choices=("sdpa", "eager"))
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--batch", type=int, default=16, help="windows of a step")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="first questions of both files; without it all")
    parser.add_argument("--turns", default="no", choices=("no", "yes"), help="yes: a worker")
    parser.add_argument("--output", type=Path, help="for the JSON line, which is printed as well")
    parser.add_argument("--save", type=Path, help="folder for what was trained")
    return parser.parse_args()


def plan(lengths: np.ndarray, batch: int, seed: int, epochs: int) -> list[np.ndarray]:
    """Returns the windows of each step of all epochs: shuffled, similar lengths in one step, and the steps shuffled."""
    steps: list[np.ndarray] = []
    for epoch in range(epochs):
        random = np.random.default_rng([seed, epoch])
        order, whole = random.permutation(len(lengths)), len(lengths) // batch
        size = batch * max(1, min(_SORTED_TOGETHER, whole // _FEWEST_SORTINGS))
        for first in range(0, whole * batch, size):
            rows = order[first : min(first + size, whole * batch)]
            rows[:] = rows[np.argsort(lengths[rows], kind="stable")]
        steps += [order[batch * place :][:batch] for place in random.permutation(whole)]
        steps += [order[batch * whole :]] if batch * whole < len(order) else []
    return steps


def cross_entropy(answer: Any, targets: torch.Tensor) -> torch.Tensor:
    """Returns the mean cross entropy of starts and ends, computed in float32."""
    pairs = zip((answer.start_logits, answer.end_logits), targets.T, strict=True)
    return torch.stack([torch.nn.functional.cross_entropy(logits.float(), target) for logits, target in pairs]).mean()


def scores_of(model: Any, autocast: Any, questions: list[Question], tokenizer: Any) -> dict[str, Any]:
    """Returns the scores on some questions by name."""
    windows = windows_of(questions, tokenizer)
    model.eval()
    with torch.inference_mode(), autocast:
        return measures(
            questions,
            decode(windows, logits_of(model, windows, batches_by_length(windows.rows.lengths, _ASKED_AT_ONCE))),
        )


def report(flags: argparse.Namespace, facts: dict[str, Any], seconds: float, scores: dict[str, Any]) -> None:
    """Prints the JSON line of a whole training, and writes it to `--output`."""
    settings = {
        name: getattr(flags, name) for name in ("seed", "precision", "attention", "epochs", "rate", "batch", "limit")
    }
    windows = facts["rows"]
    speed = {
        "seconds": seconds,
        "seconds_per_epoch": seconds / flags.epochs,
        "windows_per_second": windows * flags.epochs / seconds,
    }
    line = json.dumps(
        settings | {"windows": windows, "tokens": facts["tokens"], "encoding": facts["encoding"]} | speed | scores
    )
    print(line, flush=True)
    if flags.output:
        flags.output.write_text(line + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
