"""Numbers about predictions: scores, calibration, curves, and whether a difference is more than chance. No Keras in here."""

from bert_keras.evaluation.bootstrap import Interval, bootstrap, bootstrap_difference, bootstrap_rows
from bert_keras.evaluation.by_length import LengthBucket, scores_by_length
from bert_keras.evaluation.calibration import Reliability, reliability
from bert_keras.evaluation.mcnemar import McNemar, mcnemar
from bert_keras.evaluation.precision_recall import PrecisionRecall, label_table, precision_recall, precision_recall_by_label
from bert_keras.evaluation.resampled import difference_intervals, intervals, rows_right
from bert_keras.evaluation.row_losses import hardest_rows, row_losses
from bert_keras.evaluation.scores import METRICS, THRESHOLD, multi_label_scores, regression_scores, scores, single_label_scores

__all__ = [
    "METRICS",
    "THRESHOLD",
    "Interval",
    "LengthBucket",
    "McNemar",
    "PrecisionRecall",
    "Reliability",
    "bootstrap",
    "bootstrap_difference",
    "bootstrap_rows",
    "difference_intervals",
    "hardest_rows",
    "intervals",
    "label_table",
    "mcnemar",
    "multi_label_scores",
    "precision_recall",
    "precision_recall_by_label",
    "regression_scores",
    "reliability",
    "row_losses",
    "rows_right",
    "scores",
    "scores_by_length",
    "single_label_scores",
]
