"""Worker of PyTorch for masked language modelling, as transformers' example does it, on the given rows and steps."""

import argparse
from pathlib import Path

import numpy as np
import torch
from peers.protocol import Requests, TrainingTurns
from peers.pytorch_training import planned, train
from transformers import BertForMaskedLM, BertTokenizerFast, DataCollatorForLanguageModeling

_IGNORED = -100


def main() -> None:
    """Reads rows and steps, and trains; masks are drawn anew for each step."""
    flags = parse()
    requests = Requests()
    torch.manual_seed(0)
    start, rows = flags.folder / "start", np.load(flags.folder / "train.npz", allow_pickle=False)
    model = BertForMaskedLM.from_pretrained(start, attn_implementation="sdpa")
    tokenizer = BertTokenizerFast.from_pretrained(start)
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15)
    each = np.split(rows["token_ids"].astype(np.int64), np.cumsum(rows["lengths"])[:-1])
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=flags.precision == "bfloat16")

    def loss_of(step: np.ndarray) -> torch.Tensor:
        with autocast:
            return model(**collator([{"input_ids": each[row]} for row in step])).loss

    def loss() -> dict[str, float]:
        return {"loss": dev_loss(model, flags.folder / "dev.npz")}

    turns = TrainingTurns(requests, {"loss": loss})
    turns.wait()
    train(model, loss_of, rows["lengths"], planned(flags.folder / "plan.npz"), flags.rate, turns)
    turns.end()


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", required=True, type=Path, help="with what this project's worker wrote")
    parser.add_argument("--rate", required=True, type=float, help="the peak learning rate")
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    return parser.parse_args()


def dev_loss(model: BertForMaskedLM, file: Path) -> float:
    """Returns the mean loss of the masked tokens of held-out texts, each text as a row of its own."""
    found = np.load(file, allow_pickle=False)
    total, masked = 0.0, 0
    model.eval()
    with torch.inference_mode():
        for ids, positions, padding, targets in zip(
            *(found[name] for name in ("token_ids", "positions", "padding_mask", "targets")), strict=True
        ):
            length = int(padding.sum())
            starts = [*np.flatnonzero(positions[:length] == 0), length]
            for first, end in zip(starts, starts[1:], strict=False):
                labels = torch.from_numpy(targets[first:end].astype(np.int64))
                logits = model(torch.from_numpy(ids[first:end].astype(np.int64))[None]).logits[0]
                chosen = labels >= 0
                total += float(torch.nn.functional.cross_entropy(logits[chosen], labels[chosen], reduction="sum"))
                masked += int(chosen.sum())
    model.train()
    return total / masked


if __name__ == "__main__":
    main()
