"""What the pages of all kinds of runs share."""

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from bert_keras.reporting.curve_pictures import Curve, training_figures
from bert_keras.reporting.names import plain, title
from bert_keras.reporting.page import picture


def training_pictures(train: Mapping[str, Curve], dev: Mapping[str, Curve]) -> list[Markup]:
    """Draws how a training went.

    Args:
        train: As `training_figures` takes them.
        dev: As `training_figures` takes them.

    Returns:
        Pictures for a page.
    """
    return [
        picture(figure, f"{title(name)} over the training") for name, figure in training_figures(train, dev).items()
    ]


def report_facts(report: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Makes parts of a report ready to be read.

    Args:
        report: As `report.json` has it.

    Returns:
        Names and values of `training`, `model` and `environment`.
    """
    return {part: dict(_flat(report.get(part, {}))) for part in ("training", "model", "environment")}


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Names and values of a part of the report, those of its parts too; what is a list is told elsewhere."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            if name != "history":
                yield from _flat(value, f"{before}{title(name)}: ")
        elif not isinstance(value, list):
            yield before + title(name), plain(value)
