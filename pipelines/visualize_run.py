"""A look inside from flags to files: what is read, looked at, written and shown, in this order."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bert_keras.insight.page import write_page
from bert_keras.models import SpanExtractor, task_class
from pipelines.program import console
from pipelines.progress import progress
from pipelines.visualize_flags import layers_of
from pipelines.visualize_input import Example, typed_examples
from pipelines.visualize_log import LogFolder
from pipelines.visualize_model import Named, load, load_export
from pipelines.visualize_records import Look, Looks
from pipelines.visualize_rows import Rows
from pipelines.visualize_tables import changes_table, looks_table

if TYPE_CHECKING:
    from bert_keras.models import TextClassifier
    from pipelines.visualize import VisualizeConfig


def visualize(config: "VisualizeConfig") -> None:
    """Looks, writes and shows.

    Args:
        config: What was asked for.

    Raises:
        BertKerasError: A mistake in what was given.
    """
    named, *others = map(Named.of, (config.model, *(config.compare or ())))
    typed = config.text is not None or config.question is not None
    rows = None if typed else Rows(config, named)
    is_reader = issubclass(task_class(config.model), SpanExtractor)
    examples = typed_examples(config, is_reader) if typed else []
    model = load(config.model, config.null_threshold)
    if rows is not None:
        examples = rows.chosen(model)
    exported = config.export or named.usual_export()
    looks = _look(Looks(config, model, named.name, None if exported is None else load_export(exported, model)), examples)
    shown = {named.name: looks}
    for other in others:
        shown[other.name] = _look(Looks(config, load(other.given, config.null_threshold), other.name, None), examples)
    log = LogFolder(Path(config.logdir) if config.logdir else named.logdir)
    log.begin()
    for name, of in shown.items():
        log.write("" if of is looks and not config.logdir else name, of)
    if config.embeddings and rows is not None:
        _write_embeddings(model, rows, config, log.path)
    log.end()
    if config.html is not None:
        write_page(config.html, [look.record for of in shown.values() for look in of])
    _show(looks)
    # With the run's own curves, and so that the folder is named in the list of runs.
    shown_in = log.path if config.logdir else log.path.parent
    _say_what_is_where(config, log.path, shown_in)
    if config.open:
        from pipelines.visualize_tensorboard import open_tensorboard

        open_tensorboard(shown_in, config.port)


def _look(looks: Looks, examples: Sequence[Example]) -> list[Look]:
    with progress(console) as bar:
        task = bar.add_task("looking", total=len(examples), note="")
        return list(looks.of(examples, functools.partial(bar.advance, task)))


def _write_embeddings(model: "TextClassifier | SpanExtractor", rows: Rows, config: "VisualizeConfig", folder: Path) -> None:
    from pipelines.visualize_embeddings import write_embeddings

    with console.status(f"making vectors of {rows.name}"):
        sets = write_embeddings(model, rows, layers_of(config.layers), folder)
    points = ", ".join(f"{len(each.vectors):,} {each.group}" for each in {each.group: each for each in sets}.values())
    console.print(f"{rows.name}: vectors of {points}")


def _show(looks: Sequence[Look]) -> None:
    console.print(looks_table([look for look in looks if look.instead_of is None]))
    changed = [look for look in looks if look.instead_of is not None]
    if changed:
        console.print(changes_table(changed))


def _say_what_is_where(config: "VisualizeConfig", logdir: Path, shown_in: Path) -> None:
    written = {"log": logdir, "page": config.html, "figures": config.figures}
    console.print("\n" + "\n".join(f"{what:8}{path}" for what, path in written.items() if path is not None))
    if not config.open:
        console.print(f"\nnext:\n  tensorboard --logdir {shown_in}    # and there the tab Attention")
