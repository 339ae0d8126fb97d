"""What people look at after a training: the page of a run, its model card, pictures. No Keras in here."""

from bert_keras.reporting.answer_errors_page import write_answer_errors_page
from bert_keras.reporting.answer_model_card import answer_model_card
from bert_keras.reporting.answer_page import write_answer_page
from bert_keras.reporting.answer_pictures import threshold_curves, threshold_figure
from bert_keras.reporting.answer_record import AnsweredQuestion, AnswerRunRecord, Span
from bert_keras.reporting.comparison import Comparison, compare
from bert_keras.reporting.comparison_page import (
    answers_text,
    check_output,
    difference_text,
    interval_text,
    kind_text,
    write_comparison,
)
from bert_keras.reporting.confusion_picture import confusion_figure, draw_confusion
from bert_keras.reporting.curve_pictures import Curve, training_figures
from bert_keras.reporting.drawing import png, svg, write_paper_figure, write_png
from bert_keras.reporting.examples import Answer, Example, examples, hardest_examples
from bert_keras.reporting.finished_run import FinishedRun, read_run
from bert_keras.reporting.length_pictures import by_length_figure, length_figure
from bert_keras.reporting.model_card import model_card
from bert_keras.reporting.names import title
from bert_keras.reporting.probability_pictures import precision_recall_figure, reliability_figure
from bert_keras.reporting.regression_pictures import residual_figure, scatter_figure
from bert_keras.reporting.run_page import write_run_page
from bert_keras.reporting.run_record import Evaluated, RowText, RunRecord

__all__ = [
    "Answer",
    "AnswerRunRecord",
    "AnsweredQuestion",
    "Curve",
    "Evaluated",
    "Example",
    "RowText",
    "RunRecord",
    "Span",
    "answer_model_card",
    "by_length_figure",
    "confusion_figure",
    "draw_confusion",
    "examples",
    "hardest_examples",
    "length_figure",
    "model_card",
    "png",
    "precision_recall_figure",
    "reliability_figure",
    "residual_figure",
    "scatter_figure",
    "svg",
    "threshold_curves",
    "threshold_figure",
    "training_figures",
    "write_answer_errors_page",
    "write_answer_page",
    "write_paper_figure",
    "write_png",
    "write_run_page",
    "Comparison",
    "FinishedRun",
    "answers_text",
    "check_output",
    "compare",
    "difference_text",
    "interval_text",
    "kind_text",
    "read_run",
    "title",
    "write_comparison",
]
