import pytest

from transom.errors import UsageError
from transom.pipeline.reuse import Reuse, bytes_of


@pytest.mark.parametrize(
    ("size", "expected"),
    [("0", 0), ("12", 12), ("3KB", 3000), ("500mb", 500_000_000), (" 1.5 GB ", 1_500_000_000), ("2TB", 2 * 10**12)],
)
def test_sizes_are_read_as_people_write_them(size, expected):
    assert bytes_of(size) == expected


@pytest.mark.parametrize("size", ["", "GB", "-1GB", "1 GiB", "1,5GB"])
def test_what_is_no_size_is_said(size):
    with pytest.raises(UsageError) as caught:
        bytes_of(size)
    assert caught.value.problem.code == "T202"
    assert caught.value.problem.message == (f"{size!r} is no size. Write a number with KB, MB, GB or TB, such as 5GB.")


def test_a_cache_of_no_size_is_refused_before_anything_runs():
    with pytest.raises(UsageError, match="T202 'huge' is no size"):
        Reuse(cache_size="huge")


def test_five_gigabytes_are_kept_unless_another_size_is_asked_for():
    assert Reuse().limit_bytes == 5 * 10**9
