"""A masked language model with the second head of pre-training, on pairs of texts."""

from bert_keras import checkpoints
from bert_keras.models.encoder_with_pooler import with_pooler
from bert_keras.models.masked_lm import MaskedLM
from bert_keras.models.pair_head import PAIR_HEAD
from bert_keras.text import PairKind


def with_pairs(model: MaskedLM, pairs: PairKind | None, preset: str | None = None, base: str | None = None) -> MaskedLM:
    """Puts a head of pairs on a masked language model, or takes it off.

    Args:
        model: The model, which must not be used any more: its encoder is taken over.
        pairs: What the head tells; `None` takes it off.
        preset: The preset that the model was loaded from, of which a next-sentence head is read if there is one, as in
            a `BertForPreTraining` or a model of Google's. `None` makes a fresh head.
        base: The model that an adapter stands over, instead of the one that it names.

    Returns:
        The model with such a head, a fresh one if the preset has none; or without.

    Raises:
        InputError: The encoder knows only one segment.
    """
    if model.pairs == pairs:
        return model
    settings = model.settings | {"pairs": pairs}
    backbone = model.backbone if pairs is None else with_pooler(model.backbone, preset or "the model")
    if pairs is not None and backbone.pooled_dense is not None:
        backbone.pooled_dense.trainable = True
    with_head = MaskedLM(backbone, model.preprocessor, **settings)
    head = {place.name: place for place in with_head.head_places()}
    for place in model.head_places():
        if place.name in head and not place.name.startswith(PAIR_HEAD):
            head[place.name].variable.assign(place.variable)
    if pairs == "next_sentence" and preset is not None:
        _read_head([place for name, place in head.items() if name.startswith(PAIR_HEAD)], preset, base)
    return with_head


def _read_head(places: list[checkpoints.Place], preset: str, base: str | None) -> None:
    folder = checkpoints.locate(preset)
    if checkpoints.kind(folder) in ("bert_keras", "adapter"):
        return
    checkpoint = checkpoints.read(folder, base)
    if f"{PAIR_HEAD}.weight" in checkpoint.tensors:
        checkpoints.assign_places(places, checkpoint)
