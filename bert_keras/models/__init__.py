"""BERT in Keras: the backbone and the tasks on it, as KerasHub models."""

from bert_keras.models.answers import Answer, Classification, MultiLabel, Regression
from bert_keras.models.any_task import load_task, task_class
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.span_answers import SpanAnswer, SpanCandidate
from bert_keras.models.span_extractor import SpanExtractor
from bert_keras.models.span_extractor_preprocessor import SpanExtractorPreprocessor
from bert_keras.models.task import BertTask
from bert_keras.models.text_classifier import TextClassifier
from bert_keras.models.text_classifier_preprocessor import TextClassifierPreprocessor

__all__ = [
    "Answer",
    "BertBackbone",
    "BertTask",
    "Classification",
    "MultiLabel",
    "Regression",
    "SpanAnswer",
    "SpanCandidate",
    "SpanExtractor",
    "SpanExtractorPreprocessor",
    "TextClassifier",
    "TextClassifierPreprocessor",
    "load_task",
    "task_class",
]
