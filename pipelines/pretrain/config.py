"""The options of `bert-keras pretrain`."""

from dataclasses import dataclass
from typing import Any, Literal

from bert_keras.errors import InputError
from bert_keras.text.pair_kinds import PairKind

from ..command_line.idle_options import Idle, refuse_all_idle
from ..command_line.options import file_option, model_option, option
from ..command_line.program import Program
from ..training.config import LEARNING, PLACES, SPEED, WORKERS, TrainingConfig

_SIZES = ("layers", "hidden_dim", "heads")
_OF_NEW_MODEL = (*_SIZES, "cased", "strip_accents")
_OF_GIVEN_MODEL = ("model", "base", "adapt", "adapters_over", "trainable", "add_words", "prune_vocabulary")


@dataclass(frozen=True)
class PretrainConfig(TrainingConfig):
    """Options of a masked language model's training.

    Args:
        train: The texts: folders and files of documents (txt, md, html, pdf; text also .gz), and files or folders with
            a column of texts (csv, tsv, JSON lines, Parquet, xlsx, ...), or TFDS names. No labels are read.
        dev: Texts that are held out, on which the perplexity is measured before training and after each epoch.
            Default: a share of the documents of train.
        test: Further texts that are held out, measured before training and at the end.
        dev_share: Without --dev, the share of the documents that is held out.
        documents: What is one document in a txt, md, html or pdf file: the whole file, each paragraph, or each line. A
            row of a table always is one. Documents that stand there twice are read once.
        text_column: Column with the texts. Default: the first of the usual names (text, sentence, review, ...).
        model: The model to start from: minilm_l6_en_uncased, a folder (Hugging Face, Google, KerasHub, a run),
            hf://USER/MODEL, or a name of KerasHub's such as bert_base_en_uncased. One without the head of a masked
            language model gets a fresh one. Default: minilm_l6_en_uncased.
        max_length: Number of tokens of a row, which short documents share and long ones are cut to. Default: the most
            that the model reads, of a new one 512.
        add_words: Number of frequent words of train, split into pieces until now, that become tokens of their own; each
            begins as the mean of its pieces.
        prune_vocabulary: Drop the tokens that no text of train has, except single characters, so that any word can
            still be spelt. The model becomes smaller, and reads train as before.
        new_vocabulary: Begin with a new BERT of random weights, for a language of your own, and with a vocabulary of so
            many tokens, which is learned from train.
        layers: Number of layers of the new BERT. Default: 4.
        hidden_dim: Size of its hidden states. Default: 256.
        heads: Number of its attention heads per layer. Default: one for 64 of --hidden_dim.
        cased: Keep capital letters in the new vocabulary, rather than lower-case all texts.
        strip_accents: Take accents off letters in the new vocabulary, as English BERTs do; for scripts whose vowels
            are such marks, leave it out.
        masking: What is masked as a whole: a word with all its pieces, or each piece by itself.
        mask_share: Share of the tokens that is masked; of these 80 % become [MASK], 10 % another token, 10 % stay.
        pairs: Also train a second head, on rows of two texts: next_sentence, whether the second follows the first or is
            of another document, or sentence_order, whether both are in their order. Documents then do not share rows.
        trainable: The weights that are trained: all, head (the head alone), or top-N (the top N layers and the head).
        adapt: none trains the weights themselves; lora freezes the encoder and trains low-rank adapters beside its
            dense layers, and the head.
        batch_size: Rows per optimizer step, each of up to --max_length tokens.
        learning_rate: Peak learning rate; it rises during warm-up and then falls linearly to zero. Default: 5e-5, for
            adapters 1e-3, for a new BERT 5e-4.
        stop_metric: The score on dev that decides which epoch is best: loss, masked_accuracy, or with --pairs
            pair_accuracy or pair_loss. Default: loss, of which the perplexity is the exponential.
        seed: Seed of the documents held out, of the order of rows, of masks, of a fresh head or model, and of dropout.
        name: Name of the run and of the exported model. Default: the name of the folder of the first text.
    """

    dev: str | list[str] | None = file_option(None)  # type: ignore[assignment]
    model: str = model_option(None)  # which stays None only for a new one
    dev_share: float = 0.05
    documents: Literal["file", "paragraph", "line"] = "file"
    text_column: str | None = option("COLUMN", None)
    add_words: int = 0
    prune_vocabulary: bool = False
    new_vocabulary: int | None = None
    layers: int | None = None
    hidden_dim: int | None = None
    heads: int | None = None
    cased: bool = False
    strip_accents: bool = False
    masking: Literal["word", "piece"] = "word"
    mask_share: float = 0.15
    pairs: Literal["none", "next_sentence", "sentence_order"] = "none"

    def __post_init__(self) -> None:
        if self.new_vocabulary is None:
            self._check_no_new_model()
        else:
            self._check_new_model()
        super().__post_init__()
        for name in ("dev_share", "mask_share"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(f"--{name} must be between 0 and 1. Received: {getattr(self, name)}")
        refuse_all_idle(self, IDLE)
        if self.add_words < 0:
            raise InputError(f"--add_words must be 0 or above. Received: {self.add_words}")
        if (self.add_words or self.prune_vocabulary) and (self.adapt, self.trainable) != ("none", "all"):
            changed = "--add_words" if self.add_words else "--prune_vocabulary"
            frozen = "--adapt lora" if self.adapt == "lora" else f"--trainable {self.trainable}"
            raise InputError(f"{changed} changes the embedding, which {frozen} does not train; leave one of them out")

    @property
    def pair_kind(self) -> PairKind | None:
        """What is learned of pairs of texts, if anything is."""
        return None if self.pairs == "none" else self.pairs

    def _check_no_new_model(self) -> None:
        given = next((name for name in _OF_NEW_MODEL if getattr(self, name) not in (None, False)), None)
        if given is not None:
            raise InputError(
                f"--{given} says what a new BERT is like; add --new_vocabulary N, or leave it out. Received: "
                f"{getattr(self, given)}"
            )
        self._set("model", "minilm_l6_en_uncased")

    def _check_new_model(self) -> None:
        """Sets the size of the new model, and checks it and that no option is about a model that is there."""
        for name in _OF_GIVEN_MODEL:
            given, default = getattr(self, name), getattr(PretrainConfig, name)
            if given != default:
                raise InputError(
                    f"--new_vocabulary begins with a BERT of random weights, and --{name} is about one that is "
                    f"trained; leave one of both out. Received: --{name} {given}"
                )
        for name, default in (("layers", 4), ("hidden_dim", 256), ("learning_rate", 5e-4), ("max_length", 512)):
            self._set(name, default)
        by_default = self.heads is None
        self._set("heads", max(1, (self.hidden_dim or 0) // 64))
        for name in ("new_vocabulary", *_SIZES, "max_length"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} must be 1 or above. Received: {getattr(self, name)}")
        if self.hidden_dim and self.heads and self.hidden_dim % self.heads:
            why = ", which are one for 64 of it by default; name another number" if by_default else ""
            raise InputError(
                f"--hidden_dim must be divisible by --heads{why}. Received: {self.hidden_dim} and {self.heads} heads"
            )

    def _set(self, name: str, default: Any) -> None:
        """Sets an option that was not given, so that `config.yaml` says it."""
        if getattr(self, name) is None:
            object.__setattr__(self, name, default)


IDLE = (
    Idle(
        ("dev_share",),
        lambda config: config.dev is not None,
        "is held out of --train where there is no --dev; leave one of both out",
    ),
)

PROGRAM = Program(
    name="pretrain",
    description=(
        "Goes on with a model's pre-training on raw text of your domain: it learns to predict masked words. Says how "
        "well it does on documents that are held out, before and after."
    ),
    config=PretrainConfig,
    groups={
        "texts": ("train", "dev", "test", "dev_share", "documents", "text_column", "max_length"),
        "model": ("model", "base", "add_tokens", "trainable", "adapt", "adapters_over", "rank"),
        "vocabulary": ("add_words", "prune_vocabulary"),
        "a new model": ("new_vocabulary", *_OF_NEW_MODEL),
        "masks and pairs": ("masking", "mask_share", "pairs"),
        "learning": LEARNING,
        "what is kept and written": PLACES,
        "speed and memory": SPEED,
        "several processes and machines": WORKERS,
    },
    examples=(
        "pretrain --train handbook/ --name handbook",
        "pretrain --train texts/ --new_vocabulary 16000 --layers 6 --hidden_dim 384 --epochs 40 --name own-language",
        "pretrain --train tickets.csv --text_column body --model bert_base_en_uncased --adapt lora --name tickets",
    ),
)
