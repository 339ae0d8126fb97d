from pathlib import Path

import numpy as np

from bert_keras.auditing import cluster_parts, write_clusters_page


def test_the_page_has_each_cluster_with_its_words_and_rows_of_its_middle_and_edge(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    vectors = np.repeat(5 * np.eye(2, 4), 30, axis=0) + random.normal(0, 0.2, [60, 4])
    vectors[7] = [3, 2.9, 0, 0]
    texts = [f"late parcel {row}" for row in range(30)] + [f"<b>broken</b> screen {row}" for row in range(30)]
    write_clusters_page(
        tmp_path / "c.html", "<x>.csv", "model", texts, vectors, cluster_parts("cluster", vectors, texts, 2)
    )
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "60 rows in 2 clusters" in page
    assert "&lt;x&gt;.csv" in page and "<b>broken" not in page and "&lt;b&gt;broken" in page
    assert "<h2><bdi>late, parcel" in page and "<h2><bdi>broken, screen" in page
    edges = [part.partition("</ol>")[0] for part in page.split("At its edge")[1:]]
    assert len(edges) == 2
    assert sum("late parcel 7<" in edge for edge in edges) == 1
    assert page.count("late parcel 7<") == 1
    assert page.count("In its middle") == 2
