from .attention_callback import AttentionProbes as AttentionProbes, Probe as Probe
from .attention_figures import grid_figure as grid_figure, heads_figure as heads_figure
from .attention_log import AttentionLog as AttentionLog
from .attribution import (
    ALL_METHODS as ALL_METHODS,
    METHODS as METHODS,
    Attribution as Attribution,
    attributions as attributions,
)
from .decision import Decision as Decision
from .decisions import decisions_of as decisions_of
from .document import Document as Document, DocumentWindow as DocumentWindow
from .embedding_figures import layers_figure as layers_figure
from .embedding_set import EmbeddingSet as EmbeddingSet
from .forward import Forward as Forward, InputEmbeddings as InputEmbeddings, forward as forward
from .gradient_attention import gradient_attention as gradient_attention
from .head_importance import head_importance as head_importance, head_importance_of as head_importance_of
from .head_statistics import HeadStatistics as HeadStatistics, head_statistics as head_statistics
from .inspection import Inspection as Inspection, attention as attention
from .integrated_gradients import (
    IntegratedGradients as IntegratedGradients,
    integrated_gradients as integrated_gradients,
    integrated_gradients_of_rows as integrated_gradients_of_rows,
)
from .label_attributions import LabelAttributions as LabelAttributions, label_attributions as label_attributions
from .layer_figures import probe_figure as probe_figure, similarity_figure as similarity_figure
from .layer_probe import LayerProbe as LayerProbe, probe_layers as probe_layers
from .layer_similarity import layer_similarity as layer_similarity, linear_cka as linear_cka
from .masked_heads import PrunedScores as PrunedScores, masked_heads as masked_heads, pruning_curve as pruning_curve
from .masked_parts import MaskedParts as MaskedParts, masked_parts as masked_parts
from .masking import (
    MaskedPredictions as MaskedPredictions,
    Replaced as Replaced,
    masked_predictions as masked_predictions,
    replaced as replaced,
)
from .masking_agreement import masking_correlation as masking_correlation
from .model_scores import classifier_scores as classifier_scores, reader_scores as reader_scores
from .norm_attention import norm_attention as norm_attention, norm_attention_of_layers as norm_attention_of_layers
from .notebook import show as show
from .page import page_html as page_html, write_page as write_page
from .planes import Plane as Plane, planes as planes
from .projector import write_projector as write_projector
from .projector_callback import ProjectorSteps as ProjectorSteps
from .record import Record as Record, make_record as make_record
from .rollout import rollout as rollout
from .sentence_vectors import mean_vectors as mean_vectors, sentence_vectors as sentence_vectors
from .sentences import Sentence as Sentence, sentences_of as sentences_of
from .shapley import ShapleyValues as ShapleyValues, shapley_values as shapley_values
from .target import Target as Target, target_of as target_of
from .tokens import Tokens as Tokens
from .train_neighbours import LabelledRow as LabelledRow, train_neighbours as train_neighbours
from .vocabulary_vectors import input_vectors as input_vectors, vocabulary_vectors as vocabulary_vectors
from .word_attributions import WordAttribution as WordAttribution, word_attributions as word_attributions
from .word_vectors import word_vectors as word_vectors
