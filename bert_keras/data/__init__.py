"""Files and TFDS data sets -> rows -> arrays -> batches."""

from bert_keras.data.columns import LABEL_COLUMNS, TEXT_COLUMNS, Columns
from bert_keras.data.encoded import Batch, Encoded
from bert_keras.data.encoding import encode
from bert_keras.data.messages import where
from bert_keras.data.overlap import Overlap, find_overlaps
from bert_keras.data.question_source import QuestionSource
from bert_keras.data.questions import GoldAnswer, LeftOut, Question
from bert_keras.data.source import Row, Source, expanded
from bert_keras.data.text_file import TextFile
from bert_keras.data.windowed import WindowedQuestions, encode_questions

__all__ = [
    "LABEL_COLUMNS",
    "TEXT_COLUMNS",
    "Batch",
    "Columns",
    "Encoded",
    "GoldAnswer",
    "LeftOut",
    "Overlap",
    "Question",
    "QuestionSource",
    "Row",
    "Source",
    "TextFile",
    "WindowedQuestions",
    "encode",
    "encode_questions",
    "expanded",
    "find_overlaps",
    "where",
]
