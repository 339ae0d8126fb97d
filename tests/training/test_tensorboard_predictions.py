import html
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.plugins.pr_curve import metadata as pr_curve_metadata
from tensorboard.util.tensor_util import make_ndarray

from bert_keras import evaluation
from bert_keras.event_files.writer import EventWriter
from bert_keras.reporting import RowText
from bert_keras.training.tensorboard_hparams import write_hparams
from bert_keras.training.tensorboard_predictions import TensorBoardPredictions
from bert_keras.training.tensorboard_scalars import TensorBoardScalars

with warnings.catch_warnings():
    warnings.filterwarnings(
        "ignore", "html5lib's sanitizer is deprecated", DeprecationWarning
    )  # of a copy inside TensorBoard
    from tensorboard.plugins.text.text_plugin import text_array_to_html

NASTY = (
    "<img src=x onerror=alert(1)>",
    "# a heading",
    "    code by indent",
    "[link](http://example.com) <http://example.com>",
    "*a* _b_ `c` | &amp; \\* 1. x",
    "two\n\nparagraphs",
    "```fence",
    "שלום 東京 😀",
)
TARGETS = {
    "single_label": np.array([0, 1, 0, 1]),
    "multi_label": np.array([[1, 0], [1, 1], [0, 0], [0, 1]], np.float32),
    "regression": np.array([1.0, 2.0, 3.0, 4.0]),
}
OUTPUTS = {
    "single_label": np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]], np.float32),
    "multi_label": np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]], np.float32),
    "regression": np.array([1.0, 2.5, 3.0, 3.5], np.float32),
}


def events(folder: Path) -> EventAccumulator:
    read = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    read.Reload()
    return read


def written(task: str, folder: Path, labels: Sequence[str] = ("no", "<b>yes</b>")) -> EventAccumulator:
    """What two epochs write."""
    texts = [RowText(text, None, "") for text in ("good", NASTY[0], "bad", "film")]
    predictions = TensorBoardPredictions(
        folder, task, labels, TARGETS[task], lambda: OUTPUTS[task], lambda rows: [texts[row] for row in rows]
    )
    for step in (5, 10):
        predictions.set_model(SimpleNamespace(optimizer=SimpleNamespace(iterations=step)))
        predictions.on_epoch_end(0, {})
    return events(folder / "dev")


def plugin_of(read: EventAccumulator, tag: str) -> str:
    return read.SummaryMetadata(tag).plugin_data.plugin_name


@pytest.mark.parametrize(
    ("task", "tags"),
    [
        ("single_label", {"confusion": "images", "calibration": "images"}),
        ("multi_label", {"calibration": "images"}),
        ("regression", {"predicted_against_true": "images"}),
    ],
)
def test_each_task_has_its_pictures_curves_and_texts_at_the_ends_of_epochs(
    task: str, tags: dict[str, str], tmp_path: Path
) -> None:
    read = written(task, tmp_path)
    expected = tags | {"examples": "text", "hardest_examples": "text"}
    if task != "regression":
        expected |= {"precision_recall/no": "pr_curves", "precision_recall/<b>yes</b>": "pr_curves"}
    assert {tag: plugin_of(read, tag) for tag in read.Tags()["tensors"]} == expected
    for tag in expected:
        assert [event.step for event in read.Tensors(tag)] == [5, 10]
        assert read.SummaryMetadata(tag).data_class != 0  # without one TensorBoard does not list it


