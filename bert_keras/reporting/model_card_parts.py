"""What the model cards of all kinds of runs share."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from bert_keras.reporting.markdown import block, code, table
from bert_keras.reporting.names import plain, title


def card_text(header: str, name: str, intention: str, sections: Mapping[str, str]) -> str:
    """Puts a card together.

    Args:
        header: What `card_header` wrote.
        name: Of the run.
        intention: What it is for.
        sections: Markdown by title.

    Returns:
        The card.
    """
    titled = [f"## {section}\n\n{text}" for section, text in sections.items()]
    return "\n\n".join([header, f"# {code(name)}", intention, *titled]) + "\n"


def bullets(items: Iterable[str]) -> str:
    """Makes a list."""
    return "\n".join(f"- {item}" for item in items)


def card_header(license_name: str | None, languages: Sequence[str], fields: Mapping[str, Any]) -> str:
    """Writes what Hugging Face reads of a card.

    Args:
        license_name: Of the model, as Hugging Face names it; None is unknown.
        languages: Of its texts, as ISO 639 names them; none are unknown.
        fields: What else there is.

    Returns:
        A YAML header.
    """
    first = {
        "license": license_name or "unknown",
        **({"language": list(languages)} if languages else {}),
        "library_name": "keras",
    }
    return f"---\n{yaml.safe_dump(first | dict(fields), sort_keys=False, allow_unicode=True)}---"


def card_result(task: str, split: str, metrics: Mapping[str, float]) -> dict[str, Any]:
    """Makes an entry of a card's results.

    Args:
        task: As Hugging Face names it.
        split: What was measured.
        metrics: Values by name.

    Returns:
        The entry.
    """
    return {
        "task": {"type": task},
        "dataset": {"name": split, "type": "unknown", "split": split},
        "metrics": [{"type": name, "value": round(float(value), 6)} for name, value in metrics.items()],
    }


def counts_text(counts: Mapping[str, int]) -> str:
    """Writes how many there are of each kind."""
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) or "-"


def training_table(report: Mapping[str, Any]) -> str:
    """Says how a model was trained.

    Args:
        report: As `report.json` has it.

    Returns:
        A table of settings and facts.
    """
    training, environment = report["training"], report["environment"]
    rows = [[title(name), code(plain(value))] for name, value in training.get("recipe", {}).items()]
    facts = {
        name: training[name]
        for name in ("epochs", "steps", "seconds", "examples_per_second", "best_epoch")
        if name in training
    }
    rows += [[title(name), code(plain(value))] for name, value in facts.items()]
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
    """Says how a model is used.

    Args:
        name: Of the run.
        python: Code.
        command: For the shell.
        served_path: Folder of the exported model, as commands name it; None where there is none.

    Returns:
        Blocks of code.
    """
    parts = [block(python, "python"), block(command, "sh")]
    if served_path is not None:
        base = f'"$PWD/"{shlex.quote(served_path)}'
        serve = (
            f"tensorflow_model_server --rest_api_port=8501 --model_name={shlex.quote(name)} --model_base_path={base}"
        )
        parts += ["As a SavedModel, which takes strings:", block(serve, "sh")]
    return "\n\n".join(parts)
