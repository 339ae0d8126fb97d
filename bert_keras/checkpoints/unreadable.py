"""Says what a folder or a file is that no reader takes, and what turns it into one that loads."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

# The classes of transformers that keep the head, by the end of a class name in `architectures`.
_AUTO = {
    end: f"AutoModel{end}"
    for end in (
        "ForSequenceClassification",
        "ForQuestionAnswering",
        "ForMaskedLM",
        "ForPreTraining",
        "ForTokenClassification",
        "ForNextSentencePrediction",
        "ForMultipleChoice",
    )
}
_ENCODER_ALONE = "AutoModel"
# With transformers 4.57.6, from_tf ends in "Cannot copy out of meta tensor": the commands name 4.49.0.
_OLD = 'transformers==4.49.0"'
_MARKS = ("config.json", "bert_config.json", "adapter.json", "adapter_config.json", "params.yaml")
_OF_FOLDERS = ("tf_model.h5", "model.weights.h5", "task.weights.h5")  # which mean nothing without the files beside them
_MOST_NAMES = 6


def unreadable_weights(folder: Path) -> str:
    """Returns what the weights of a folder are, and the command that makes readable ones of them.

    Args:
        folder: A folder with a config.json of transformers, without safetensors.

    Returns:
        A sentence without the folder's name at its start; empty if nothing is recognised.
    """
    return next((said for said in _of_weights(folder) if said), "")


def _of_weights(folder: Path) -> Iterator[str]:
    # A folder may hold several; those that keep every weight come first.
    yield _pickled(folder)
    if (folder / "tf_model.h5").exists():
        yield "TensorFlow weights of transformers (tf_model.h5), which transformers 5 does not read. " + convert(
            folder, "from_tf=True", f"{_OLD} torch tensorflow tf-keras"
        )
    if (folder / "flax_model.msgpack").exists():
        yield "Flax weights of transformers (flax_model.msgpack), which transformers 5 does not read. " + convert(
            folder, "from_flax=True", f"{_OLD} torch flax"
        )
    for names, what in (
        (("rust_model.ot",), "weights of rust-bert (rust_model.ot)"),
        (("*.onnx", "onnx/*.onnx"), "an ONNX export, which holds a graph to run"),
        (("openvino_model.xml", "openvino/openvino_model.xml"), "an OpenVINO export, which holds a graph to run"),
        (("*.gguf",), "a GGUF file of llama.cpp"),
    ):
        if any(next(folder.glob(name), None) for name in names):
            yield f"{what}, and nothing turns that back into weights exactly. {_source(folder)}"


def _pickled(folder: Path) -> str:
    if any(folder.glob("model.ckpt*.index")):
        return ""
    # Of a Trainer's checkpoint the optimizer, the schedule and the random state are pickled, too.
    beside = ("optimizer", "scheduler", "scaler", "rng_state", "training_args")
    kinds = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
    paths = sorted({path for kind in kinds for path in folder.glob(kind) if not path.name.startswith(beside)})
    names = [path.name for path in paths if not path.name.startswith("openvino")]
    if not names:
        return ""
    danger = "and unpickling runs whatever code the file holds"
    if any(name.startswith("adapter_model") for name in names):
        command = (
            'python -c "import torch, safetensors.torch as s; '
            f"s.save_file(torch.load('{folder}/adapter_model.bin', weights_only=True), "
            f"'{folder}/adapter_model.safetensors')\""
        )
        return f"the weights are pickled ({_some(names)}), {danger}. Convert them where you trust them: {command}"
    if any(name.startswith("pytorch_model") for name in names):
        return f"the weights are pickled ({_some(names)}), {danger}. " + convert(folder)
    return (
        f"the weights are pickled ({_some(names)}), {danger}. Where you trust them, load them with the code that wrote "
        "them, and call its save_pretrained('NEW', safe_serialization=True)"
    )


def convert(folder: Path | str, how: str = "", needs: str = "", of: Path | None = None) -> str:
    """Returns the command with which transformers writes a folder anew, with its head and its tokenizer.

    Args:
        folder: The folder, or the name of a model on the Hugging Face Hub.
        how: A further argument of `from_pretrained`.
        needs: What must be installed for it, after a quotation mark.
        of: The folder whose config.json says the class, if `folder` is a name.

    Returns:
        A sentence. The class is that of config.json; if that says none, `AutoModel` keeps the encoder alone, which the
        sentence adds.
    """
    auto = _auto_class(Path(folder) if of is None else of)
    named = auto or _ENCODER_ALONE
    arguments = f"'{folder}', {how}" if how else f"'{folder}'"
    command = (
        f'python -c "from transformers import {named} as M, AutoTokenizer as T; '
        f"M.from_pretrained({arguments}).save_pretrained('NEW'); T.from_pretrained('{folder}').save_pretrained('NEW')\""
    )
    installed = f'pip install "{needs}; ' if needs else ""
    head = "" if auto else f". For a model with a head, put its class, e.g. {_AUTO['ForSequenceClassification']}, there"
    return f"Convert them where you trust them: {installed}{command}{head}"


def _auto_class(folder: Path) -> str | None:
    try:
        named = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("architectures")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    for name in named if isinstance(named, list) else ():
        if str(name).endswith("Model"):
            return _ENCODER_ALONE
        for end, auto in _AUTO.items():
            if str(name).endswith(end):
                return auto
    return None


def _source(folder: Path) -> str:
    """Returns advice to name the model that an export was made of, with its name if config.json says it."""
    try:
        named = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("_name_or_path")
    except (OSError, ValueError, AttributeError, RecursionError):
        named = None
    what = (
        f"hf://{named}"
        if isinstance(named, str) and named.count("/") == 1 and not named.startswith(("/", "."))
        else named
    )
    return (
        f"Name the model that it was made of{f', as config.json says {what}' if isinstance(what, str) and what else ''}"
    )


def unreadable_folder(folder: Path) -> str:
    """Returns what a folder without a configuration is, and what to name instead.

    Args:
        folder: The folder.

    Returns:
        A sentence without the folder's name at its start; empty if nothing is recognised.
    """
    return next((said for say in _FOLDERS if (said := say(folder))), "")


def _saved_model(folder: Path) -> str:
    if not (folder / "saved_model.pb").exists() and not any(folder.glob("[0-9]*/saved_model.pb")):
        return ""
    return (
        "a SavedModel of TensorFlow, an export for serving. bert-keras check, predict and serve take one of this "
        "project; to train or to look inside, name the model that was exported"
    )


def _keras_file(folder: Path) -> str:
    names = sorted(
        path.name for kind in ("*.keras", "*.h5") for path in folder.glob(kind) if path.name not in _OF_FOLDERS
    )
    return keras_file(folder / names[0]) if names else ""


def _models_below(folder: Path) -> str:
    names = sorted(
        path.name for path in folder.iterdir() if path.is_dir() and any((path / mark).is_file() for mark in _MARKS)
    )
    if not names:
        return ""
    count = "several models, each in a folder" if len(names) > 1 else "a model in a folder"
    return f"it holds {count} of its own. Name one: {_some([str(folder / name) for name in names])}"


def _exported(folder: Path) -> str:
    said = next((said for said in _of_weights(folder) if said), "")
    return f"there is no config.json beside it: {said}" if said else ""


def _tokenizer_alone(folder: Path) -> str:
    names = [name for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json") if (folder / name).exists()]
    if not names or any(next(folder.glob(weights), None) for weights in ("*.safetensors", "*.weights.h5")):
        return ""
    return f"a tokenizer alone ({', '.join(names)}), without a model. Name the folder that holds its model"


_FOLDERS: tuple[Callable[[Path], str], ...] = (_saved_model, _models_below, _keras_file, _exported, _tokenizer_alone)


def keras_file(path: Path) -> str:
    """Returns what a file of Keras is, and the command that makes a preset of it."""
    if path.suffix == ".keras":
        command = f"python -c \"import keras, keras_hub; keras.saving.load_model('{path}').save_to_preset('NEW')\""
        return f"a Keras file ({path.name}). If KerasHub's BERT is in it, make a preset of it: {command}"
    return (
        f"a weights file of Keras ({path.name}), which does not say its model. Load it with the code that wrote it "
        "(load_weights), and call save_to_preset('NEW') of the KerasHub model"
    )


def unreadable_file(path: Path) -> str:
    """Returns what a file is that was named instead of a folder, and what to name.

    Args:
        path: The file.

    Returns:
        A sentence without the file's name at its start; empty if nothing is recognised.
    """
    if path.suffix in (".keras", ".h5") and path.name not in _OF_FOLDERS:
        return keras_file(path)
    if any((path.parent / mark).is_file() for mark in _MARKS):
        return f"a file of a model. Name its folder: {path.parent}"
    return ""


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
