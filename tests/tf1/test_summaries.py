"""What a graph wrote to a file comes back as it was, by tag and step."""

import numpy as np
import pytest


def write(tf1, folder, values):
    tf = tf1.tf
    tf.reset_default_graph()
    x = tf.placeholder(tf.float64, (None,))
    merged = tf.summary.merge([tf.summary.scalar("average", tf.reduce_mean(x)),
                               tf.summary.histogram("values", x)])  # fmt: skip
    with tf.Session() as session, tf.summary.FileWriter(str(folder)) as writer:
        for step, array in values.items():
            writer.add_summary(session.run(merged, {x: array}), step)


def test_scalars_and_histograms_come_back(tf1, tmp_path):
    rng = np.random.default_rng(0)
    values = {step: rng.normal(size=1000) for step in (1, 5, 10)}
    write(tf1, tmp_path, values)
    found = tf1.read_summaries(tmp_path)
    assert found["average"].steps == found["values"].steps == [1, 5, 10]
    for i, array in enumerate(values.values()):
        histogram = found["values"].values[i]
        assert found["average"].values[i] == pytest.approx(array.mean(), abs=1e-6)
        assert histogram.counts.sum() == histogram.size == 1000
        assert histogram.sum == pytest.approx(array.sum())
        assert histogram.norm == pytest.approx(np.linalg.norm(array))
        for share in (0.05, 0.5, 0.95):
            # TensorFlow's bins are a tenth wider than the one before.
            true = np.quantile(array, share)
            assert histogram.quantile(share) == pytest.approx(true, rel=0.11, abs=0.1)


def test_a_folder_without_summaries_is_rejected(tf1, tmp_path):
    with pytest.raises(ValueError, match=r"read_summaries: expected a folder with event files"):
        tf1.read_summaries(tmp_path)
