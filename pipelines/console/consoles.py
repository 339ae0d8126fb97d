"""The consoles that programs print to: standard output for results, standard error for everything else."""

from rich.console import Console

# Printed text is data: "[bold]" and ":smile:" must not be interpreted, and paths must not be wrapped.
console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
