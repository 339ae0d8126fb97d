"""The rows that a run has predicted, from its `predictions.jsonl`, where that is below the log folder."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bert_keras.tensorboard_plugin import row_points, train_neighbours
from bert_keras.tensorboard_plugin.refusal import Refusal
from bert_keras.tensorboard_plugin.row_points import planes_of
from bert_keras.tensorboard_plugin.train_neighbours import about_neighbours, neighbours_of, row_key

NAME = "predictions.jsonl"
MOST_ROWS = 200_000
_MOST_BYTES = 512 << 20
_LONGEST = 2_000  # code points of a text that are shown
_OF_ENTITIES = ("text", "label", "start", "end")


def predicted_rows(logdir: str, run: str) -> dict[str, Any]:
    """Reads the predictions of the training that a run of TensorBoard belongs to.

    The file is looked for in the folder of the run and in those above it, down from the log folder: nothing outside
    the log folder is read, nor through a link that leads out of it.

    Args:
        logdir: The log folder that TensorBoard was started with; "" if it has several.
        run: The name of the run.

    Returns:
        `rows`, each `[split, text, pair, true, predicted, probability, wrong, key]`; texts of at most 2,000 code
        points, `probability` null where it is not known, `key` as `row_key` returns it; `cut`, whether there are more
        rows than 200,000; `left_out`, the number of lines that could not be read; `neighbours`, as
        `about_neighbours` returns it; and `planes`, as `planes_of` returns them.

    Raises:
        Refusal: There is no such file, or it is too large.
    """
    path = _file_of(logdir, run)
    if path.stat().st_size > _MOST_BYTES:
        raise Refusal(f"{NAME} of run “{run}” is larger than 512 MB, which a page cannot show", 413)
    rows, cut, left_out = _read(path)
    neighbours, points = _beside(path, train_neighbours.NAME), _beside(path, row_points.NAME)
    return {
        "rows": rows,
        "cut": cut,
        "left_out": left_out,
        "neighbours": {} if neighbours is None else about_neighbours(neighbours, path),
        "planes": [] if points is None else planes_of(points, path, [row[-1] for row in rows]),
    }


def _read(path: Path) -> tuple[list[list[Any]], bool, int]:
    """Returns rows, whether there are more, and the number of lines that are none."""
    rows: list[list[Any]] = []
    left_out = 0
    with path.open("rb") as lines:
        for line in lines:
            if len(rows) == MOST_ROWS:
                return rows, True, left_out
            row = _row(line)
            if row is None:
                left_out += bool(line.strip())
            else:
                rows.append(row)
    return rows, False, left_out


def row_neighbours(logdir: str, run: str, key: str) -> dict[str, Any]:
    """Returns `nearest`, the nearest training rows of a row, as `neighbours_of` finds them.

    Args:
        logdir: The log folder that TensorBoard was started with; "" if it has several.
        run: The name of the run.
        key: The key of the row.

    Raises:
        Refusal: There are no neighbours, or not of these predictions.
    """
    predictions = _file_of(logdir, run)
    file = _beside(predictions, train_neighbours.NAME)
    about = {} if file is None else about_neighbours(file, predictions)
    if file is None or "compared" not in about:
        raise Refusal(about.get("problem") or f"run “{run}” has no nearest training rows; visualize writes them")
    return {"nearest": neighbours_of(file, key)}


def _beside(predictions: Path, name: str) -> Path | None:
    """Returns a file of `visualize` in the folder of a run; `None` if there is none, or it is a link out of it."""
    files = [predictions.parent / folder / name for folder in train_neighbours.FOLDERS]
    own = predictions.parent.resolve()
    return next((file for file in files if file.is_file() and file.resolve().is_relative_to(own)), None)


def _file_of(logdir: str, run: str) -> Path:
    top = Path(logdir).resolve() if logdir else None
    for folder in _folders(top, run):
        path = folder / NAME
        if path.is_file() and top is not None and path.resolve().is_relative_to(top):
            return path
    raise Refusal(
        f"run “{run}” has no {NAME} below the log folder; start TensorBoard with the folder of the training "
        "(--logdir runs), which has it beside its logs"
    )


def _folders(top: Path | None, run: str) -> Iterator[Path]:
    """Yields the folder of a run and those above it, up to the log folder."""
    if top is None:
        return
    folder = (top / run).resolve()
    while folder.is_relative_to(top):
        yield folder
        if folder == top:
            return
        folder = folder.parent


def _row(line: bytes) -> list[Any] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    answer = "question" in told
    text = told.get("question" if answer else "text")
    if not isinstance(text, str):
        return None
    pair, split = told.get("pair"), told.get("split")
    pair = pair if isinstance(pair, str) else None
    true, said, wrong = (_answered if answer else _tagged if isinstance(told.get("entities"), list) else _labelled)(
        told
    )
    texts = [text[:_LONGEST], None if pair is None else pair[:_LONGEST]]
    split = split if isinstance(split, str) else ""
    return [split, *texts, true, said, _probability(told), wrong, row_key(text, pair)]


def _answered(told: Mapping[str, Any]) -> tuple[str, str, bool]:
    gold, exact = told.get("gold"), told.get("exact")
    true = next((str(text) for text in gold), "no answer") if isinstance(gold, list) else ""
    return true, str(told.get("answer") or "no answer"), exact is not None and not exact


def _labelled(told: Mapping[str, Any]) -> tuple[str, str, bool]:
    said = told.get("labels", told.get("label", told.get("score")))
    true = told.get("gold")
    known = true is not None
    if "score" in told and "label" not in told and "labels" not in told:
        return _name(true), _name(said), False
    return _name(true), _name(said), known and not same_labels(true, said)


def _tagged(told: Mapping[str, Any]) -> tuple[str, str, bool]:
    known = isinstance(told.get("gold"), list)
    gold, found = (list(map(_entity, of)) for of in (told["gold"] if known else [], told["entities"]))
    names = [", ".join(f"{text} {label}" for text, label, *_ in of) or "no entity" for of in (gold, found)]
    return names[0] if known else "", names[1], known and set(gold) != set(found)


def _entity(told: Any) -> tuple[str, str, str, str]:
    """Returns the text, the label and the place of an entity."""
    text, label, start, end = (str(told.get(name) if isinstance(told, dict) else "") for name in _OF_ENTITIES)
    return text, label, start, end


def same_labels(true: Any, said: Any) -> bool:
    """Returns whether the labels of a line of predictions are the true ones, in whatever order."""
    return set(said) == set(true) if isinstance(said, list) and isinstance(true, list) else bool(said == true)


def _name(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "no label"
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _probability(told: Mapping[str, Any]) -> float | None:
    """Returns the probability of what was predicted; of several labels or entities, that of the most doubtful one."""
    value, shares = told.get("probability"), told.get("probabilities")
    if value is None and isinstance(shares, dict) and "labels" in told:
        numbers = [share for share in shares.values() if isinstance(share, int | float)]
        value = min((max(share, 1 - share) for share in numbers), default=None)
    if value is None and "question" in told:
        value = told.get("score")
    if isinstance(told.get("entities"), list):
        scores = [each.get("score") for each in told["entities"] if isinstance(each, dict)]
        value = min((score for score in scores if isinstance(score, int | float)), default=None)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
