"""The steps of `visualize`: reads the input, inspects it, and writes and prints the results."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from bert_keras.errors import InputError
from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.page import write_page
from bert_keras.insight.projector import write_projector
from bert_keras.models import MaskedLM, TokenClassifier

from ..console.consoles import console
from ..console.progress import counted_rows
from ..inputs.model_columns import takes_pairs
from .config import VisualizeConfig
from .embeddings import all_vectors, row_vectors
from .examples import Example, typed_examples, what_it_does
from .figures import write_figures
from .flags import layers_of
from .live import live
from .log import LogFolder
from .looks import Look, Looks
from .model import Looked, Named, class_of, different_names, load, load_export
from .predicted import write_predicted_rows
from .rows import Rows
from .tables import changes_table, looks_table
from .tensorboard import open_tensorboard, tab_link

_AT_TOKENS = (TokenClassifier, MaskedLM)  # which decide at tokens of a text, not of the text


def visualize(config: VisualizeConfig) -> None:
    """Inspects one or more models, and writes and prints the results.

    Args:
        config: The options.

    Raises:
        BertKerasError: A mistake in the options or the input.
    """
    named, *others = different_names(list(map(Named.of, (config.model, *(config.compare or ())))))
    typed = config.text is not None or config.question is not None
    kind = class_of(config.model, config.base)
    pairs = _takes_pairs(config.model, kind)
    if kind in _AT_TOKENS and config.embeddings:
        raise InputError(f"{config.model}: {what_it_does(kind)}; --embeddings are of classifiers and readers")
    rows = None if typed else Rows(config, named, kind, pairs)
    for other in others:
        _check_same_kind(named, kind, other)
    examples = typed_examples(config, kind, pairs) if typed else []
    model = load(config.model, config.null_threshold, config.base)
    if rows is not None:
        examples = rows.chosen(model)
    exported = config.export or named.usual_export()
    looks = _look(
        Looks(config, model, named.name, None if exported is None else load_export(exported, model)), examples
    )
    shown = {named: looks}
    for other in others:
        shown[other] = _look(Looks(config, load(other.given, config.null_threshold), other.name, None), examples)
    vectors = [] if rows is None or kind in _AT_TOKENS else _vectors(config, model, rows)
    # Before the log folder is written, which forgets what earlier calls wrote: this is kept from call to call.
    write_predicted_rows(config, named, model, named.logdir)
    log = _write(config, named, shown, vectors if config.embeddings else [])
    if config.html is not None:
        write_page(config.html, [look.record for of in shown.values() for look in of])
    if config.figures is not None:
        write_figures(Path(config.figures), looks, vectors)
    _show(looks)
    link = tab_link(log.name, looks[0].record.header)
    _say_what_is_where(config, log, link)
    if config.open:
        open_tensorboard(log.parent, config.port, link, live(model, named.name, bool(pairs)))


def _takes_pairs(model: str, kind: type[Looked]) -> bool | None:
    return False if kind in _AT_TOKENS else takes_pairs(model)


def _check_same_kind(named: Named, kind: type[Looked], other: Named) -> None:
    """Raises InputError if two models do different things, or one takes pairs of texts, and the other single ones."""
    its_kind = class_of(other.given, None)
    if its_kind is not kind:
        raise InputError(
            f"{other.given}: the model {what_it_does(its_kind)}, and {named.given} {what_it_does(kind)}; "
            "compare models of one kind"
        )
    pairs, others = _takes_pairs(named.given, kind), _takes_pairs(other.given, kind)
    if None not in (pairs, others) and pairs != others:
        takes, given = ("pairs of texts", "single ones") if others else ("single texts", "pairs")
        raise InputError(
            f"{other.given}: the model takes {takes}, and {named.given} {given}; compare models of one kind"
        )


def _look(looks: Looks, examples: Sequence[Example]) -> list[Look]:
    with counted_rows(console, "looking", len(examples)) as advance:
        return list(looks.of(examples, advance))


def _vectors(config: VisualizeConfig, model: Looked, rows: Rows) -> list[EmbeddingSet]:
    if not config.embeddings and config.figures is None:
        return []
    try:
        with console.status(f"making vectors of {rows.name}"):
            sets = (all_vectors if config.embeddings else row_vectors)(model, rows, layers_of(config.layers))
    finally:  # too few rows may be left
        rows.warn_of_left_out(model)
    points = ", ".join(
        f"{len(each.vectors):,} {group}" for group, each in {each.group: each for each in reversed(sets)}.items()
    )
    console.print(f"{rows.name}: vectors of {points}")
    return sets


def _write(
    config: VisualizeConfig, named: Named, shown: dict[Named, list[Look]], vectors: Sequence[EmbeddingSet]
) -> Path:
    """Writes a log folder for each model, which TensorBoard shows as a run, and returns that of the first model."""
    first = LogFolder(Path(config.logdir, named.name) if config.logdir else named.logdir)
    with first.replaced():  # which may hold those of the others
        for other, looks in list(shown.items())[1:]:
            beside = LogFolder(Path(config.logdir, other.name) if config.logdir else first.path / other.name)
            with beside.replaced():
                beside.write(looks)
        first.write(shown[named])
        if vectors:
            write_projector(first.path, vectors)
    return first.path


def _show(looks: Sequence[Look]) -> None:
    console.print(looks_table([look for look in looks if look.instead_of is None]))
    changed = [look for look in looks if look.instead_of is not None]
    if changed:
        console.print(changes_table(changed))


def _say_what_is_where(config: VisualizeConfig, log: Path, link: str) -> None:
    written = {"log": log, "page": config.html, "figures": config.figures}
    console.print("\n" + "\n".join(f"{what:8}{path}" for what, path in written.items() if path is not None))
    if not config.open:  # the parent folder, so that TensorBoard shows the name of the log folder as that of the run
        console.print(
            f"\nnext:\n  tensorboard --logdir {shlex.quote(str(log.parent))}    # and there the tab Attention:\n"
            f"  http://localhost:6006/{link}"
        )
