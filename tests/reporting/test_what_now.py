from typing import Any

import numpy as np
import pytest
from run_records import run_record

from bert_keras import evaluation
from bert_keras.reporting import calibration_sentences, what_now

CALIBRATION = {
    "kept": {"rows": 700, "temperature": 0.26, "thresholds": None, "abstain_below": 0.83, "wanted_precision": 0.99},
    "before": {"loss": 1.1, "ece": 0.55},
    "after": {"loss": 0.31, "ece": 0.03},
    "abstaining": {"wanted": 0.99, "share": 0.7, "right": 0.992, "low": 0.979, "high": 0.998, "rows": 490},
    "why_not": "",
}


def plain(**parts: Any) -> dict[str, Any]:
    """A report of which nothing is to be said but of what is given."""
    return {"model": {"task": "single_label", "labels": ["a", "b", "c"]}, "metrics": {}, "data": {}} | parts


def training(loss: list[float], dev: list[float], **more: Any) -> dict[str, Any]:
    return {"training": {"history": {"loss": loss, "val_loss": dev}, **more}}


def test_where_nothing_is_to_be_said_there_is_nothing() -> None:
    assert what_now(plain()) == []
    assert what_now(plain(**training([1.0], [1.0]))) == []
    assert what_now(plain(**training([1.0, 0.5, 0.4], [0.6, 0.5, 0.49]))) == []
    assert what_now(plain(metrics={"confusion": np.eye(3, dtype=int).tolist()})) == []


def test_a_dev_loss_that_rises_while_that_of_train_falls_is_overfitting() -> None:
    (said,) = what_now(plain(**training([1.0, 0.5, 0.1], [0.6, 0.4, 0.5])))
    assert said.startswith("Overfitting: the loss on dev is lowest after epoch 2 of 3 (0.4000) and 0.5000 after the")
    assert what_now(plain(**training([1.0, 0.5, 0.6], [0.6, 0.4, 0.5]))) == []  # both rise: that is something else


def test_losses_that_still_fall_are_underfitting() -> None:
    (said,) = what_now(plain(**training([2.0, 1.5], [1.9, 1.4])))
    assert said.startswith("Underfitting") and "1.9000 to 1.4000" in said


def test_an_epoch_that_is_kept_before_the_last_is_told_with_both_scores() -> None:
    history = {"val_accuracy": [0.8, 0.9, 0.85]}
    kept = {"training": {"history": history, "best_epoch": 1, "stop_metric": "accuracy"}}
    assert what_now(plain(**kept)) == [
        "The weights of epoch 2 of 3 are kept, the best on dev: accuracy 0.9000, after the last 0.8500."
    ]
    kept["training"]["best_epoch"] = 2
    assert what_now(plain(**kept)) == []
    kept["training"] |= {"best_epoch": 1, "history": {"val_accuracy": [0.8, 0.9, 0.9]}}
    assert what_now(plain(**kept))[0].endswith("accuracy 0.9000, the lower loss decided.")


@pytest.mark.parametrize("many", [False, True])
def test_the_pair_of_labels_that_is_confused_most_both_ways_together_is_named(many: bool) -> None:
    matrix = [[5, 3, 4], [3, 9, 0], [0, 0, 9]]
    labels = ["a", "b", "c"]
    mistakes = [
        {"true": labels[true], "predicted": labels[best], "rows": matrix[true][best]}
        for true in range(3)
        for best in range(3)
        if true != best and matrix[true][best]
    ]
    (said,) = what_now(plain(metrics={"most_confused": mistakes} if many else {"confusion": matrix}))
    assert said == "'a' and 'b' are confused most: 6 rows, 3 of 'a' taken for 'b', 3 the other way."
    (tied,) = what_now(plain(metrics={"confusion": [[5, 3, 4], [1, 9, 0], [0, 0, 9]]}))
    assert "among those confused most: 4 rows" in tied
    assert what_now(plain(metrics={"confusion": [[5, 1, 0], [1, 9, 0], [0, 0, 9]]})) == []


