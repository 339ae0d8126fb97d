"""Labels texts, or answers questions."""
