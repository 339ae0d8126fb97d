"""The special tokens that tokenizer.json puts around texts: only BERT's are supported."""

from collections.abc import Sequence
from typing import Any

from bert_keras.checkpoints.hugging_face.tokenizer_files.files import FAST_FILE, TokenizerFiles
from bert_keras.errors import CheckpointError

_FIRST, _SECOND, _CLS, _SEP = ("Sequence", "A", 0), ("Sequence", "B", 1), "[CLS]", "[SEP]"
_SINGLE = [("SpecialToken", _CLS, 0), _FIRST, ("SpecialToken", _SEP, 0)]
_PAIR = [*_SINGLE, _SECOND, ("SpecialToken", _SEP, 1)]
_ADVICE = (
    "rows are [CLS] A [SEP] and [CLS] A [SEP] B [SEP] here. If the model was trained so, set "
    "tokenizer.backend_tokenizer.post_processor to a BertProcessing of tokenizers.processors, and save the tokenizer"
)


def check_post_processor(files: TokenizerFiles, vocabulary: Sequence[str]) -> None:
    """Checks that tokenizer.json puts around texts what BERT does.

    Args:
        files: The files of the tokenizer.
        vocabulary: The tokens by id.

    Raises:
        CheckpointError: It puts something else around them, or nothing.
    """
    path = files.folder / FAST_FILE
    post = (files.fast or {}).get("post_processor")
    if post is None:
        raise CheckpointError(
            f"{path}: there is no post_processor, so that transformers puts no [CLS] and [SEP] around texts. Received: "
            f"null; {_ADVICE}"
        )
    inner = post.get("processors") if isinstance(post, dict) and post.get("type") == "Sequence" else None
    if isinstance(inner, list) and len(inner) == 1:
        post = inner[0]
    ids = {token: vocabulary.index(token) for token in (_CLS, _SEP) if token in vocabulary}
    try:
        fits = _is_bert_processing(post, ids) or _is_bert_template(post, ids)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        fits = False
    if not fits:
        kind = post.get("type") if isinstance(post, dict) else post
        raise CheckpointError(f"{path}: the post_processor is not BERT's. Received: {kind}, {post!r:.300}; {_ADVICE}")


def _is_bert_processing(post: Any, ids: dict[str, int]) -> bool:
    return post["type"] == "BertProcessing" and all(
        list(post[name]) == [token, ids[token]] for name, token in (("cls", _CLS), ("sep", _SEP))
    )


def _is_bert_template(post: Any, ids: dict[str, int]) -> bool:
    return (
        post["type"] == "TemplateProcessing"
        and _template(post["single"]) == _SINGLE
        and _template(post["pair"]) == _PAIR
        and all(post["special_tokens"][token]["ids"] == [ids[token]] for token in (_CLS, _SEP))
    )


def _template(pieces: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(kind, of["id"], of["type_id"]) for piece in pieces for kind, of in piece.items()]
