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
    parcel, screen = (page.index(f">{words}") for words in ("late", "broken"))
    assert parcel != screen
    edges = page.split("At its edge")
    assert len(edges) == 3
    assert "late parcel 7<" in (edges[1] if "late" in edges[1].split("In its middle")[0] else edges[2])
    assert page.count("late parcel 7<") == 1
