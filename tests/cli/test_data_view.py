from transom.cli.data_view import SHOWN, data_lines
from transom.evaluation.data_verdict import Anomaly, DataVerdict

DRIFT = Anomaly("drift", "payload price", "values drifted: median 4 → 10", 2.0, 1e-9)


def lines(*verdict):
    return [line.plain for line in data_lines(DataVerdict(*verdict))]


def test_data_as_expected_take_one_line():
    assert lines("passed", "240 examples are like those of version 1", 1) == [
        "Data: 240 examples are like those of version 1."
    ]


def test_each_anomaly_takes_a_line():
    assert lines("warned", "so and so", 1, (DRIFT,)) == [
        "Today's data are unlike those of version 1:",
        "≠ payload price: values drifted: median 4 → 10",
    ]


def test_where_only_new_files_are_compared_it_says_so():
    assert lines("warned", "so and so", 1, (DRIFT,), True)[0] == "The data in new files are unlike those of version 1:"


def test_of_many_anomalies_the_first_are_shown():
    shown = lines("warned", "so and so", 1, (DRIFT,) * (SHOWN + 3))
    assert (len(shown), shown[-1]) == (SHOWN + 2, "… and 3 more: --json")


def test_data_that_are_refused_say_what_to_do():
    assert lines("refused", "so and so", 1, (DRIFT,))[2:] == [
        "Refused: nothing was trained on these data.",
        "To train all the same: transom run --set statistics.on_anomaly=warn",
    ]
