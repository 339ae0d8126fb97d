"""Has the tools themselves write small model folders of many kinds, and answer from them; runs in .venv-peers.

`tool_folders.py write ROOT VOCABULARY [KIND …]` writes a folder for each of `KINDS`, and its answers beside it;
`tool_folders.py answer ROOT` answers from the folders `*.back`, which this project wrote of them.
"""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import peft
import sentence_transformers
import tokenizers
import torch
import transformers
from exactness_texts import LONG, MARKERS, PAIRS, TEXTS
from sentence_transformers import models as modules

SHAPE = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 48, "intermediate_size": 96}
NAMES = {"id2label": {0: "negative", 1: "neutral", 2: "positive"}}


def bert(architecture: str = "BertForSequenceClassification", **settings: Any) -> transformers.PreTrainedModel:
    """Makes a BERT whose weights and biases are all random."""
    settings = {"vocab_size": 30522, "max_position_embeddings": 128, "initializer_range": 0.3, **SHAPE, **settings}
    return shaken(getattr(transformers, architecture)(transformers.BertConfig(**settings)))


def shaken(model: transformers.PreTrainedModel) -> transformers.PreTrainedModel:
    """Adds noise to biases and layer norms, which are 0 and 1 in fresh models and would hide a wrong place."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def bert_tokenizer(vocabulary: Path, **settings: Any) -> transformers.PreTrainedTokenizerFast:
    """Makes the tokenizer of BERT from a vocab.txt."""
    words = {token: place for place, token in enumerate(vocabulary.read_text(encoding="utf-8").split("\n")[:-1])}
    return transformers.BertTokenizer(vocab=words, model_max_length=64, **settings)


def own_tokenizer(vocabulary: Path, **parts: Any) -> transformers.PreTrainedTokenizerFast:
    """Makes a tokenizer as people train them with `tokenizers`: each of `parts` replaces a part of BERT's."""
    raw = json.loads(bert_tokenizer(vocabulary).backend_tokenizer.to_str())
    raw["model"] |= parts.pop("model", {})
    if raw["model"]["continuing_subword_prefix"] != "##":
        prefix = raw["model"]["continuing_subword_prefix"]
        raw["model"]["vocab"] = {token.replace("##", prefix, 1): n for token, n in raw["model"]["vocab"].items()}
    made = tokenizers.Tokenizer.from_str(json.dumps(raw | parts))
    special = {name: f"[{name[:-6].upper()}]" for name in ("cls_token", "sep_token", "pad_token", "unk_token")}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, mask_token="[MASK]", **special)


