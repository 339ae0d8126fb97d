"""Which tokenizer transformers makes of a folder, and whether it is one that is read here."""

from bert_keras.checkpoints.hugging_face.tokenizer_files.files import FAST_FILE, SETTINGS_FILE, TokenizerFiles
from bert_keras.errors import CheckpointError

# Of each of these transformers 5 makes a BertTokenizer, which takes from tokenizer.json the vocabulary alone.
_BERT = ("Bert", "DistilBert", "Electra", "MobileBert", "SqueezeBert", "LayoutLM", "Lxmert")
# Without a class, by the model_type of config.json. One that says none is read as a BERT.
_MODEL_TYPES = ("bert", "distilbert", "electra", "mobilebert", "squeezebert", "ernie", "megatron-bert", "nezha")
# What these are is all in tokenizer.json.
_ALL_IN_ONE_FILE = ("PreTrainedTokenizer", "TokenizersBackend")
_NEEDS = {
    "BertJapaneseTokenizer": "splits words with MeCab or SudachiPy",
    "KoBertTokenizer": "splits texts with sentencepiece",
}
_ADVICE = (
    "Supported are BertTokenizer, its like for DistilBERT and ELECTRA, and PreTrainedTokenizerFast with a WordPiece "
    "model in tokenizer.json"
)


def is_all_in_one_file(files: TokenizerFiles) -> bool:
    """Returns whether tokenizer.json alone says how texts are split, rather than the rules of BERT.

    Args:
        files: The files of the tokenizer.

    Returns:
        Whether transformers 5 makes a `TokenizersBackend` of the folder (`PreTrainedTokenizerFast` in its older
        releases); otherwise it makes a `BertTokenizer`.

    Raises:
        CheckpointError: It makes something else, which is not supported.
    """
    settings = files.settings
    if _custom_code(settings.get("auto_map")):
        raise CheckpointError(
            f"{files.folder / SETTINGS_FILE}: auto_map names code of its own, which is not run. Received: "
            f"{settings['auto_map']!r:.100}. {_ADVICE}"
        )
    name = settings.get("tokenizer_class") or files.model.get("tokenizer_class")
    if name is None:
        return _without_class(files)
    stem = str(name).removesuffix("Fast")
    if stem in (f"{of}Tokenizer" for of in _BERT):
        return False
    if stem not in _ALL_IN_ONE_FILE:
        why = f", which {_NEEDS[stem]}," if stem in _NEEDS else ""
        raise CheckpointError(f"{files.folder}: a tokenizer of class {name}{why} is not supported. {_ADVICE}")
    if files.fast is None:
        raise CheckpointError(
            f"{files.folder}: a {name} is read from {FAST_FILE}, and there is none. Set tokenizer_class to "
            f"BertTokenizer in {SETTINGS_FILE} if vocab.txt is that of a BERT"
        )
    return True


def _custom_code(auto_map: object) -> bool:
    return bool(auto_map.get("AutoTokenizer") if isinstance(auto_map, dict) else auto_map)


def _without_class(files: TokenizerFiles) -> bool:
    model_type = files.model.get("model_type", "bert")
    if model_type not in _MODEL_TYPES:
        raise CheckpointError(
            f"{files.folder}: no tokenizer_class, and the tokenizer of the model is not supported. Received: "
            f"model_type {model_type!r}. {_ADVICE}"
        )
    return False
