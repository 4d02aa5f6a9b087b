"""The monitor names faults in runs on data, networks and seeds that its thresholds never saw."""

import pytest

from tests.diagnostics.monitor_runs import FAULTS, HEALTHY, first_words

SEEDS = range(30, 32)  # the rules were mended while looking at seeds below 24


@pytest.mark.parametrize("kind", FAULTS)
def test_nine_of_ten_unseen_runs_are_named_right(kind):
    found = first_words(kind, SEEDS)
    wrong = [(where, report) for where, word, report in found if word != kind]
    assert len(found) >= len(HEALTHY) / 2  # some runs came to no harm
    assert len(wrong) <= 0.1 * len(found), "\n".join(f"{run}: {text}" for run, text in wrong)
