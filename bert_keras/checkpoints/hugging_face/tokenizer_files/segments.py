"""Whether a model was fed with segment ids, which some tokenizers leave out."""

from collections.abc import Iterator, Mapping

import numpy as np

from bert_keras.checkpoints.hugging_face.tokenizer_files.files import TokenizerFiles

_SEGMENTS = "token_type_ids"
_EMBEDDING = "embeddings.token_type_embeddings.weight"


def feeds_segments(files: TokenizerFiles) -> bool:
    """Returns whether the tokenizer gives the second text of a pair segment 1, rather than leaving segment ids out.

    Without segment ids a model of transformers takes segment 0 for all tokens.

    Args:
        files: The files of the tokenizer.

    Returns:
        What `model_input_names` says; otherwise the default of the class. That of a `TokenizersBackend`, which
        transformers 5 writes, is no segment ids; that of a `PreTrainedTokenizerFast`, which transformers 4 wrote, is
        segment ids.
    """
    names = files.settings.get("model_input_names")
    if isinstance(names, list):
        return _SEGMENTS in names
    of = str(files.settings.get("tokenizer_class") or files.model.get("tokenizer_class") or "").removesuffix("Fast")
    if of == "PreTrainedTokenizer":
        return not str(files.model.get("transformers_version", "")).startswith("5.")
    return of not in ("TokenizersBackend", "DistilBertTokenizer")


class OneSegment(Mapping[str, np.ndarray]):
    """The tensors of a model that was fed without segment ids: each segment has the embedding of the first.

    So pairs of texts, whose second text has segment 1 here, are computed as the model was trained.

    Args:
        tensors: The tensors of the model by name; they are read when they are asked for.
    """

    def __init__(self, tensors: Mapping[str, np.ndarray]) -> None:
        self._tensors = tensors

    def __getitem__(self, name: str) -> np.ndarray:
        tensor = self._tensors[name]
        return np.broadcast_to(tensor[:1], tensor.shape) if name == _EMBEDDING else tensor

    def __contains__(self, name: object) -> bool:
        return name in self._tensors  # the method of Mapping would read the tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)
