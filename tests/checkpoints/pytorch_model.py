"""Makes random BERT models with transformers, and runs them in PyTorch, with the interpreter of .venv-peers.

`pytorch_model.py make FOLDER SETTINGS.json` writes a model with random weights, `pytorch_model.py run FOLDER INPUTS.npz
OUT.npz` runs one on inputs.
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
    "BertForSequenceClassification": transformers.AutoModelForSequenceClassification,
    "BertForQuestionAnswering": transformers.AutoModelForQuestionAnswering,
}


def make(folder: Path, settings: dict[str, Any]) -> None:
    """Writes a model whose weights are all random.

    Args:
        folder: Where to.
        settings: Of `BertConfig`; beside them `architecture`, `pooler` (of a plain BertModel) and `seed`.
    """
    settings = dict(settings)
    architecture, pooler = settings.pop("architecture", "BertModel"), settings.pop("pooler", True)
    torch.manual_seed(settings.pop("seed", 0))
    config = transformers.BertConfig(**settings)
    keywords = {} if pooler else {"add_pooling_layer": False}
    model = getattr(transformers, architecture)(config, **keywords).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or "LayerNorm" in name:
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
        tokens, tokens]`; `pooled_output` where there is a pooler; `logits`, `labels` and `pipeline` of a classifier;
        `start` and `end` of a model for question answering; of texts also `token_ids`, `segment_ids` and
        `padding_mask`; and `parameters`, the number of the encoder's.
    """
    made = {}
    if "texts" in inputs:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        columns = [inputs[name].tolist() for name in ("texts", "pairs") if name in inputs]
        encoded = tokenizer(*columns, padding=True, return_tensors="np")
        names = {"token_ids": "input_ids", "segment_ids": "token_type_ids", "padding_mask": "attention_mask"}
        inputs = made = {ours: encoded[theirs] for ours, theirs in names.items()}
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    architecture = config["architectures"][0]
    kind = KINDS.get(architecture, transformers.AutoModel)
    # The other implementations of attention never hold its weights.
    model, report = kind.from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
    absent = [name for name in report["missing_keys"] if "pooler" not in name]
    assert not absent, absent
    encoder = (model.bert if architecture in KINDS else model).eval()
    ids, segments, mask = (torch.tensor(inputs[name]).long() for name in ("token_ids", "segment_ids", "padding_mask"))
    with torch.no_grad():
        inside = {"output_hidden_states": True, "output_attentions": True}
        hidden = encoder(input_ids=ids, token_type_ids=segments, attention_mask=mask, **inside)
        outputs = {"sequence_output": hidden.last_hidden_state.numpy()}
        outputs["hidden_states"], outputs["attention"] = (
            torch.stack(of).numpy() for of in (hidden.hidden_states, hidden.attentions)
        )
        if encoder.pooler is not None and not report["missing_keys"]:
            outputs["pooled_output"] = hidden.pooler_output.numpy()
        if architecture == "BertForQuestionAnswering":
            outputs["start"], outputs["end"] = model.qa_outputs(hidden.last_hidden_state).numpy().transpose(2, 0, 1)
        if architecture == "BertForSequenceClassification":
            outputs["logits"] = model.classifier(hidden.pooler_output).numpy()
            outputs["pipeline"] = as_pipeline(model.config.problem_type, model.classifier(hidden.pooler_output))
            outputs["labels"] = np.array([model.config.id2label[place] for place in range(model.config.num_labels)])
    stored = [parameter for name, parameter in encoder.named_parameters() if name not in report["missing_keys"]]
    outputs["parameters"] = np.array(sum(parameter.numel() for parameter in stored))
    return outputs | made


def as_pipeline(problem_type: str | None, logits: torch.Tensor) -> np.ndarray:
    """Makes of logits what the text-classification pipeline of transformers makes of them."""
    if problem_type == "regression":
        return logits[:, 0].numpy()
    return (logits.sigmoid() if problem_type == "multi_label_classification" else logits.softmax(-1)).numpy()


def main() -> None:
    """Does what the command line says."""
    match sys.argv[1:]:
        case ["make", folder, settings]:
            make(Path(folder), json.loads(Path(settings).read_text(encoding="utf-8")))
        case ["run", folder, inputs, out]:
            with np.load(inputs) as file:
                np.savez(out, allow_pickle=False, **run(Path(folder), dict(file)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
