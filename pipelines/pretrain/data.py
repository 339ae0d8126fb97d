"""The data of a masked language model's training: the rows of every split, and the model to train."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from rich.table import Table
from rich.text import Text

from bert_keras import data, training
from bert_keras.data.masked.masked_rows import masking_of
from bert_keras.data.masked.masking import NOT_MASKED
from bert_keras.data.spread import spread
from bert_keras.errors import DataError
from bert_keras.models import MaskedLM, with_pairs
from bert_keras.text import PAIR_LABELS, BertTokenizer, only_tokens, split_words, with_words

from ..command_line.idle_options import refuse_idle
from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.data import TFDS_SPLITS, TrainingData
from .config import PretrainConfig
from .new_model import learned_tokenizer, new_model, tokenizer_of
from .texts import RawTexts

_HELD_OUT = "held out too"
_EXAMPLES, _TOKENS_SHOWN, _WORDS_SHOWN = 3, 48, 8
_MANY_UNKNOWN = 0.01  # of the tokens
_FEW_MASKED = 1000  # masked tokens of dev, on which the perplexity is an accident

Rows: TypeAlias = data.MaskedRows | data.PairRows


class PretrainData(TrainingData):
    """The rows of every split, and a masked language model.

    Args:
        config: The options of the training.

    Attributes:
        rows: The rows of each split.
        before: What the model makes of dev and test before it is trained.

    Raises:
        InputError: An option does not fit the data or the model.
        DataError: The data are invalid.
    """

    rows_are = "rows"
    config: PretrainConfig
    model: MaskedLM
    train: Rows  # type: ignore[assignment]
    dev: Rows

    def __init__(self, config: PretrainConfig) -> None:
        super().__init__(config)
        self._texts = {split: self._raw_texts(split) for split in self.files}
        if not any(texts.has_documents for texts in self._texts.values()):
            refuse_idle(config, ["documents"], "cuts txt, md, html and pdf files, and no file is one; leave it out")
        self.precision = training.choose_precision(config.precision)
        self.told: list[str] = []
        self.new = config.new_vocabulary is not None
        self.fresh_head = not self.new and not MaskedLM.has_head(config.model, config.base)
        self.model = self._with_new_head(self._begin if self.new else self._load, self._sampled_texts)
        documents = self._documents()
        if config.add_words or config.prune_vocabulary:
            self._change_vocabulary(documents["train"])
            documents = self._documents()
        self.rows = {split: self._rows_of(split, of_split) for split, of_split in documents.items()}
        nothing = next((split for split, rows in self.rows.items() if self._unknown(rows) == 1), None)
        if nothing is not None:
            raise DataError(self._of_unknown_words(nothing))
        self.train, self.dev = self.rows["train"], self.rows["dev"]
        self.before = {split: self.results(self.model, split) for split in self.rows if split != "train"}

    @property
    def begins_with(self) -> str:
        """The model that is trained, in words."""
        config = self.config
        return f"a new BERT ({config.layers} layers, {config.hidden_dim} wide)" if self.new else config.model

    def results(self, model: MaskedLM, split: str) -> training.MaskedResults:
        """Runs a model over a split, whose masks are always the same."""
        rows, budget = self.rows[split], self.config.token_budget or training.usual_token_budget()
        with counted_rows(console, f"evaluating {split}", len(rows)) as advance:
            return training.masked_results(model, rows, budget, advance)

    def _raw_texts(self, split: str) -> RawTexts:
        return RawTexts(self.files[split], self.config.documents, self.config.text_column, TFDS_SPLITS[split])

    def _sampled_texts(self, model: MaskedLM, most: int) -> dict[str, Any]:
        """Returns up to `most` texts with their masks, as the model reads them."""
        config, random = self.config, np.random.default_rng(self.config.seed)
        masking = masking_of(model.preprocessor.tokenizer, config.mask_share, config.masking)
        inputs = model.preprocessor([text.text for text in islice(self._raw_texts("train"), most)])
        return {**inputs, "token_ids": np.stack([masking(row, random)[0] for row in np.asarray(inputs["token_ids"])])}

    def _load(self) -> MaskedLM:
        config = self.config
        load = MaskedLM.from_encoder if self.fresh_head else MaskedLM.from_preset
        model = load(config.model, base=config.base, max_length=config.max_length, dtype=self.precision.policy)
        if model.pairs != config.pair_kind:
            if model.pairs is not None:
                fate = "is left out" if config.pair_kind is None else "gives way to a fresh one"
                self.told.append(f"{config.model}: its head of --pairs {model.pairs} {fate}")
            model = with_pairs(model, config.pair_kind, config.model, config.base)
        if config.add_tokens:
            model.add_tokens(config.add_tokens)
        return model

    def _begin(self) -> MaskedLM:
        """Returns a new model, with a vocabulary of the documents that are trained on."""
        found = self._documents(tokenizer_of(self.config))
        seen = {digest: _HELD_OUT for split in found if split != "train" for digest in found[split].digests.tolist()}
        documents = data.new_documents(self._texts["train"], seen, Counter())
        tokenizer = learned_tokenizer(self.config, (document.text for document in documents))
        longest = ", ".join(sorted(tokenizer.word_pieces, key=lambda piece: -len(piece))[:_WORDS_SHOWN])
        tokens, asked = tokenizer.vocabulary_size(), self.config.new_vocabulary or 0
        fewer = f" (of {asked:,} asked for: no other pieces stand side by side twice)" if tokens < asked else ""
        self.told.append(f"{tokens:,} tokens are learned from train{fewer}: {longest}, …")
        model = new_model(self.config, tokenizer, self.precision.policy)
        if self.config.add_tokens:
            model.add_tokens(self.config.add_tokens)
        return model

    def _documents(self, tokenizer: BertTokenizer | None = None) -> dict[str, data.DocumentTokens]:
        """Reads the documents that are held out first, so that none of them is trained on."""
        tokenizer = tokenizer or self.model.preprocessor.tokenizer
        seen: dict[bytes, str] = {}
        found: dict[str, data.DocumentTokens] = {}
        for split in (*(name for name in self.files if name != "train"), "train"):
            with counted_rows(console, f"reading {split}") as advance:
                found[split] = data.tokenize_documents(
                    self._texts[split].name, self._texts[split], tokenizer, seen, advance
                )
            seen = dict.fromkeys(seen, _HELD_OUT)
        if "dev" not in found:
            least = 2 if self.config.pair_kind == "next_sentence" else 1  # the second text is of another document
            found["train"], found["dev"] = found["train"].held_out(self.config.dev_share, self.config.seed, least)
        return {split: found[split] for split in TFDS_SPLITS if split in found}

    def _change_vocabulary(self, train: data.DocumentTokens) -> None:
        """Gives words of train tokens of their own, and drops the tokens that train does not have."""
        parameters, tokens = self.model.count_params(), train.token_ids
        if self.config.add_words:
            words = split_words(self.model.preprocessor.tokenizer, tokens, self.config.add_words)
            if not words:
                raise DataError(
                    f"{train.name}: no word that stands there 5 times is split into pieces; leave --add_words out"
                )
            change = with_words(self.model.preprocessor.tokenizer, words)
            self.model.change_vocabulary(change)
            known = {*change.tokenizer.word_pieces}
            added = [word for word in words if word in known]  # not those of which no piece is known
            shown = ", ".join(added[:_WORDS_SHOWN]) + (", …" if len(added) > _WORDS_SHOWN else "")
            self.told.append(f"{len(added):,} words are tokens of their own now: {shown}")
            tokens = self._documents()["train"].token_ids
        if self.config.prune_vocabulary:
            before = self.model.preprocessor.tokenizer.vocabulary_size()
            self.model.change_vocabulary(only_tokens(self.model.preprocessor.tokenizer, np.unique(tokens)))
            after = self.model.preprocessor.tokenizer.vocabulary_size()
            self.told.append(f"{after:,} of {before:,} tokens are kept")
        self.told.append(f"{parameters:,} parameters became {self.model.count_params():,}")

    def _rows_of(self, split: str, documents: data.DocumentTokens) -> Rows:
        preprocessor, config, kind = self.model.preprocessor, self.config, self.config.pair_kind
        given = documents, preprocessor.tokenizer, preprocessor.max_length
        if kind is None:
            return data.masked_rows(*given, config.mask_share, config.masking)
        try:
            return data.pair_rows(*given, kind, config.mask_share, config.masking)
        except DataError as error:
            if not self._is_held_out(split):
                raise
            raise DataError(f"{error}, or hold out more than {len(documents):,} (--dev_share, --dev)") from error

    def _is_held_out(self, split: str) -> bool:
        """Returns whether a split is a share of the documents of train."""
        return split == "dev" and split not in self.files

    def preview(self) -> Iterator[Table]:
        """Yields a table of some rows with their masks, for a dry run."""
        tokenizer = self.model.preprocessor.tokenizer
        kind = self.config.pair_kind
        heads = ("tokens", "to predict", *(["pair"] if kind else []))
        table = Table(*heads, title="rows of train", title_justify="left", show_lines=True)
        for row in spread(len(self.train), _EXAMPLES):
            inputs, targets = self.train.batch(np.array([row]))
            length = min(_TOKENS_SHOWN, int(inputs["padding_mask"].sum()))
            ids, wanted = inputs["token_ids"][0, :length], targets[0, :length]
            tokens, masked = (
                " ".join(tokenizer.id_to_token(int(token)) for token in of)
                for of in (ids, wanted[wanted != NOT_MASKED])
            )
            pair = [PAIR_LABELS[kind][int(inputs["pairs"][0, 0])]] if kind else []
            table.add_row(Text(tokens), Text(masked), *pair)
        yield table

    def report(self) -> dict[str, Any]:
        """Returns the "data" section of `report.json`."""
        return {split: self._of_split(split) for split in self.rows}

    def _of_split(self, split: str) -> dict[str, Any]:
        rows = self.rows[split]
        left_out = dict(rows.documents.left_out)
        before = self._texts[split].left_out if split in self._texts else {}
        for reason, count in before.items():
            left_out[reason] = left_out.get(reason, 0) + count
        return {
            "file": rows.documents.name,
            "documents_read": rows.documents.read + sum(before.values()),
            "documents": len(rows.documents),
            "left_out": left_out,
            "tokens": int(rows.documents.lengths.sum()),
            "rows": len(rows),
            "unknown_tokens": self._unknown(rows),
        }

    def _of_unknown_words(self, split: str) -> str:
        """Returns what is told where the vocabulary knows no word of a split."""
        held_out = self._is_held_out(split)
        remedy = f"name {'texts' if self.new else 'a model'} for this language or script"
        if held_out:
            remedy = "hold out more of them (--dev_share, --dev), or " + remedy
        which = f" of the {len(self.rows[split].documents):,} that are held out" if held_out else ""
        return (
            f"{self.rows[split].name}: the vocabulary of {self.begins_with} knows none of the words{which}, so that "
            f"there is nothing to predict; {remedy}"
        )

    def _unknown(self, rows: Rows) -> float:
        """Returns the share of the tokens that the vocabulary does not have."""
        tokenizer = self.model.preprocessor.tokenizer
        unknown = tokenizer.token_to_id(tokenizer.rules.unknown)
        tokens = len(rows.token_ids) if isinstance(rows, data.PairRows) else rows.documents.lengths.sum()
        return float((rows.token_ids == unknown).sum() / tokens)

    def _answers(self) -> str:
        kind = self.config.pair_kind
        of_pairs = f", and tells {' from '.join(PAIR_LABELS[kind])}" if kind else ""
        return f"predicts masked {self.config.masking}s{of_pairs}"

    def _summary(self) -> Iterator[Table | str]:
        yield from dict.fromkeys(note for texts in self._texts.values() for note in texts.notes)
        yield from self.told
        table = figures_table("split", "documents", "left out", "tokens", "rows", "filled")
        for split, rows in self.rows.items():
            told = self._of_split(split)
            filled = rows.lengths.sum() / (len(rows) * self.model.preprocessor.max_length)
            counts = told["documents"], sum(told["left_out"].values()), told["tokens"], told["rows"]
            table.add_row(split, *(f"{count:,}" for count in counts), f"{filled:.0%}")
        yield table
        for split, texts in self._texts.items():
            left_out = self._of_split(split)["left_out"]
            if left_out:
                yield f"{texts.name}: left out {', '.join(f'{n:,} ({why})' for why, n in left_out.items())}"
        for split, rows in self.rows.items():
            if isinstance(rows, data.PairRows) and rows.too_short:
                one = rows.too_short == 1
                what = "1 text or end of a text has" if one else f"{rows.too_short:,} texts or ends of texts have"
                yield f"{split}: {what} one word alone, and {'is' if one else 'are'} in no pair"

    def _warnings(self) -> Iterator[str]:
        if self.fresh_head:
            yield (
                f"{self.config.model} has no head that predicts words: a fresh one starts, its dense layer random and "
                "its last kernel that of the token embeddings, so that the perplexity begins high"
            )
        for split, rows in self.rows.items():
            unknown = self._unknown(rows)
            if unknown > _MANY_UNKNOWN:
                yield f"{split}: {unknown:.1%} of the tokens are words that the vocabulary does not have"
        masked = int(self.before["dev"].tokens.sum())
        if masked < _FEW_MASKED:
            yield f"dev: the perplexity is that of only {masked:,} masked tokens; hold out more (--dev_share, --dev)"
