"""Tables of figures on the screen."""

from rich.table import Table


def figures_table(first: str, *others: str, title: str | None = None) -> Table:
    """Makes a table without rows.

    Args:
        first: Of the column of names.
        *others: Of the columns of figures.
        title: Of the table.

    Returns:
        The table.
    """
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right", no_wrap=" " not in name)  # two words may stand below each other
    return table
