"""The names of the metrics of each task, apart from their computation, which loads scikit-learn."""

METRICS = {
    "single_label": ("accuracy", "macro_f1", "matthews_correlation", "loss", "ece"),
    "multi_label": ("micro_f1", "macro_f1", "subset_accuracy", "mean_average_precision", "loss", "ece"),
    "regression": ("mae", "rmse", "pearson", "spearman"),
    "tags": ("micro_f1", "micro_precision", "micro_recall", "macro_f1", "word_accuracy", "loss"),
    "pairs": ("mrr", "recall_at_1", "recall_at_10"),
    "triples": ("mrr", "recall_at_1", "recall_at_10"),
    "labelled_texts": ("mrr", "recall_at_1", "recall_at_10"),
    "scored_pairs": ("spearman", "pearson"),
    "masked_lm": ("perplexity", "masked_accuracy", "loss", "pair_accuracy", "pair_loss"),
}
"""The metrics of each task, the main one first."""
LOWER_IS_BETTER = frozenset({"ece", "loss", "mae", "mse", "pair_loss", "perplexity", "rmse"})
"""The metrics of which a lower value is better; of all others a higher one is."""
