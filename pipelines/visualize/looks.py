"""The inspection of examples, and of the same examples after a change, as records for the views."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bert_keras.errors import InputError
from bert_keras.insight.inspection import Inspection, attention
from bert_keras.insight.masked_heads import masked_heads
from bert_keras.insight.masking import replaced
from bert_keras.insight.record import Record, make_record

from ..console.short_texts import names_of
from .config import VisualizeConfig
from .examples import Example
from .flags import heads_of, methods_of, replacements_of
from .model import Export, Looked, served_difference


@dataclass(frozen=True)
class Look:
    """An inspected example.

    Attributes:
        example: The example; after a replacement, with the new texts.
        inspection: The tokens, attention weights and logits of the forward pass.
        record: The data that the views show.
        instead_of: The look before the change; `None` if nothing was changed.
        change: A description of the change; "" if nothing was changed.
    """

    example: Example
    inspection: Inspection
    record: Record
    instead_of: "Look | None" = None
    change: str = ""


class Looks:
    """Inspects examples with a model.

    Args:
        config: The options, with the attribution methods, the label to explain, and the changes.
        model: The model.
        name: The name of the model.
        export: The export whose logits are compared with the model's, or `None`.

    Raises:
        InputError: The model does not have one of the heads to mask.
    """

    def __init__(
        self,
        config: VisualizeConfig,
        model: Looked,
        name: str,
        export: Export | None,
    ) -> None:
        self._config, self._model, self._name, self._export = config, model, name, export
        self._methods, self._heads = methods_of(config.methods), heads_of(config.mask_heads)
        layers, heads = model.backbone.num_layers, model.backbone.num_heads
        if not all(layer < layers and head < heads for layer, head in self._heads):
            raise InputError(
                f"--mask_heads: the model has layers 0 to {layers - 1} with heads 0 to {heads - 1} each. "
                f"Received: {config.mask_heads}"
            )

    def of(self, examples: Sequence[Example], advance: Callable[[int], object]) -> Iterator[Look]:
        """Inspects examples, and each again after every change that the options name.

        Args:
            examples: The examples.
            advance: A function that is called with 1 after each example.

        Yields:
            The look at each example, followed by those after a change.

        Raises:
            InputError: The model cannot read a text, or the words to replace occur in none of the texts.
        """
        changed = 0
        for name, example in zip(names_of([example.text for example in examples]), examples, strict=True):
            look = self._look(example, name, self._seen(example))
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

    def _seen(self, example: Example) -> Inspection:
        try:
            return attention(self._model, example.text, example.pair)
        except InputError as error:
            raise InputError(f"{example.place}: {error}" if example.place else str(error)) from error

    def _look(
        self, example: Example, name: str, inspection: Inspection, before: Look | None = None, change: str = ""
    ) -> Look:
        record = make_record(
            inspection,
            name=name,
            model_name=self._name,
            methods=self._methods,
            masked=self._config.mask_words is not False,
            every_word=bool(self._config.mask_words),
            label=self._config.label,
            against=self._config.against,
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
            return  # this text does not contain the words; if no text does, `of` raises an error at the end
        change = ", ".join(f"{old} → {new or '(nothing)'}" for old, new in replacements.items())
        # Gold answers are positions in the context, and entities in the text: not valid in a changed one.
        moved = after.tagged is not None or (after.document is not None and after.document.context != pair)
        true = None if moved else look.example.true
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
        """Returns the same object without the export, which always uses all its heads."""
        return Looks(self._config, self._model, self._name, None)
