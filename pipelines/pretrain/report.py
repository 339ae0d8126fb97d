"""The results of a masked language model's training: tables on the screen, and the files of the run folder."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from rich.text import Text

from bert_keras import evaluation, reporting, training
from bert_keras.models import MaskedLM
from bert_keras.reporting import Curve
from bert_keras.runtime.going_on import going_on

from ..console.consoles import console
from ..console.tables import figures_table
from ..training.results import TrainingResults, serve_command
from .data import PretrainData

_BEFORE = "the model before this training"
_METRICS = evaluation.METRICS["masked_lm"]
_WORST, _LEAST_MASKED = 5, 5  # documents that are shown, and the masked tokens that one must have for it
_TOKENS_SHOWN = 24


class PretrainResults(TrainingResults):
    """The perplexities of a masked language model's training; see `TrainingResults`."""

    data: PretrainData
    outputs: dict[str, training.MaskedResults]

    def callback(self) -> keras.callbacks.Callback:
        """Returns a callback that logs nothing beside the curves."""
        return keras.callbacks.Callback()

    def evaluate(self, model: MaskedLM) -> None:
        """Computes the metrics of the model to export, beside those of the model before the training."""
        for split, before in self.data.before.items():
            found = self.outputs[split] = self.data.results(model, split)
            self.scores[split] = found.scores
            self.compared(split, evaluation.Baseline(_BEFORE, before.scores), found.intervals(), "before")

    def show_scores(self) -> None:
        """Prints the metrics of each split before and after, and the documents that are predicted worst."""
        for split, of in self.scores.items():
            table = figures_table(split, "before", "after", "95 % interval")
            for name in _named(of):
                low, high = self.interval[split][name]
                before = self.baseline[split][name]
                table.add_row(
                    reporting.title(name), *map(_number, (before, of[name])), f"{_number(low)} to {_number(high)}"
                )
            console.print(table)
            if of["loss"] >= self.baseline[split]["loss"]:
                console.print(f"warning: {split}: the perplexity is not lower than before the training", style="yellow")
        table = figures_table("dev documents that are predicted worst", "before", "after", "masked")
        for row in self._worst("dev"):
            place = f"{row['file']}, line {row['line']}: {row['begins']}"
            figures = row["perplexity_before"], row["perplexity"]
            table.add_row(Text(place, overflow="ellipsis", no_wrap=True), *map(_number, figures), f"{row['masked']:,}")
        if table.row_count:
            console.print(table)

    def commands(self, version: Path) -> Sequence[str]:
        """Returns commands to suggest to the user as next steps, given the folder of the exported version."""
        model = shlex.quote(str(self.folder.path))
        return (
            f"bert-keras classify --model {model} --train FILE --dev FILE --name NAME",
            f"bert-keras predict --model {model} --input TEXTS",
            serve_command(version),
        )

    def _described(self) -> dict[str, Any]:
        head = "new" if self.data.new else "fresh" if self.data.fresh_head else "of the preset"
        config = self.data.config
        of_masks = {"head": head, "masking": config.masking, "mask_share": config.mask_share}
        return {"task": "masked_lm"} | of_masks | ({"pairs": config.pairs} if config.pair_kind else {})

    def _documents(self, split: str) -> Iterator[dict[str, Any]]:
        """Yields what is found of each document of which a token was masked, in the order of the source."""
        documents, tokenizer = self.data.rows[split].documents, self.data.model.preprocessor.tokenizer
        before, after = self.data.before[split].perplexities(), self.outputs[split].perplexities()
        for place in np.flatnonzero(self.outputs[split].tokens > 0).tolist():
            file, line = documents.places[place]
            begin = int(documents.begins[place])
            shown = documents.token_ids[begin : begin + min(_TOKENS_SHOWN, int(documents.lengths[place]))]
            yield {
                "split": split,
                "file": file,
                "line": line,
                "begins": tokenizer.detokenize([shown.tolist()])[0],
                "tokens": int(documents.lengths[place]),
                "masked": int(self.outputs[split].tokens[place]),
                "perplexity_before": float(before[place]),
                "perplexity": float(after[place]),
            }

    def _worst(self, split: str) -> list[dict[str, Any]]:
        rows = [row for row in self._documents(split) if row["masked"] >= _LEAST_MASKED]
        return sorted(rows, key=lambda row: -row["perplexity"])[:_WORST]

    def _predictions(self) -> Iterator[Mapping[str, Any]]:
        for split in self.outputs:
            yield from self._documents(split)

    def _write_pages(self, report: dict[str, Any], curves: Mapping[str, Mapping[str, Curve]], served: str) -> None:
        record = reporting.MaskedRunRecord(str(self.data.config.name), report, str(self.folder.path), served)
        with going_on("the model card README.md"):
            self.folder.write("README.md", reporting.masked_model_card(record))


def _named(scores: Mapping[str, float]) -> list[str]:
    """Returns the names of the metrics that there are, the main one first."""
    return [name for name in _METRICS if name in scores]


def _number(value: float) -> str:
    """Returns a number with four digits after the point, or a large one with fewer."""
    return reporting.score(value) if value < 10 else f"{value:,.1f}"
