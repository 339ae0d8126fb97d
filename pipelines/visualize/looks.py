"""What is looked at, and what if: passes of a model over examples, as records for the views."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bert_keras.errors import InputError
from bert_keras.insight.inspection import Inspection, attention
from bert_keras.insight.masked_heads import masked_heads
from bert_keras.insight.masking import replaced
from bert_keras.insight.record import Record, make_record
from bert_keras.models import SpanExtractor, TextClassifier
from bert_keras.serving import SavedClassifier, SavedExtractor

from ..console.short_texts import names_of
from .config import VisualizeConfig
from .examples import Example
from .flags import heads_of, methods_of, replacements_of
from .model import served_difference

_LONG = 128  # tokens: of longer rows what takes a pass for each word or step is made only where it is asked for
_SLOW = "integrated_gradients"


@dataclass(frozen=True)
class Look:
    """A look at an example.

    Attributes:
        example: The example; after a replacement, with the new texts.
        inspection: The pass.
        record: What the views show.
        instead_of: The look with which a what-if is compared; None where nothing was changed.
        change: What was changed, in words.
    """

    example: Example
    inspection: Inspection
    record: Record
    instead_of: "Look | None" = None
    change: str = ""


class Looks:
    """Makes looks.

    Args:
        config: With methods, the label to explain, and what to change.
        model: The model.
        name: Of the model.
        export: What is held beside it, if there is one.

    Raises:
        InputError: Heads that the model does not have.
    """

    def __init__(
        self,
        config: VisualizeConfig,
        model: TextClassifier | SpanExtractor,
        name: str,
        export: SavedClassifier | SavedExtractor | None,
    ) -> None:
        self._config, self._model, self._name, self._export = config, model, name, export
        self._methods, self._heads = methods_of(config.methods), heads_of(config.mask_heads)
        layers, heads = model.backbone.num_layers, model.backbone.num_heads
        if not all(layer < layers and head < heads for layer, head in self._heads):
            raise InputError(
                f"--mask_heads: the model has layers 0 to {layers - 1} with heads 0 to {heads - 1} each. Received: {config.mask_heads}"
            )

    def of(self, examples: Sequence[Example], advance: Callable[[int], object]) -> Iterator[Look]:
        """Looks at examples, and at each with what is to be changed.

        Args:
            examples: The examples.
            advance: Is told of each that is done.

        Yields:
            The looks; behind each those with a change.

        Raises:
            InputError: A text that the model does not read, or words to replace that stand nowhere.
        """
        changed = 0
        for name, example in zip(names_of([example.text for example in examples]), examples, strict=True):
            look = self._look(example, name, attention(self._model, example.text, example.pair))
            yield look
            for after in self._replaced(look, name):
                changed += 1
                yield after
            if self._heads:
                yield self._without_heads(look, name)
            advance(1)
        if self._config.replace and not changed:
            raise InputError(
                f"--replace: none of the texts holds it as a whole word. Received: {', '.join(self._config.replace)}"
            )

    def _look(
        self, example: Example, name: str, inspection: Inspection, before: Look | None = None, change: str = ""
    ) -> Look:
        long = len(inspection.tokens) > _LONG
        record = make_record(
            inspection,
            name=name,
            model_name=self._name,
            methods=[name for name in self._methods if name != _SLOW or self._config.methods or not long],
            masked=not long if self._config.mask_words is None else self._config.mask_words,
            label=self._config.label,
            true=example.true,
            served_difference=None if self._export is None else served_difference(self._export, inspection),
        )
        return Look(example, inspection, record, before, change)

    def _replaced(self, look: Look, name: str) -> Iterator[Look]:
        replacements = replacements_of(self._config.replace)
        if not replacements:
            return
        text, pair = look.example.text, look.example.pair
        try:
            after = replaced(self._model, text, pair, replacements=replacements).after
        except InputError:
            return  # it stands in other texts; where it stands in none, that is told at the end
        change = ", ".join(f"{old} → {new or '(nothing)'}" for old, new in replacements.items())
        # Right answers are places in the context, which is another one now.
        true = look.example.true if after.document is None or after.document.context == pair else None
        example = dataclasses.replace(look.example, text=after.tokens.first, pair=after.tokens.second, true=true)
        yield self._look(example, f"{name} [{change}]", after, look, change)

    def _without_heads(self, look: Look, name: str) -> Look:
        listed = ", ".join(f"{layer}.{head}" for layer, head in self._heads)
        with masked_heads(self._model, self._heads):
            inspection = attention(self._model, look.example.text, look.example.pair)
            without = self._without_export()._look(
                look.example, f"{name} [without {listed}]", inspection, look, f"without {listed}"
            )
        return without

    def _without_export(self) -> "Looks":
        """An export has all its heads, whatever is masked here."""
        return Looks(self._config, self._model, self._name, None)
