from . import (
    checkpoints as checkpoints,
    classification as classification,
    data as data,
    errors as errors,
    evaluation as evaluation,
    event_files as event_files,
    files as files,
    insight as insight,
    models as models,
    qa as qa,
    reporting as reporting,
    serving as serving,
    tagging as tagging,
    text as text,
    training as training,
)
from .classification.answers import Classification as Classification, MultiLabel as MultiLabel, Regression as Regression
from .models.backbone import BertBackbone as BertBackbone
from .models.entities import Entity as Entity
from .models.masked_lm import MaskedLM as MaskedLM
from .models.span_answers import SpanAnswer as SpanAnswer
from .models.span_extractor import SpanExtractor as SpanExtractor
from .models.text_classifier import TextClassifier as TextClassifier
from .models.text_encoder import TextEncoder as TextEncoder
from .models.token_classifier import TokenClassifier as TokenClassifier
from .text.tokenizer import BertTokenizer as BertTokenizer

__version__: str
