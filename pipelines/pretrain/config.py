"""The options of `bert-keras pretrain`."""

from dataclasses import dataclass
from typing import Literal

from bert_keras.errors import InputError

from ..command_line.idle_options import refuse_idle
from ..command_line.options import file_option, option
from ..command_line.program import Program
from ..training.config import LEARNING, PLACES, SPEED, WORKERS, TrainingConfig


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
            language model gets a fresh one.
        max_length: Number of tokens of a row, which short documents share and long ones are cut to. Default: the most
            that the model reads.
        add_words: Number of frequent words of train, split into pieces until now, that become tokens of their own; each
            begins as the mean of its pieces.
        prune_vocabulary: Drop the tokens that no text of train has, except single characters, so that any word can
            still be spelt. The model becomes smaller, and reads train as before.
        masking: What is masked as a whole: a word with all its pieces, or each piece by itself.
        mask_share: Share of the tokens that is masked; of these 80 % become [MASK], 10 % another token, 10 % stay.
        trainable: The weights that are trained: all, head (the head alone), or top-N (the top N layers and the head).
        adapt: none trains the weights themselves; lora freezes the encoder and trains low-rank adapters beside its
            dense layers, and the head.
        batch_size: Rows per optimizer step, each of up to --max_length tokens.
        stop_metric: The score on dev that decides which epoch is best: loss or masked_accuracy. Default: loss, of which
            the perplexity is the exponential.
        seed: Seed of the documents held out, of the order of rows, of masks, of a fresh head, and of dropout.
        name: Name of the run and of the exported model. Default: the name of the folder of the first text.
    """

    dev: str | list[str] | None = file_option(None)  # type: ignore[assignment]
    dev_share: float = 0.05
    documents: Literal["file", "paragraph", "line"] = "file"
    text_column: str | None = option("COLUMN", None)
    add_words: int = 0
    prune_vocabulary: bool = False
    masking: Literal["word", "piece"] = "word"
    mask_share: float = 0.15

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("dev_share", "mask_share"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(f"--{name} must be between 0 and 1. Received: {getattr(self, name)}")
        if self.dev is not None:
            refuse_idle(self, ["dev_share"], "is held out of --train where there is no --dev; leave one of both out")
        if self.add_words < 0:
            raise InputError(f"--add_words must be 0 or above. Received: {self.add_words}")
        if (self.add_words or self.prune_vocabulary) and (self.adapt, self.trainable) != ("none", "all"):
            changed = "--add_words" if self.add_words else "--prune_vocabulary"
            frozen = "--adapt lora" if self.adapt == "lora" else f"--trainable {self.trainable}"
            raise InputError(f"{changed} changes the embedding, which {frozen} does not train; leave one of them out")


PROGRAM = Program(
    name="pretrain",
    description=(
        "Goes on with a model's pre-training on raw text of your domain: it learns to predict masked words. Says how "
        "well it does on documents that are held out, before and after."
    ),
    config=PretrainConfig,
    groups={
        "texts": ("train", "dev", "test", "dev_share", "documents", "text_column", "max_length"),
        "model": ("model", "base", "add_tokens", "trainable", "adapt", "rank"),
        "vocabulary": ("add_words", "prune_vocabulary"),
        "masks": ("masking", "mask_share"),
        "learning": LEARNING,
        "what is kept and written": PLACES,
        "speed and memory": SPEED,
        "several processes and machines": WORKERS,
    },
    examples=(
        "pretrain --train handbook/ --name handbook",
        "pretrain --train tickets.csv --text_column body --model bert_base_en_uncased --adapt lora --name tickets",
    ),
)
