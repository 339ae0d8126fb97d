"""Makes random adapters with PEFT, and runs them in PyTorch, with the interpreter of .venv-peers.

`peft_model.py make BASE FOLDER SETTINGS.json` writes an adapter with random weights over the model in BASE,
`peft_model.py run ADAPTER BASE INPUTS.npz OUT.npz` runs one, `peft_model.py beside FOLDER INPUTS.npz OUT.npz` runs what
transformers alone makes of a folder that holds a model and an adapter, and `peft_model.py targets FOLDER CASES.json
OUT.json` says which modules PEFT changes.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import peft
import torch
import transformers
from peft.tuners.tuners_utils import _ExcludedModule, check_target_module_exists
from peft.utils.other import get_pattern_key

CLASSES = {
    "SEQ_CLS": transformers.AutoModelForSequenceClassification,
    "QUESTION_ANS": transformers.AutoModelForQuestionAnswering,
    "FEATURE_EXTRACTION": transformers.AutoModel,
}
_RANGE = 0.2


def make(base: Path, folder: Path, settings: dict[str, Any]) -> None:
    """Writes an adapter whose trained weights are all random.

    Args:
        base: The folder of the model.
        folder: Where to.
        settings: Of `LoraConfig`; beside them `architecture`, `seed`, `num_labels` of a new head, `tokens` to add
            to the embedding, and `dtype`.
    """
    settings = dict(settings)
    torch.manual_seed(settings.pop("seed", 0))
    labels, tokens = settings.pop("num_labels", None), settings.pop("tokens", 0)
    dtype = settings.pop("dtype", "float32")
    keywords = {} if labels is None else {"num_labels": labels, "ignore_mismatched_sizes": True}
    named = settings.pop("architecture", None)
    model = (getattr(transformers, named) if named else class_of(settings)).from_pretrained(base, **keywords)
    if tokens:
        model.resize_token_embeddings(model.config.vocab_size + tokens)
    adapted = peft.get_peft_model(model, peft.LoraConfig(**settings))
    with torch.no_grad():
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * _RANGE)
    adapted.to(getattr(torch, dtype)).save_pretrained(folder)


def run(folder: Path, base: Path, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Loads an adapter and runs it on prepared inputs, as it stands and merged.

    Args:
        folder: The adapter.
        base: The folder of the model.
        inputs: `token_ids`, `segment_ids` and `padding_mask` `[batch, tokens]`.

    Returns:
        `logits` of a classifier, `start` and `end` of a model for question answering, `sequence_output` of others;
        and the same of the merged model under `merged_…`.
    """
    settings = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    weights = peft.load_peft_weights(str(folder), device="cpu")
    rows = {name: len(value) for name, value in weights.items() if name.endswith(".classifier.weight")}
    keywords = {"num_labels": next(iter(rows.values())), "ignore_mismatched_sizes": True} if rows else {}
    model = class_of(settings).from_pretrained(base, **keywords)
    words = [len(value) for name, value in weights.items() if name.endswith(("embeddings.weight", "base_layer.weight"))]
    if words and words[0] > model.config.vocab_size:
        model.resize_token_embeddings(words[0])
    adapted = peft.PeftModel.from_pretrained(model, folder).eval()
    outputs = _outputs(adapted, inputs)
    merged = _outputs(adapted.merge_and_unload(), inputs)
    return outputs | {f"merged_{name}": value for name, value in merged.items()}


def beside(folder: Path, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Loads a folder that holds a model and an adapter with transformers alone, and runs it."""
    return _outputs(transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval(), inputs)


def targets(folder: Path, cases: dict[str, Any]) -> list[list[Any]]:
    """Returns whether PEFT changes each of some modules, and by which rank and alpha, for several configurations.

    Args:
        folder: A folder to write in.
        cases: `modules`, their names, and `configs`, the settings.

    Returns:
        For each configuration and module whether it is changed, its rank and its alpha.
    """
    decided = []
    for settings in cases["configs"]:
        (folder / "adapter_config.json").write_text(json.dumps(settings), encoding="utf-8")
        config = peft.PeftConfig.from_pretrained(str(folder))
        for module in cases["modules"]:
            found = check_target_module_exists(config, module)
            rank, alpha = (
                values.get(get_pattern_key(values.keys(), module), usual)
                for values, usual in ((config.rank_pattern, config.r), (config.alpha_pattern, config.lora_alpha))
            )
            decided.append([bool(found) and not isinstance(found, _ExcludedModule), rank, alpha])
    return decided


def class_of(settings: dict[str, Any]) -> Any:
    """Returns the class of the model that the settings of an adapter are for."""
    if settings.get("task_type") is not None:
        return CLASSES[settings["task_type"]]
    named = (settings.get("auto_mapping") or {}).get("base_model_class")
    return getattr(transformers, named) if named else CLASSES["SEQ_CLS"]


def _outputs(model: Any, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    given = {"input_ids": inputs["token_ids"], "attention_mask": inputs["padding_mask"]}
    if model.config.model_type != "distilbert":
        given["token_type_ids"] = inputs["segment_ids"]
    with torch.no_grad():
        made = model(**{name: torch.tensor(value).long() for name, value in given.items()})
    for names in (("logits",), ("start_logits", "end_logits"), ("last_hidden_state",)):
        if names[0] in made:
            return {
                {"last_hidden_state": "sequence_output"}.get(name, name.removesuffix("_logits")): made[name].numpy()
                for name in names
            }
    raise ValueError(f"no outputs that are known: {list(made)}")


def main() -> None:
    """Does what the command line says."""
    match sys.argv[1:]:
        case ["make", base, folder, settings]:
            make(Path(base), Path(folder), json.loads(Path(settings).read_text(encoding="utf-8")))
        case ["run", folder, base, inputs, out]:
            with np.load(inputs) as file:
                np.savez(out, allow_pickle=False, **run(Path(folder), Path(base), dict(file)))
        case ["beside", folder, inputs, out]:
            with np.load(inputs) as file:
                np.savez(out, allow_pickle=False, **beside(Path(folder), dict(file)))
        case ["targets", folder, cases, out]:
            decided = targets(Path(folder), json.loads(Path(cases).read_text(encoding="utf-8")))
            Path(out).write_text(json.dumps(decided), encoding="utf-8")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