def save(folder: Path, model: Any, tokenizer: Any) -> None:
    """Writes a model and its tokenizer."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def plain(folder: Path, vocabulary: Path) -> None:
    """Writes a classifier as it is usually saved."""
    save(folder, bert(**NAMES), bert_tokenizer(vocabulary))


def cased(folder: Path, vocabulary: Path) -> None:
    """Writes a tokenizer that keeps case and accents, and splits no ideographs."""
    settings = {"do_lower_case": False, "strip_accents": False, "tokenize_chinese_chars": False}
    save(folder, bert(**NAMES), bert_tokenizer(vocabulary, **settings))


def case_not_said(folder: Path, vocabulary: Path) -> None:
    """Writes a tokenizer_config.json that says nothing about case, beside a tokenizer.json that keeps it."""
    cased(folder, vocabulary)
    path = folder / "tokenizer_config.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    for name in ("do_lower_case", "strip_accents", "tokenize_chinese_chars"):
        said.pop(name, None)
    path.write_text(json.dumps(said), encoding="utf-8")


def old_vocabulary(folder: Path, vocabulary: Path) -> None:
    """Leaves a vocab.txt of another model beside tokenizer.json, as saving over an older folder does."""
    plain(folder, vocabulary)
    tokens = vocabulary.read_text(encoding="utf-8").split("\n")[:-1]
    (folder / "vocab.txt").write_text("\n".join(tokens[:1000] + tokens[:999:-1]) + "\n", encoding="utf-8")


def added_tokens(folder: Path, vocabulary: Path) -> None:
    """Adds tokens to a tokenizer, and resizes the embedding to a multiple of 8."""
    tokenizer, model = bert_tokenizer(vocabulary), bert(**NAMES)
    tokenizer.add_tokens([MARKERS[2]])
    tokenizer.add_special_tokens({"additional_special_tokens": MARKERS[:2]})
    model.resize_token_embeddings(len(tokenizer), pad_to_multiple_of=8, mean_resizing=False)
    save(folder, model, tokenizer)


def declared_special(folder: Path, vocabulary: Path) -> None:
    """Declares entries of the vocabulary as special tokens."""
    tokens = vocabulary.read_text(encoding="utf-8").split("\n")
    tokens[1:4] = MARKERS  # in place of [unused0] and the like
    changed = folder.with_suffix(".txt")
    changed.write_text("\n".join(tokens), encoding="utf-8")
    tokenizer = bert_tokenizer(changed)
    tokenizer.add_special_tokens({"additional_special_tokens": MARKERS})
    save(folder, bert(**NAMES), tokenizer)


def labels_as_integers(folder: Path, vocabulary: Path) -> None:
    """Writes integers as the names of labels, and no architectures."""
    save(folder, bert(num_labels=3), bert_tokenizer(vocabulary))
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    del config["architectures"]
    config |= {"id2label": {"0": 0, "1": 1, "2": 2}, "label2id": {"0": 0, "1": 1, "2": 2}}
    path.write_text(json.dumps(config), encoding="utf-8")


def one_output(folder: Path, vocabulary: Path) -> None:
    """Writes a head with one output, whose problem is not said."""
    save(folder, bert(num_labels=1), bert_tokenizer(vocabulary))


def reader(folder: Path, vocabulary: Path) -> None:
    """Writes a reader."""
    save(folder, bert("BertForQuestionAnswering"), bert_tokenizer(vocabulary))


def distilbert(folder: Path, vocabulary: Path, head: str = "SequenceClassification") -> None:
    """Writes a DistilBERT."""
    shape = {"n_layers": 2, "n_heads": 4, "dim": 48, "hidden_dim": 96, "max_position_embeddings": 128}
    names = NAMES if head == "SequenceClassification" else {}
    config = transformers.DistilBertConfig(vocab_size=30522, initializer_range=0.3, **shape, **names)
    save(folder, shaken(getattr(transformers, f"DistilBertFor{head}")(config)), bert_tokenizer(vocabulary))


def distilbert_reader(folder: Path, vocabulary: Path) -> None:
    """Writes a DistilBERT that answers questions."""
    distilbert(folder, vocabulary, "QuestionAnswering")


def electra(folder: Path, vocabulary: Path, head: str = "SequenceClassification") -> None:
    """Writes an ELECTRA with smaller embeddings."""
    names = NAMES if head == "SequenceClassification" else {}
    settings = {**SHAPE, **names, "embedding_size": 24, "max_position_embeddings": 128, "vocab_size": 30522}
    # With larger weights PyTorch itself is 2e-5 off what it computes in float64.
    config = transformers.ElectraConfig(initializer_range=0.1, **settings)
    save(folder, shaken(getattr(transformers, f"ElectraFor{head}")(config)), bert_tokenizer(vocabulary))


def electra_reader(folder: Path, vocabulary: Path) -> None:
    """Writes an ELECTRA that answers questions."""
    electra(folder, vocabulary, "QuestionAnswering")


def adapter(folder: Path, vocabulary: Path, **settings: Any) -> None:
    """Writes a LoRA adapter, whose base lies beside it."""
    base = folder.with_name(f"{folder.name}.base")
    plain(base, vocabulary)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(base)
    settings = {"r": 4, "target_modules": ["query", "value"], "task_type": "SEQ_CLS", **settings}
    adapted = peft.get_peft_model(model, peft.LoraConfig(init_lora_weights=False, **settings))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "modules_to_save" in name or "magnitude" in name or (parameter.requires_grad and parameter.ndim == 1):
                parameter.mul_(1 + 0.3 * torch.rand_like(parameter))
    adapted.save_pretrained(folder)
    bert_tokenizer(vocabulary).save_pretrained(folder)


def adapter_beside_a_model(folder: Path, vocabulary: Path) -> None:
    """Writes an adapter into the folder of its base, where transformers applies it unasked."""
    plain(folder, vocabulary)
    adapter(folder.with_name("beside"), vocabulary)
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        shutil.copy(folder.with_name("beside") / name, folder)
    path = folder / "adapter_config.json"
    said = json.loads(path.read_text(encoding="utf-8")) | {"base_model_name_or_path": str(folder)}
    path.write_text(json.dumps(said), encoding="utf-8")
    shutil.rmtree(folder.with_name("beside"))
    shutil.rmtree(folder.with_name("beside.base"))


def cross_encoder(folder: Path, vocabulary: Path) -> None:
    """Writes a CrossEncoder of sentence-transformers."""
    one_output(folder.with_name("cross.base"), vocabulary)
    sentence_transformers.CrossEncoder(str(folder.with_name("cross.base")), device="cpu").save_pretrained(str(folder))


def sentence_encoder(folder: Path, vocabulary: Path) -> None:
    """Writes a bi-encoder of sentence-transformers: mean pooling, and vectors of length 1."""
    save(folder.with_name("encoder.base"), bert("BertModel"), bert_tokenizer(vocabulary))
    encoder = modules.Transformer(str(folder.with_name("encoder.base")))
    pooling = modules.Pooling(48, pooling_mode="mean")
    whole = sentence_transformers.SentenceTransformer(modules=[encoder, pooling, modules.Normalize()], device="cpu")
    whole.save_pretrained(str(folder))


def with_parts(**parts: Any) -> Callable[[Path, Path], None]:
    """Returns a function that writes a classifier with a tokenizer of its own kind."""
    return lambda folder, vocabulary: save(folder, bert(**NAMES), own_tokenizer(vocabulary, **dict(parts)))


def adapted(**settings: Any) -> Callable[[Path, Path], None]:
    """Returns a function that writes an adapter of a kind."""
    return lambda folder, vocabulary: adapter(folder, vocabulary, **settings)


def sequence(*types: str) -> dict[str, Any]:
    """Returns a sequence of normalizers as tokenizer.json has it."""
    return {"type": "Sequence", "normalizers": [{"type": name} for name in types]}


_BERT = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None}
KINDS: dict[str, Callable[[Path, Path], None]] = {
    "plain": plain,
    "cased": cased,
    "case_not_said": case_not_said,
    "old_vocabulary": old_vocabulary,
    "added_tokens": added_tokens,
    "declared_special": declared_special,
    "labels_as_integers": labels_as_integers,
    "one_output": one_output,
    "reader": reader,
    "whitespace": with_parts(pre_tokenizer={"type": "Whitespace"}),
    "whitespace_split": with_parts(pre_tokenizer={"type": "WhitespaceSplit"}),
    "nfd_lower_strip": with_parts(normalizer=sequence("NFD", "Lowercase", "StripAccents")),
    "nfkc": with_parts(normalizer=sequence("NFKC", "Lowercase")),
    "not_cleaned": with_parts(normalizer=_BERT | {"clean_text": False, "lowercase": True}),
    "other_prefix": with_parts(model={"continuing_subword_prefix": "@@"}),
    "word_limit": with_parts(model={"max_input_chars_per_word": 12}),
    "distilbert": distilbert,
    "distilbert_reader": distilbert_reader,
    "electra": electra,
    "electra_reader": electra_reader,
    "adapter": adapter,
    "adapter_beside": adapter_beside_a_model,
    "adapter_rslora": adapted(use_rslora=True, rank_pattern={"value": 2}, alpha_pattern={"query": 16}),
    "adapter_bias": adapted(bias="lora_only", target_modules="all-linear"),
    "adapter_dora": adapted(use_dora=True, target_modules=["query", "key", "dense"]),
    "cross_encoder": cross_encoder,
    "sentence_encoder": sentence_encoder,
}


def answer(folder: Path) -> dict[str, Any]:
    """Answers from a folder as its tool does.

    Args:
        folder: The folder.

    Returns:
        `vectors` of an encoder, `scores` of a CrossEncoder, or of other models `ids`, `offsets`, `logits` and, of
        classifiers, `labels` and `scores` of the pipeline; each for all texts.
    """
    if (folder / "modules.json").exists():
        config = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
        if config.get("model_type") == "CrossEncoder":
            scores = sentence_transformers.CrossEncoder(str(folder), device="cpu").predict(
                list(zip(TEXTS, PAIRS, strict=True))
            )
            return {"scores": scores.tolist()}
        encoder = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
        return {"vectors": encoder.encode([*TEXTS, LONG]).tolist()}
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return of_reader(folder, tokenizer) if is_reader(folder) else of_classifier(folder, tokenizer)


def is_reader(folder: Path) -> bool:
    """Returns whether a folder holds a reader."""
    path = folder / "config.json"
    return path.exists() and "QuestionAnswering" in path.read_text(encoding="utf-8")


def encoded(tokenizer: Any, *columns: list[str]) -> tuple[list[list[int]], dict[str, torch.Tensor]]:
    """Returns the token ids of each row, special tokens included, and the padded inputs."""
    ids = tokenizer(*columns, truncation=True)["input_ids"]
    return ids, dict(tokenizer(*columns, padding=True, truncation=True, return_tensors="pt"))


def offsets(tokenizer: Any) -> list[list[list[int]]]:
    """Returns the first and the last code point, exclusive, of each token of each text."""
    return [tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)["offset_mapping"] for text in TEXTS]


def of_reader(folder: Path, tokenizer: Any) -> dict[str, Any]:
    """Answers from a reader: the logits of the pieces of each text, asked about with its pair."""
    model = transformers.AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    ids, inputs = encoded(tokenizer, PAIRS, TEXTS)
    with torch.no_grad():
        outputs = model(**{name: value for name, value in inputs.items() if takes(model, name)})
    rows = zip(outputs.start_logits.tolist(), outputs.end_logits.tolist(), ids, strict=True)
    logits = [[start[: len(row)], end[: len(row)]] for start, end, row in rows]
    return {"ids": ids, "offsets": offsets(tokenizer), "logits": logits}


def of_classifier(folder: Path, tokenizer: Any) -> dict[str, Any]:
    """Answers from a classifier or from an adapter of one."""
    kind = transformers.AutoModelForSequenceClassification
    if not (folder / "config.json").exists():
        kind, classes = peft.AutoPeftModelForSequenceClassification, {"num_labels": 3}
        model = kind.from_pretrained(str(folder), **classes).eval()
    else:
        model = kind.from_pretrained(folder).eval()
    columns = [*TEXTS, LONG]
    ids, inputs = encoded(tokenizer, columns)
    with torch.no_grad():
        logits = model(**{name: value for name, value in inputs.items() if takes(model, name)}).logits
    answers = {"ids": ids, "offsets": offsets(tokenizer), "logits": logits.tolist()}
    if (folder / "config.json").exists():
        pipe = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=1, truncation=True)
        best = [row[0] for row in pipe(columns)]
        answers |= {"labels": [str(row["label"]) for row in best], "scores": [row["score"] for row in best]}
    return answers


def takes(model: Any, name: str) -> bool:
    """Returns whether a model takes an input; DistilBERT has no segments."""
    return name != "token_type_ids" or model.config.model_type != "distilbert"


def main() -> None:
    """Writes folders or answers from one, as the command line says."""
    command, *given = sys.argv[1:]
    transformers.logging.set_verbosity_error()
    if command == "answer":
        for folder in Path(given[0]).glob("*.back"):
            folder.with_suffix(".back.json").write_text(json.dumps(answer(folder)), encoding="utf-8")
        return
    for place, (kind, write) in enumerate(KINDS.items()):
        if given[2:] and kind not in given[2:]:
            continue
        torch.manual_seed(place)
        np.random.seed(place)
        folder = Path(given[0], kind)
        write(folder, Path(given[1]))
        folder.with_suffix(".answers.json").write_text(json.dumps(answer(folder)), encoding="utf-8")
        print(kind, flush=True)


if __name__ == "__main__":
    main()