def test_a_picture_is_a_png_with_its_size_before_it(tmp_path: Path) -> None:
    width, height, png = make_ndarray(written("single_label", tmp_path).Tensors("confusion")[0].tensor_proto)
    assert png.startswith(b"\x89PNG")
    assert [int(width), int(height)] == [int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")]


def test_a_curve_counts_rows_at_each_threshold(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path)
    true, probabilities = np.array([True, True, False, False]), np.array([0.9, 0.4, 0.6, 0.0])
    writer.precision_recall(1, "curve", true, probabilities)
    read = events(tmp_path)
    hits, false, negatives, missed, precision, recall = make_ndarray(read.Tensors("curve")[0].tensor_proto)
    assert (
        pr_curve_metadata.parse_plugin_metadata(read.SummaryMetadata("curve").plugin_data.content).num_thresholds == 101
    )
    at = 50  # the threshold 0.5: 0.9 and 0.6 are taken
    assert [hits[at], false[at], negatives[at], missed[at], precision[at], recall[at]] == [1, 1, 1, 1, 0.5, 0.5]
    assert [hits[0], false[0], recall[0]] == [2, 2, 1]
    assert [hits[100], precision[100], recall[100]] == [0, 0, 0]


def cells(array: np.ndarray) -> list[str]:
    """The texts that TensorBoard shows of a table, after its Markdown; only tables and paragraphs may be in it."""
    shown = text_array_to_html(array, enable_markdown=True)
    assert set(re.findall(r"<(\w+)", shown)) <= {"table", "tbody", "tr", "td", "p"}
    return [
        html.unescape(re.sub(r"</?p>", "", cell)).strip() for cell in re.findall(r"<td>(.*?)</td>", shown, re.DOTALL)
    ]


@pytest.mark.parametrize("text", NASTY)
def test_texts_are_shown_as_they_are_whatever_markdown_they_hold(text: str, tmp_path: Path) -> None:
    writer = EventWriter(tmp_path)
    writer.table(1, "texts", [["text", "label"], [text, "x"]])
    assert cells(make_ndarray(events(tmp_path).Tensors("texts")[0].tensor_proto)) == [
        "text",
        "label",
        " ".join(text.split()),
        "x",
    ]


def test_the_hardest_texts_come_first_with_truth_and_prediction(tmp_path: Path) -> None:
    shown = cells(make_ndarray(written("single_label", tmp_path).Tensors("hardest_examples")[1].tensor_proto))
    assert shown[:4] == ["text", "true", "predicted", "loss"]
    assert shown[4:8] == ["bad", "no 0.300", "<b>yes</b> 0.700", f"{-np.log(0.3):.4f}"]
    assert shown[-4] == "good"


def test_examples_are_the_same_rows_in_their_order(tmp_path: Path) -> None:
    shown = cells(make_ndarray(written("multi_label", tmp_path).Tensors("examples")[0].tensor_proto))
    assert shown[4::4] == ["good", NASTY[0], "bad", "film"]
    assert shown[5::4] == ["no 0.900", "no 0.200, <b>yes</b> 0.800", "none", "<b>yes</b> 0.600"]


def test_of_many_labels_the_most_frequent_have_curves(tmp_path: Path) -> None:
    targets = np.repeat(np.arange(40), np.arange(40))
    outputs = np.eye(40, dtype=np.float32)[targets]
    predictions = TensorBoardPredictions(
        tmp_path,
        "single_label",
        list(map(str, range(40))),
        targets,
        lambda: outputs,
        lambda rows: [RowText("x", None, "")] * len(rows),
    )
    predictions.set_model(SimpleNamespace(optimizer=SimpleNamespace(iterations=1)))
    predictions.on_epoch_end(0)
    tags = [tag for tag in events(tmp_path / "dev").Tags()["tensors"] if tag.startswith("precision_recall/")]
    assert sorted(tags) == sorted(f"precision_recall/{label}" for label in range(20, 40))


def test_hparams_hold_the_recipe_beside_the_final_scores(tmp_path: Path) -> None:
    recipe: dict[str, Any] = {
        "learning_rate": 5e-5,
        "epochs": 3,
        "overwrite": True,
        "class_weights": {"a": 1.0},
        "patience": None,
    }
    scores = {"dev": evaluation.scores("regression", TARGETS["regression"], OUTPUTS["regression"], [])}
    EventWriter(tmp_path).scalars(30, {"beside": 1.0})
    for _ in range(2):  # written again, it is replaced, and what lies beside it stays
        write_hparams(tmp_path, recipe, scores, "regression", 30, "reviews")
    read = events(tmp_path)
    content = read.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    session = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
    assert session.group_name.startswith("reviews ")
    assert len(read.Tensors("beside")) == 1
    assert session.hparams["learning_rate"].number_value == 5e-5
    assert session.hparams["overwrite"].bool_value
    assert session.hparams["class_weights"].string_value == "{'a': 1.0}"
    for name in evaluation.METRICS["regression"]:
        (event,) = read.Tensors(f"final/dev_{name}")
        assert event.step == 30
        assert make_ndarray(event.tensor_proto) == pytest.approx(scores["dev"][name])


def test_runs_of_one_name_and_other_values_are_rows_of_their_own(tmp_path: Path) -> None:
    names = []
    for place, rate in (("a", 0.1), ("b", 0.1), ("c", 0.2)):
        write_hparams(tmp_path / place, {"learning_rate": rate}, {}, "regression", 30, "reviews")
        content = events(tmp_path / place).SummaryMetadata("_hparams_/session_start_info").plugin_data.content
        names.append(plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.group_name)
    assert names[0] == names[1] != names[2]


def test_predictions_and_curves_of_one_split_are_in_one_file(tmp_path: Path) -> None:
    events_of_dev = EventWriter(tmp_path / "dev")
    scalars = TensorBoardScalars(tmp_path, dev=events_of_dev)
    predictions = TensorBoardPredictions(
        events_of_dev, "regression", [], TARGETS["regression"], lambda: OUTPUTS["regression"], texts_of
    )
    for callback in (scalars, predictions):
        callback.set_model(SimpleNamespace(optimizer=SimpleNamespace(iterations=5)))
        callback.on_epoch_end(0, {"val_loss": 0.5})
    (_,) = (tmp_path / "dev").iterdir()
    assert {"loss", "examples"} <= set(events(tmp_path / "dev").Tags()["tensors"])


def texts_of(rows: Sequence[int]) -> list[RowText]:
    return [RowText("x", None, "") for _ in rows]
