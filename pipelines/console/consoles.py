"""Where programs print: standard output, and standard error for what is no result."""

from rich.console import Console

# Text is data: neither "[bold]" nor ":smile:" in it means anything, and paths stay whole.
console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
