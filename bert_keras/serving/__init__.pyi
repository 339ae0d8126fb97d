from .any_export import (
    saved_inputs as saved_inputs,
    saved_mask_filler as saved_mask_filler,
    saved_outputs as saved_outputs,
    saved_task as saved_task,
)
from .check import check as check
from .client import (
    AsyncClient as AsyncClient,
    Client as Client,
    ModelMetadata as ModelMetadata,
    SignatureInfo as SignatureInfo,
    TensorInfo as TensorInfo,
    Tls as Tls,
)
from .faster_precision import faster_precision as faster_precision
from .saved_classifier import SavedClassifier as SavedClassifier
from .saved_encoder import SavedEncoder as SavedEncoder
from .saved_extractor import SavedExtractor as SavedExtractor
from .saved_masked_lm import SavedMaskedLM as SavedMaskedLM
from .saved_model import export as export
from .saved_tagger import SavedTagger as SavedTagger
from .versions import version_folder as version_folder, versions as versions
