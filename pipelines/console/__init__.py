"""Output on the screen: consoles, progress bars and tables."""
