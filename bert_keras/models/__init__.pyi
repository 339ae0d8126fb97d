from .any_task import (
    check_text_encoder as check_text_encoder,
    is_masked_lm as is_masked_lm,
    is_text_encoder as is_text_encoder,
    load_task as load_task,
    load_text_encoder as load_text_encoder,
    takes_pairs as takes_pairs,
    task_class as task_class,
)
from .backbone import BertBackbone as BertBackbone
from .entities import Entity as Entity
from .fewer_layers import LayersFrom as LayersFrom, layers_to_keep as layers_to_keep, with_layers as with_layers
from .low_rank_difference import adapt_over as adapt_over
from .mask_filler import FilledMask as FilledMask, MaskedToken as MaskedToken, MaskFiller as MaskFiller
from .masked_lm import MaskedLM as MaskedLM
from .span_answers import SpanAnswer as SpanAnswer, SpanCandidate as SpanCandidate
from .span_extractor import SpanExtractor as SpanExtractor
from .span_extractor_preprocessor import SpanExtractorPreprocessor as SpanExtractorPreprocessor
from .task import BertTask as BertTask
from .text_classifier import TextClassifier as TextClassifier
from .text_classifier_preprocessor import TextClassifierPreprocessor as TextClassifierPreprocessor
from .text_encoder import TextEncoder as TextEncoder
from .token_classifier import TokenClassifier as TokenClassifier
from .token_classifier_preprocessor import TokenClassifierPreprocessor as TokenClassifierPreprocessor
from .trained_heads import TrainedHead as TrainedHead, trained_head as trained_head
from .with_pairs import with_pairs as with_pairs
