"""BERT in Keras: the backbone and the tasks on it, as KerasHub models."""

from bert_keras.models.backbone import BertBackbone
from bert_keras.models.text_classifier import Classification, TextClassifier
from bert_keras.models.text_classifier_preprocessor import TextClassifierPreprocessor

__all__ = ["BertBackbone", "Classification", "TextClassifier", "TextClassifierPreprocessor"]
