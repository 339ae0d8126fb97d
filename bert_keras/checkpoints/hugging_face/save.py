"""Writes a model as a Hugging Face folder that transformers loads."""

from pathlib import Path
from typing import Any

from safetensors.numpy import save_file

from bert_keras.checkpoints.hugging_face.config import SETTINGS
from bert_keras.checkpoints.hugging_face.head import CLASSIFIER_ARCHITECTURE, PROBLEM_TYPES, SPAN_ARCHITECTURE
from bert_keras.checkpoints.hugging_face.save_tokenizer import write_json, write_tokenizer
from bert_keras.checkpoints.safetensors_files import SINGLE_FILE
from bert_keras.checkpoints.weights import dense, places
from bert_keras.errors import InputError
from bert_keras.files.atomic import replaced_folder


def save_hugging_face(task: Any, folder: str | Path) -> Path:
    """Writes config.json, model.safetensors and the files of the tokenizer.

    The tokenizer is a vocab.txt and a tokenizer_config.json; with added tokens, or rules that are not those of the BERT
    release, also a tokenizer.json. transformers 4.57 and 5 read them with equal ids. `model_max_length` is the
    preprocessor's.

    Args:
        task: A `TextClassifier`, which becomes a `BertForSequenceClassification`, or a `SpanExtractor`, which becomes a
            `BertForQuestionAnswering`. Adapters must be merged: save the model with `save_to_preset` and load that.
        folder: The folder to write to; replaced if it exists.

    Returns:
        The folder.

    Raises:
        InputError: The model has adapters, or no preprocessor.
    """
    if task.adapter_base is not None:
        raise InputError("the model has adapters beside its weights; save_to_preset it, and load what was saved")
    if task.preprocessor is None:
        raise InputError("a Hugging Face folder holds a vocabulary, and the model has no preprocessor with a tokenizer")
    backbone, tokenizer = task.backbone, task.preprocessor.tokenizer
    head, of_head = _classifier(task) if task.reads_pooler else ("qa_outputs", {"architectures": [SPAN_ARCHITECTURE]})
    weights = [place for place in places(backbone) if task.reads_pooler or not place.name.startswith("pooler.")]
    tensors = {f"bert.{place.name}": place.read() for place in weights}
    tensors |= {place.name: place.read() for place in dense(head, task.output_dense, backbone.hidden_dim)}
    config = {theirs: getattr(backbone, ours) for ours, (theirs, _) in SETTINGS.items()}
    config |= {"model_type": "bert", "pad_token_id": tokenizer.token_to_id("[PAD]")} | of_head
    with replaced_folder(folder) as aside:
        save_file(tensors, aside / SINGLE_FILE, metadata={"format": "pt"})
        write_tokenizer(tokenizer, task.preprocessor.max_length, aside)
        write_json(aside / "config.json", config)
    return Path(folder)


def _classifier(classifier: Any) -> tuple[str, dict[str, Any]]:
    """Returns the name of the head's tensors, and its settings in config.json."""
    # Regression gets transformers' default label, because transformers counts the outputs by their labels.
    names = dict(enumerate(classifier.labels or ("LABEL_0",)))
    return "classifier", {
        "architectures": [CLASSIFIER_ARCHITECTURE],
        "classifier_dropout": classifier.dropout,
        "id2label": names,
        "label2id": {name: place for place, name in names.items()},
        "problem_type": PROBLEM_TYPES[classifier.task],
    }
