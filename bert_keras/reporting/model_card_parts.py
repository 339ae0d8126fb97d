"""The structure that the model cards of classifiers and of readers share."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from bert_keras.reporting.headlines import Form, Headlines
from bert_keras.reporting.markdown import block, code, table
from bert_keras.reporting.names import plain, score, title
from bert_keras.reporting.what_now import told_training

_UNMEASURED = "Nothing was measured about fairness between groups of people, other languages or hostile texts."


@dataclass(frozen=True)
class ModelCard:
    """A model card after Mitchell et al. (2019), with the YAML header that the Hugging Face Hub reads.

    Attributes:
        name: The name of the run.
        report: The content of `report.json`.
        fields: The header's fields beside license, language and library, e.g. `pipeline_tag`.
        intention: The intended use, as Markdown.
        data: The headings of the data table beside split and file, each with its key in the report's `data`.
        scores: The scores, as Markdown.
        limits: The known limits, one sentence each.
        use: The commands that run the model, as Markdown.
    """

    name: str
    report: Mapping[str, Any]
    fields: Mapping[str, Any]
    intention: str
    data: Mapping[str, str]
    scores: str
    limits: Iterable[str]
    use: str

    def markdown(self, license_name: str | None, languages: Sequence[str]) -> str:
        """Returns the card as Markdown behind its YAML header.

        Args:
            license_name: The model's license as the Hub names it; `None` means unknown.
            languages: The languages of its texts as ISO 639 codes; empty means unknown.
        """
        sections = {
            "Data": _data_table(self.report["data"], self.data),
            "Training": _training_table(self.report),
            "Scores": self.scores,
            "Limits": "\n".join(f"- {limit}" for limit in (*self.limits, _UNMEASURED)),
            "Use": self.use,
        }
        titled = [f"## {section}\n\n{text}" for section, text in sections.items()]
        head = [self._header(license_name, languages), f"# {code(self.name)}", self.intention, *self._began()]
        return "\n\n".join([*head, *titled]) + "\n"

    def _began(self) -> Iterator[str]:
        """Yields what was kept of the model that it began from."""
        model = self.report["model"]
        if isinstance(model.get("adapter"), Mapping):
            settings = ", ".join(f"{title(name)} {code(plain(value))}" for name, value in model["adapter"].items())
            yield f"What is kept is an adapter ({settings}); the rest is its base, as that was."
        if model.get("replaced_head"):
            yield f"Of the model that it began from, {code(model['replaced_head'])}."

    def _header(self, license_name: str | None, languages: Sequence[str]) -> str:
        first = {
            "license": license_name or "unknown",
            **({"language": list(languages)} if languages else {}),
            "library_name": "keras",
        }
        return f"---\n{yaml.safe_dump(first | dict(self.fields), sort_keys=False, allow_unicode=True)}---"


def card_result(task: str, split: str, metrics: Mapping[str, float]) -> dict[str, Any]:
    """Returns one entry of the results in a card's `model-index`.

    Args:
        task: The task as the Hub names it.
        split: The split that was evaluated.
        metrics: The metrics by name.

    Returns:
        The entry, with values rounded to 6 decimals.
    """
    return {
        "task": {"type": task},
        "dataset": {"name": split, "type": "unknown", "split": split},
        "metrics": [{"type": name, "value": round(float(value), 6)} for name, value in metrics.items()],
    }


def headlines_fields(name: str, splits: Sequence[Headlines], task: str, *tags: str) -> dict[str, Any]:
    """Returns the header's fields of a model whose main metrics are all that is said of its splits.

    Args:
        name: The name of the run.
        splits: The metrics of each evaluated split.
        task: The task as the Hub names it.
        tags: Tags beside those of every model and the task.
    """
    scores = {of.split: {one.metric: one.value for one in of.of} for of in splits}
    return {
        "pipeline_tag": task,
        "tags": ["bert", "keras", "tensorflow", task, *tags],
        "metrics": list(next(iter(scores.values()))),
        "model-index": [{"name": name, "results": [card_result(task, *of) for of in scores.items()]}],
    }


def headlines_table(found: Headlines, form: Form = score) -> str:
    """Returns metrics beside their intervals and baselines as a Markdown table.

    Args:
        found: The metrics of a split.
        form: A function that returns a metric as text.
    """
    shown = table(found.heads, found.rows(form))
    return f"{shown}\n\n{found.heading.capitalize()}: {code(found.prediction)}." if found.prediction else shown


def counts_text(counts: Mapping[str, int]) -> str:
    """Returns counts by kind as text, e.g. `2 empty text, 1 empty label`, or `-` if there are none."""
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "-"


def _data_table(data: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """Returns one row per split; a mapping in the report is shown as counts by kind, a missing value as `-`."""
    rows = [
        [name, code(str(split.get("file", "-"))), *(_data_cell(split.get(key)) for key in columns.values())]
        for name, split in data.items()
        if isinstance(split, Mapping)
    ]
    return table(["split", "file", *columns], rows)


def _data_cell(value: Mapping[str, int] | int | None) -> str:
    if value is None:
        return "-"
    return counts_text(value) if isinstance(value, Mapping) else f"{value:,}"


def _training_table(report: Mapping[str, Any]) -> str:
    """Returns the recipe, the speed, the size of the model and the environment of a training as a table."""
    training, environment = told_training(report["training"]), report["environment"]
    shown = ("epochs", "steps", "seconds", "examples_per_second", "kept_epoch")
    facts = [(name, training[name]) for name in shown if name in training]
    rows = [[title(name), code(plain(value))] for name, value in (*training.get("recipe", {}).items(), *facts)]
    rows.append(["trainable parameters", code(f"{report['model'].get('trainable_parameters', 0):,}")])
    rows += [
        [title(name), code(plain(value))]
        for name, value in environment.items()
        if not isinstance(value, Mapping | list)
    ]
    versions = environment.get("versions", {})
    rows += [[title(name), code(str(version))] for name, version in versions.items()]
    return table(["setting", "value"], rows)


def use_blocks(name: str, python: str, command: str, served_path: str | None) -> str:
    """Returns the code blocks that show how to run a model.

    Args:
        name: The name of the run, which is the model's name in TensorFlow Serving.
        python: The Python example.
        command: The shell command.
        served_path: The exported model's folder as commands name it; `None` without an export.

    Returns:
        Fenced code blocks, as Markdown.
    """
    parts = [block(python, "python"), block(command, "sh")]
    if served_path is not None:
        base = f'"$PWD/"{shlex.quote(served_path)}'
        serve = (
            f"tensorflow_model_server --rest_api_port=8501 --model_name={shlex.quote(name)} --model_base_path={base}"
        )
        parts += ["As a SavedModel, which takes strings:", block(serve, "sh")]
    return "\n\n".join(parts)
