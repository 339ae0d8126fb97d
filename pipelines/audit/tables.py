"""An audit on the screen."""

from rich.text import Text

from bert_keras import auditing
from bert_keras.auditing import Audit
from bert_keras.data import Encoded

from ..console.consoles import console
from ..console.tables import figures_table

_LABELS_SHOWN, _PAIRS_SHOWN = 10, 5


def show_audit(audit: Audit, rows: Encoded) -> None:
    """Prints what an audit has found."""
    console.print(
        f"\nmodels that have not seen a row find its label most probable in {audit.agreement:.1%} of the rows; about "
        f"{audit.doubts.noise:.1%} of the labels are wrong, estimated\n"
    )
    table = figures_table("rows to look at", "rows", "share")
    for reason, title in auditing.REASONS.items():
        count = audit.count(reason)
        table.add_row(title, f"{count:,}", f"{count / len(rows):.1%}")
    console.print(table)
    figures = auditing.label_figures(audit)[:_LABELS_SHOWN]
    several = len(audit.labels) > len(figures)
    table = figures_table(
        "label", "rows", "in doubt", "wrong, estimated", title="most doubtful labels" if several else None
    )
    for of in figures:
        table.add_row(Text(of["label"]), f"{of['rows']:,}", f"{of['in_doubt']:,}", f"{of['noise']:.1%}")
    console.print(table)
    for pair in audit.confused[:_PAIRS_SHOWN]:
        one, other = audit.labels[pair.first], audit.labels[pair.second]
        counts = f"{pair.first_is_second:.0f} rows of the first, {pair.second_is_first:.0f} of the second"
        console.print(Text(f"confused both ways: {one!r} and {other!r}, {counts}"))
