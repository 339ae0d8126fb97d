"""What goes on inside a model: attention, attribution, head statistics, embeddings."""

from bert_keras.insight.document import Document, DocumentWindow
from bert_keras.insight.forward import Forward, InputEmbeddings, forward
from bert_keras.insight.inspection import Inspection, attention
from bert_keras.insight.target import Target, target_of
from bert_keras.insight.tokens import Tokens

__all__ = [
    "Document",
    "DocumentWindow",
    "Forward",
    "InputEmbeddings",
    "Inspection",
    "Target",
    "Tokens",
    "attention",
    "forward",
    "target_of",
]