def test_a_weak_label_of_few_rows_is_named() -> None:
    classes = {name: {"f1": f1, "rows": 9} for name, f1 in (("a", 0.9), ("b", 0.4), ("c", 0.8))}
    counts = {"a": 100, "b": 9, "c": 90}
    report = plain(metrics={"classes": classes}, data={"train": {"rows_by_label": counts}})
    (said,) = what_now(report)
    assert said.startswith("'b' has 9 rows in train where others have 90, and an F1 of 0.4000 on 9 of dev")
    counts["b"] = 80
    assert what_now(report) == []


def test_signs_of_trouble_in_the_data_are_told() -> None:
    data: dict[str, dict[str, Any]] = {
        "train": {"rows_read": 100, "contradictions": 3, "rows_cut": 20},
        "dev": {"rows_read": 50, "in_train": 2, "near_duplicates_of_train": 1, "rows_cut": 1},
    }
    data["dev"]["unknown_token_share"] = 0.3
    said = what_now(plain(data=data))
    assert [line.split(" ")[0] for line in said] == ["3", "3", "20%", "30%"]
    assert said[2].startswith("20% of the rows of train and 2% of the rows of dev are cut")
    data["dev"] = {"rows_read": 50, "rows_cut": 1}
    data["train"] = {"rows_read": 1000, "contradictions": 3}
    assert what_now(plain(data=data)) == []


def test_calibration_is_told_before_and_after_with_what_it_was_fitted_on() -> None:
    report = plain(calibration=CALIBRATION)
    first, second = calibration_sentences(report)
    assert what_now(report) == [first, second]
    assert first.startswith("A temperature of 0.26, fitted on 700 rows of dev, moves loss from 1.1000 to 0.3100 and")
    assert second.startswith("The surest 70% of dev are 99.2% right (97.9% to 99.8%), those of a probability from 0.83")
    left_out = {"kept": None, "before": {}, "after": {}, "abstaining": None, "why_not": "there are 9 rows"}
    assert what_now(plain(calibration=left_out)) == ["The calibration is left as it is: there are 9 rows."]
    assert calibration_sentences(plain()) == []


def test_a_gain_that_the_curve_does_not_show_is_not_promised() -> None:
    curve = {"metric": "accuracy", "more": 1000, "gain": 0.02, "interval": [0.01, 0.03]}
    assert what_now(plain(learning_curve=curve)) == [
        "1,000 rows more bring about +0.0200 accuracy (+0.0100 to +0.0300)."
    ]
    curve["interval"] = [-0.01, 0.05]
    assert what_now(plain(learning_curve=curve))[0].endswith("the curve does not show that more rows help.")
    mixed = {"metric": "accuracy", "ways": ["by contrast", "by contrast", "fine-tuned"]}
    (told,) = what_now(plain(learning_curve=mixed))
    assert told.endswith("what more rows bring: only all rows were fine-tuned, the parts were learned by contrast.")
    errors = {"metric": "mae", "more": 1000, "gain": -0.02, "interval": [-0.03, -0.01]}
    assert "does not show" not in what_now(plain(learning_curve=errors))[0]


def test_a_model_that_is_no_better_than_a_constant_is_told_first() -> None:
    report = dict(run_record("single_label", ["a", "b"]).report)
    accuracy = report["metrics"]["accuracy"]
    report |= {
        "baseline": {"dev": {"prediction": "always 'a'", "accuracy": accuracy}},
        "interval": {"dev": {"accuracy": [accuracy - 0.1, accuracy + 0.1]}},
        "calibration": CALIBRATION,
    }
    assert what_now(report)[0].startswith("Nothing was learned that can be shown: dev: accuracy")


def test_what_cross_fitting_reports_is_what_is_told() -> None:
    random = np.random.default_rng(0)
    targets = random.integers(3, size=300)
    logits = (random.normal(size=[300, 3]) + 2 * np.eye(3)[targets]).astype(np.float32) / 10
    fitted = evaluation.cross_fit("single_label", targets, logits, 0.9)
    first, second = calibration_sentences(plain(calibration=fitted.report()))
    assert f"to {fitted.after['loss']:.4f}" in first and "300 rows" in first
    assert second.startswith("The surest")
