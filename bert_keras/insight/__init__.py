"""What goes on inside a model: attention, attribution, head statistics, embeddings."""

from bert_keras.insight.attention_callback import AttentionProbes, Probe
from bert_keras.insight.attention_figures import grid_figure, heads_figure
from bert_keras.insight.attention_log import AttentionLog
from bert_keras.insight.attribution import METHODS, Attribution, attributions
from bert_keras.insight.document import Document, DocumentWindow
from bert_keras.insight.embedding_figures import layers_figure
from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.forward import Forward, InputEmbeddings, forward
from bert_keras.insight.gradient_attention import gradient_attention
from bert_keras.insight.head_importance import head_importance, head_importance_of
from bert_keras.insight.head_statistics import HeadStatistics, head_statistics
from bert_keras.insight.inspection import Inspection, attention
from bert_keras.insight.integrated_gradients import IntegratedGradients, integrated_gradients
from bert_keras.insight.layer_figures import probe_figure, similarity_figure
from bert_keras.insight.layer_probe import LayerProbe, probe_layers
from bert_keras.insight.layer_similarity import layer_similarity, linear_cka
from bert_keras.insight.masked_heads import PrunedScores, masked_heads, pruning_curve
from bert_keras.insight.masking import MaskedPredictions, Replaced, masked_predictions, replaced
from bert_keras.insight.model_scores import classifier_scores, reader_scores
from bert_keras.insight.norm_attention import norm_attention, norm_attention_of_layers
from bert_keras.insight.notebook import show
from bert_keras.insight.page import page_html, write_page
from bert_keras.insight.projector import write_projector
from bert_keras.insight.projector_callback import ProjectorSteps
from bert_keras.insight.record import Record, make_record
from bert_keras.insight.rollout import rollout
from bert_keras.insight.sentence_vectors import sentence_vectors
from bert_keras.insight.target import Target, target_of
from bert_keras.insight.tokens import Tokens
from bert_keras.insight.vocabulary_vectors import input_vectors, vocabulary_vectors
from bert_keras.insight.word_vectors import word_vectors

__all__ = [
    "METHODS",
    "AttentionLog",
    "AttentionProbes",
    "Attribution",
    "Document",
    "DocumentWindow",
    "EmbeddingSet",
    "Forward",
    "HeadStatistics",
    "InputEmbeddings",
    "Inspection",
    "IntegratedGradients",
    "LayerProbe",
    "MaskedPredictions",
    "ProjectorSteps",
    "Probe",
    "PrunedScores",
    "Record",
    "Replaced",
    "Target",
    "Tokens",
    "attention",
    "attributions",
    "classifier_scores",
    "forward",
    "gradient_attention",
    "grid_figure",
    "head_importance",
    "head_importance_of",
    "head_statistics",
    "heads_figure",
    "input_vectors",
    "integrated_gradients",
    "layer_similarity",
    "layers_figure",
    "linear_cka",
    "make_record",
    "masked_heads",
    "masked_predictions",
    "norm_attention",
    "norm_attention_of_layers",
    "page_html",
    "probe_figure",
    "probe_layers",
    "pruning_curve",
    "reader_scores",
    "replaced",
    "rollout",
    "sentence_vectors",
    "show",
    "similarity_figure",
    "target_of",
    "vocabulary_vectors",
    "word_vectors",
    "write_page",
    "write_projector",
]
