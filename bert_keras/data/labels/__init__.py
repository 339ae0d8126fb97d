"""Labels as tools write them: lists in a field, marks of missing values, and spellings of one name."""
