"""The log holds lines of the data format, whole ones only, in segments of a bounded size."""

import fcntl
import os

from hypothesis import given
from hypothesis import strategies as st

from transom.serving.prediction_log import Keeping, PredictionLog


def lines_of(folder):
    segments = sorted(folder.glob("*.jsonl"))
    return [line for path in segments for line in path.read_bytes().splitlines(keepends=True)]


@given(torn=st.binary(max_size=40).filter(lambda piece: b"\n" not in piece))
def test_a_torn_last_line_is_cut_off_when_the_log_is_opened_again(tmp_path_factory, torn):
    folder = tmp_path_factory.mktemp("log")
    log = PredictionLog(folder)
    log.append(b"one\n")
    log.close()
    (segment,) = folder.glob("*.jsonl")
    segment.write_bytes(segment.read_bytes() + torn)

    again = PredictionLog(folder)
    again.append(b"two\n")
    again.close()

    assert lines_of(folder) == [b"one\n", b"two\n"]


def test_a_torn_line_longer_than_a_chunk_is_cut_off_whole(tmp_path):
    (tmp_path / "served-1.jsonl").write_bytes(b"one\n" + b"x" * 200_000)
    log = PredictionLog(tmp_path)
    log.append(b"two\n")
    log.close()

    assert lines_of(tmp_path) == [b"one\n", b"two\n"]


def test_a_full_segment_is_followed_by_another(tmp_path):
    log = PredictionLog(tmp_path, segment_bytes=10)
    for number in range(5):
        log.append(b"line%d\n" % number)
    log.close()

    assert lines_of(tmp_path) == [b"line%d\n" % number for number in range(5)]
    assert all(path.stat().st_size <= 10 for path in tmp_path.iterdir())


def test_two_servers_of_one_store_write_to_segments_of_their_own(tmp_path):
    one, other = PredictionLog(tmp_path), PredictionLog(tmp_path)
    for number in range(3):
        one.append(b"one%d\n" % number)
        other.append(b"other%d\n" % number)
    one.close()
    other.close()

    assert len(list(tmp_path.iterdir())) == 2
    assert sorted(lines_of(tmp_path)) == sorted(b"%s%d\n" % (who, n) for who in (b"one", b"other") for n in range(3))


def test_a_segment_that_another_server_deletes_while_it_is_opened_takes_no_lines(tmp_path, monkeypatch):
    log, lock = PredictionLog(tmp_path), fcntl.flock
    log.append(b"one\n")
    log.close()
    (segment,) = tmp_path.iterdir()

    def delete_and_lock(descriptor, how):
        segment.unlink(missing_ok=True)
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", delete_and_lock)
    log.append(b"two\n")
    log.close()

    assert lines_of(tmp_path) == [b"two\n"]


def test_a_segment_that_is_gone_when_it_is_opened_or_looked_at_is_no_failure(tmp_path):
    (tmp_path / "served-99990101T000000.000000-1.jsonl").symlink_to("gone")
    (tmp_path / "served-19990101T000000.000000-1.jsonl").write_bytes(b"old\n")
    log = PredictionLog(tmp_path, keeping=Keeping(size_bytes=4))
    log.append(b"one\n")
    log.expire()
    log.close()

    (tmp_path / "served-99990101T000000.000000-1.jsonl").unlink()
    assert lines_of(tmp_path) == [b"one\n"]


def test_a_segment_that_is_a_day_old_is_followed_by_another(tmp_path):
    clock = [1_800_000_000.0]
    log = PredictionLog(tmp_path, now=lambda: clock[0])
    log.append(b"one\n")
    log.close()
    clock[0] += 3600
    log.append(b"two\n")
    clock[0] += 86_400
    log.append(b"three\n")
    log.close()

    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"one\ntwo\n", b"three\n"]


def test_lines_that_belong_beside_others_are_written_to_their_segment_alone(tmp_path):
    log = PredictionLog(tmp_path, segment_bytes=10)
    first = log.append(b"one\n")
    assert log.append(b"to1\n", beside=first) == first
    assert log.append(b"too late\n", beside=first) != first
    second = log.append(b"two\n")
    assert log.append(b"late\n", beside=first) == second != first
    log.close()

    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"one\nto1\n", b"two\n"]


def test_segments_are_kept_for_so_many_days(tmp_path):
    clock = [1_800_000_000.0]
    log = PredictionLog(tmp_path, segment_bytes=4, keeping=Keeping(days=2.0), now=lambda: clock[0])
    for day in range(5):
        log.append(b"%03d\n" % day)
        (newest,) = sorted(tmp_path.iterdir())[-1:]
        os.utime(newest, (clock[0], clock[0]))
        clock[0] += 86_400

    log.expire()
    assert lines_of(tmp_path) == [b"003\n", b"004\n"]
    clock[0] += 86_400 * 99
    log.expire()
    assert lines_of(tmp_path) == [b"004\n"], "the segment to which lines are appended stays"
    log.close()
    log.expire()
    assert lines_of(tmp_path) == []


def test_of_segments_that_are_too_large_together_the_newest_stay(tmp_path):
    log = PredictionLog(tmp_path, segment_bytes=4, keeping=Keeping(size_bytes=11))
    for number in range(5):
        log.append(b"%03d\n" % number)
    log.close()
    log.expire()

    assert lines_of(tmp_path) == [b"003\n", b"004\n"]


def test_segments_stay_for_ever_unless_it_is_said(tmp_path):
    log = PredictionLog(tmp_path, now=lambda: 4e9)
    (tmp_path / "served-old.jsonl").write_bytes(b"one\n")
    log.expire()

    assert lines_of(tmp_path) == [b"one\n"]
