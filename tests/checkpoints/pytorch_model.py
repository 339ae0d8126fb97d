"""Makes random models of BERT's family with transformers, and runs them, with the interpreter of .venv-peers.

`pytorch_model.py make FOLDER SETTINGS.json` writes a model with random weights, `pytorch_model.py run FOLDER INPUTS.npz
OUT.npz` runs one on inputs, `pytorch_model.py activations INPUTS.npz OUT.npz` computes all activations of `x`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

# transformers' own fresh biases are 0 and its layer norms' weights 1, which would hide a bias in the wrong place.
_BIAS_RANGE = 0.1
KINDS = {
    "ForSequenceClassification": transformers.AutoModelForSequenceClassification,
    "ForQuestionAnswering": transformers.AutoModelForQuestionAnswering,
    "ForTokenClassification": transformers.AutoModelForTokenClassification,
    "ForMaskedLM": transformers.AutoModelForMaskedLM,
    "ForPreTraining": transformers.AutoModelForPreTraining,
    "ForNextSentencePrediction": transformers.AutoModelForNextSentencePrediction,
}


def make(folder: Path, settings: dict[str, Any]) -> None:
    """Writes a model whose weights are all random.

    Args:
        folder: Where to.
        settings: Of the configuration of `architecture`; beside them `architecture`, `pooler` (of a plain BertModel)
            and `seed`.
    """
    settings = dict(settings)
    architecture, pooler = settings.pop("architecture", "BertModel"), settings.pop("pooler", True)
    torch.manual_seed(settings.pop("seed", 0))
    kind = getattr(transformers, architecture)
    keywords = {} if pooler else {"add_pooling_layer": False}
    model = kind(kind.config_class(**settings), **keywords).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or "norm" in name.lower():
                parameter.add_(torch.randn_like(parameter) * _BIAS_RANGE)
    model.save_pretrained(folder)


def run(folder: Path, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Loads a model and runs it on prepared inputs, and on texts where there are any.

    Args:
        folder: A Hugging Face folder.
        inputs: `token_ids`, `segment_ids` and `padding_mask` `[batch, tokens]`; or `texts` and, for pairs, `pairs`
            `[batch]`.

    Returns:
        `sequence_output`; `hidden_states` `[layers + 1, batch, tokens, hidden]`; `attention` `[layers, batch, heads,
        tokens, tokens]`; `pooled_output` where there is a pooler; `logits` of a head for labels or tokens, of a
        classifier also `labels` and `pipeline`; `next_sentence` where there is such a head; `start` and `end` of a
        model for question answering; of texts also `token_ids`, `segment_ids` and `padding_mask`; and `parameters`, the
        number of the encoder's.
    """
    made = {}
    if "texts" in inputs:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        columns = [inputs[name].tolist() for name in ("texts", "pairs") if name in inputs]
        encoded = tokenizer(*columns, padding=True, return_tensors="np", return_token_type_ids=True)
        names = {"token_ids": "input_ids", "segment_ids": "token_type_ids", "padding_mask": "attention_mask"}
        inputs = made = {ours: encoded[theirs] for ours, theirs in names.items()}
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    architecture = config["architectures"][0]
    kind = next((kind for end, kind in KINDS.items() if architecture.endswith(end)), transformers.AutoModel)
    # The other implementations of attention never hold its weights.
    model, report = kind.from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
    absent = [name for name in report["missing_keys"] if "pooler" not in name]
    assert not absent, absent
    assert type(model).__name__ == architecture, model
    encoder = model.base_model.eval()
    given = {"input_ids": inputs["token_ids"], "attention_mask": inputs["padding_mask"]}
    if config["model_type"] != "distilbert":
        given["token_type_ids"] = inputs["segment_ids"]
    tensors = {name: torch.tensor(value).long() for name, value in given.items()}
    with torch.no_grad():
        hidden = encoder(**tensors, output_hidden_states=True, output_attentions=True)
        outputs = {"sequence_output": hidden.last_hidden_state.numpy()}
        outputs["hidden_states"], outputs["attention"] = (
            torch.stack(of).numpy() for of in (hidden.hidden_states, hidden.attentions)
        )
        if getattr(encoder, "pooler", None) is not None and not report["missing_keys"]:
            outputs["pooled_output"] = hidden.pooler_output.numpy()
        outputs |= of_head(model.eval()(**tensors), model.config)
    stored = [parameter for name, parameter in encoder.named_parameters() if name not in report["missing_keys"]]
    outputs["parameters"] = np.array(sum(parameter.numel() for parameter in stored))
    return outputs | made


def of_head(found: Any, config: Any) -> dict[str, np.ndarray]:
    """Names what a head gave."""
    theirs = {
        "logits": "logits",
        "prediction_logits": "logits",
        "seq_relationship_logits": "next_sentence",
        "start_logits": "start",
        "end_logits": "end",
    }
    outputs = {ours: found[name].numpy() for name, ours in theirs.items() if name in found}
    if config.architectures[0].endswith("ForSequenceClassification"):
        outputs["pipeline"] = as_pipeline(config.problem_type, found.logits)
        outputs["labels"] = np.array([config.id2label[place] for place in range(config.num_labels)])
    return outputs


def as_pipeline(problem_type: str | None, logits: torch.Tensor) -> np.ndarray:
    """Makes of logits what the text-classification pipeline of transformers makes of them."""
    if problem_type == "regression":
        return logits[:, 0].numpy()
    independent = problem_type == "multi_label_classification" or logits.shape[-1] == 1
    return (logits.sigmoid() if independent else logits.softmax(-1)).numpy()


def activations(x: np.ndarray) -> dict[str, np.ndarray]:
    """Computes all activations of transformers that have no weights, by name."""
    table = transformers.activations.ACT2FN
    made = {name: table[name] for name in table}
    return {
        name: function(torch.tensor(x)).numpy() for name, function in made.items() if not list(function.parameters())
    }


def main() -> None:
    """Does what the command line says."""
    match sys.argv[1:]:
        case ["make", folder, settings]:
            make(Path(folder), json.loads(Path(settings).read_text(encoding="utf-8")))
        case ["run", folder, inputs, out]:
            with np.load(inputs) as file:
                np.savez(out, allow_pickle=False, **run(Path(folder), dict(file)))
        case ["activations", inputs, out]:
            with np.load(inputs) as file:
                np.savez(out, allow_pickle=False, **activations(file["x"]))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
