from bert_keras.reporting import headlines
from bert_keras.reporting.names import percent

REPORT = {
    "baseline": {"dev": {"prediction": "predicting the mean, 5", "mae": 2.0, "pearson": 0.0}},
    "interval": {"dev": {"mae": [1.5, 1.9], "pearson": [0.2, 0.6]}},
}
SCORES = {"mae": 1.7, "pearson": 0.4, "spearman": 0.35}


def test_scores_stand_beside_interval_and_baseline_as_far_as_these_are_known() -> None:
    found = headlines(REPORT, "dev", SCORES, ("mae", "pearson", "spearman", "mse"))
    assert found.heads == ["dev", "value", "95 % interval", "constant"]
    assert found.prediction == "predicting the mean, 5"
    assert found.rows() == [
        ["mean absolute error", "1.7000", "1.5000 to 1.9000", "2.0000"],
        ["Pearson correlation", "0.4000", "0.2000 to 0.6000", "0.0000"],
        ["Spearman correlation", "0.3500", "", ""],
    ]


def test_a_lower_error_beats_and_an_interval_that_reaches_the_baseline_does_not() -> None:
    assert headlines(REPORT, "dev", SCORES, ("mae",)).warning() is None
    wide = {**REPORT, "interval": {"dev": {"mae": [1.5, 2.0]}}}
    assert headlines(wide, "dev", SCORES, ("mae",)).warning() == (
        "dev: mean absolute error 1.7000 (1.5000 to 2.0000) does not beat predicting the mean, 5 (2.0000)"
    )


def test_a_higher_score_beats_and_an_interval_that_reaches_the_baseline_does_not() -> None:
    scores = {"f1": 55.0}
    known = {"baseline": {"dev": {"prediction": "no answer", "f1": 52.5}}, "interval": {"dev": {"f1": [52.6, 57.0]}}}
    assert headlines(known, "dev", scores, ("f1",)).warning(percent) is None
    known["interval"]["dev"]["f1"] = [52.5, 57.0]
    assert headlines(known, "dev", scores, ("f1",)).warning(percent) == (
        "dev: F1 55.00 (52.50 to 57.00) does not beat no answer (52.50)"
    )


def test_a_report_of_an_older_version_has_neither() -> None:
    found = headlines({}, "dev", SCORES, ("mae",))
    assert (found.heads, found.rows()) == (
        ["dev", "value", "95 % interval"],
        [["mean absolute error", "1.7000", ""]],
    )
    assert found.warning() is None
