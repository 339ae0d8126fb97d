"""What is seen on the screen: consoles, progress bars, tables."""
