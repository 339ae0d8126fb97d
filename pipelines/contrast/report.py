"""The results of a text encoder's training: tables on the screen, and all files of the run folder except the model."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bert_keras import data, evaluation, reporting, training
from bert_keras.files import where
from bert_keras.models import TextEncoder
from bert_keras.reporting import Curve
from bert_keras.runtime.going_on import going_on

from ..console.consoles import console
from ..console.tables import figures_table
from ..training.results import TrainingResults, serve_command
from .data import ContrastData, shown_group

_BEFORE = "the model before this training"
_EXAMPLES = 20


def _findings(groups: data.TextGroups, found: training.GroupResults) -> reporting.VectorFindings:
    similar = training.group_similarities(groups, found.vectors)
    return reporting.VectorFindings(similar.together, similar.apart, found.values)


class ContrastResults(TrainingResults):
    """The vectors and metrics of a text encoder's training; see `TrainingResults`."""

    data: ContrastData
    outputs: dict[str, training.GroupResults]

    def callback(self) -> keras.callbacks.Callback:
        """Returns a callback that logs nothing, for vectors are no predictions."""
        return keras.callbacks.Callback()

    def evaluate(self, model: TextEncoder) -> None:
        """Computes the metrics of the model to export, beside those of the model before the training."""
        for split, before in self.data.before.items():
            found = self.outputs[split] = self.data.results(model, split)
            self.scores[split] = found.scores
            names = evaluation.METRICS[self.data.columns.kind]
            baseline = evaluation.Baseline(_BEFORE, {name: before.scores[name] for name in names})
            self.compared(split, baseline, found.intervals, "before")

    def show_scores(self) -> None:
        """Prints the metrics of each split, and those of the beginnings of vectors."""
        names = evaluation.METRICS[self.data.columns.kind]
        for split, of in self.scores.items():
            table = figures_table(split, "before", "after", "95 % interval")
            for name in names:
                low, high = self.interval[split].get(name, [0.0, 0.0])
                before, after = self.baseline[split][name], of[name]
                table.add_row(reporting.title(name), *map(reporting.score, (before, after)), f"{low:.4f} to {high:.4f}")
            console.print(table)
            if of[names[0]] < self.baseline[split][names[0]]:
                console.print(
                    f"warning: {split}: {reporting.title(names[0])} is lower than before the training", style="yellow"
                )
        by_size = self.scores["dev"].get("by_dimension", [])
        if by_size:
            table = figures_table("dev, first numbers", *map(reporting.title, names))
            for row in by_size:
                table.add_row(f"{row['dimension']:,}", *(reporting.score(row[name]) for name in names))
            console.print(table)

    def commands(self, version: Path) -> Sequence[str]:
        """Returns commands to suggest to the user as next steps, given the folder of the exported version."""
        model = shlex.quote(str(self.folder.path))
        return f"bert-keras embed --model {model} --input FILE --query TEXT", serve_command(version)

    def _described(self) -> dict[str, Any]:
        model = self.data.model
        return {"task": self.data.columns.kind, "dimension": model.dimension, "pooling": list(model.pooling)}

    def _predictions(self) -> Iterator[Mapping[str, Any]]:
        for split, found in self.outputs.items():
            groups = self.data.groups[split]
            what = "cosine" if groups.kind == "scored_pairs" else "rank"
            for row, value in enumerate(found.values.tolist()):
                file, line = groups.places[row]
                told = {"text": shown_group(groups, row)[0]}
                if groups.kind == "labelled_texts":
                    told["label"] = groups.labels[int(groups.numbers[row])]
                else:
                    told["pair"] = shown_group(groups, row)[1]
                gold = {"gold": float(groups.numbers[row])} if groups.kind == "scored_pairs" else {}
                shown = None if what == "rank" and not value else value  # nothing of its label could be found
                yield {"split": split, "file": file, "line": line, **told, **gold, what: shown}

    def _record(
        self, report: dict[str, Any], curves: Mapping[str, Mapping[str, Curve]], served: str
    ) -> reporting.VectorRunRecord:
        dev = self.data.dev
        return reporting.VectorRunRecord(
            str(self.data.config.name),
            report,
            curves["train"],
            curves["dev"],
            {split: self.data.groups[split].tokens.lengths for split in ("train", "dev")},
            _findings(dev, self.data.before["dev"]),
            _findings(dev, self.outputs["dev"]),
            dev.numbers if dev.kind == "scored_pairs" else np.zeros(0),
            self._hardest(),
            str(self.folder.path),
            served,
        )

    def _hardest(self) -> list[reporting.HardGroup]:
        dev, before, after = self.data.dev, self.data.before["dev"], self.outputs["dev"]
        rows = training.hardest_groups(dev, after, _EXAMPLES)
        scored = dev.kind == "scored_pairs"
        instead = [None] * len(rows) if scored else training.found_instead(dev, after.vectors, rows)
        return [
            reporting.HardGroup(
                [dev.texts[place] for place in dict.fromkeys(dev.members[row, :2].tolist())],
                shown_group(dev, row)[-1] if scored or dev.kind == "labelled_texts" else "",
                float(before.values[row]),
                float(after.values[row]),
                None if found is None else dev.texts[found],
                where(*dev.places[row]),
            )
            for row, found in zip(rows.tolist(), instead, strict=True)
        ]

    def _write_pages(self, report: dict[str, Any], curves: Mapping[str, Mapping[str, Curve]], served: str) -> None:
        record = self._record(report, curves, served)
        with going_on("the page report.html"):
            reporting.write_vector_page(record, self.folder.path / "report.html")
        with going_on("the model card README.md"):
            self.folder.write("README.md", reporting.vector_model_card(record))
