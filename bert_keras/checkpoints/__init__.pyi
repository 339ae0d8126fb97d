from .adapters.own import (
    ADAPTER_CONFIG_FILE as ADAPTER_CONFIG_FILE,
    ADAPTER_WEIGHTS_FILE as ADAPTER_WEIGHTS_FILE,
    Adapter as Adapter,
    assign_adapted as assign_adapted,
    encoder_fingerprint as encoder_fingerprint,
    read_adapter as read_adapter,
    write_adapter as write_adapter,
)
from .adapters.save_peft import save_peft as save_peft
from .bundled import DEFAULT_PRESET as DEFAULT_PRESET, READER as READER
from .checkpoint import (
    BACKBONE_SETTINGS as BACKBONE_SETTINGS,
    Checkpoint as Checkpoint,
    check_vocabulary_size as check_vocabulary_size,
)
from .hugging_face.head import SPAN_HEAD as SPAN_HEAD
from .hugging_face.save import save_hugging_face as save_hugging_face
from .keras_hub.presets import reading as reading
from .locate import (
    Base as Base,
    Kind as Kind,
    base_of as base_of,
    check_base as check_base,
    kind as kind,
    locate as locate,
    read as read,
)
from .own_presets import (
    check_task_files as check_task_files,
    own_positions as own_positions,
    pairs_of as pairs_of,
    preprocessor_class as preprocessor_class,
    settings_of as settings_of,
    task_of as task_of,
)
from .preset_names import KERAS_HUB_NAMES as KERAS_HUB_NAMES, check_named as check_named
from .sentence_transformers.modules import (
    SentenceModel as SentenceModel,
    VectorDense as VectorDense,
    is_mean_pooled as is_mean_pooled,
    is_sentence_model as is_sentence_model,
    read_sentence_model as read_sentence_model,
)
from .weights import (
    Place as Place,
    assign as assign,
    assign_places as assign_places,
    dense as dense,
    norm as norm,
    places as places,
)
