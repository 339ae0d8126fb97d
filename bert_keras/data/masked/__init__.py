"""Documents as rows of a masked language model: tokens, rows that several documents share, and masks."""
