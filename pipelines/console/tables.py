"""Tables of numbers on the screen."""

from rich.table import Table


def figures_table(first: str, *others: str, title: str | None = None) -> Table:
    """Creates a table that has columns but no rows yet.

    Args:
        first: The heading of the first column, which holds names.
        *others: The headings of the other columns, which hold right-aligned numbers.
        title: The title of the table.

    Returns:
        The table.
    """
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right", no_wrap=" " not in name)  # only headings of several words may wrap
    return table
