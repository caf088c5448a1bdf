from transom.evaluation.data_verdict import Anomaly, DataVerdict, worst_first


def test_the_worst_comes_first():
    one, other, untold = (Anomaly("drift", name, "", size) for name, size in (("a", 0.3), ("b", 3.0), ("c", None)))
    assert [each.where for each in worst_first([one, other, untold])] == ["c", "b", "a"]


def test_only_data_that_are_refused_stop_a_run():
    assert [DataVerdict(outcome, "", 1).is_refused for outcome in ("passed", "warned", "refused")] == [
        False, False, True,
    ]  # fmt: skip
