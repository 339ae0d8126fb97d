"""An audit on the screen."""

from rich.text import Text

from bert_keras import auditing
from bert_keras.auditing import Audit
from bert_keras.data import Encoded

from ..console.consoles import console
from ..console.tables import figures_table

_LABELS_SHOWN, _PAIRS_SHOWN = 10, 5
_GOOD_JUDGES = 0.9  # below it, rows that judges get wrong are more than usual wrong labels


def show_audit(audit: Audit, rows: Encoded) -> None:
    """Prints what an audit has found."""
    console.print(f"\njudges that have not seen the row agree with the labels of {audit.agreement:.1%} of the rows")
    if audit.agreement < _GOOD_JUDGES:
        console.print(
            "warning: where labels are mostly right, most of so many doubts are mistakes of the judges; read the first "
            "rows of the table, or let the whole model judge, --whole_training true",
            style="yellow",
        )
    table = figures_table("rows to look at", "rows", "share")
    for reason, title in auditing.REASONS.items():
        count = audit.count(reason)
        table.add_row(title, f"{count:,}", f"{count / len(rows):.1%}")
    console.print(table)
    figures = auditing.label_figures(audit)[:_LABELS_SHOWN]
    several = len(audit.labels) > len(figures)
    table = figures_table("label", "rows", "in doubt", "share", title="most doubtful labels" if several else None)
    for of in figures:
        table.add_row(Text(of["label"]), f"{of['rows']:,}", f"{of['in_doubt']:,}", f"{of['share_in_doubt']:.1%}")
    console.print(table)
    for pair in audit.confused[:_PAIRS_SHOWN]:
        one, other = audit.labels[pair.first], audit.labels[pair.second]
        counts = f"{pair.first_is_second:.0f} rows of the first, {pair.second_is_first:.0f} of the second"
        console.print(Text(f"confused both ways: {one!r} and {other!r}, {counts}"))
