"""The prediction log: what was asked and answered, as lines of the data format, in segments of a bounded size and age.

A line is with the operating system before its answer is sent, so a killed server loses none; it is on the disk after
at most a second (`FLUSH_S`), so a machine that loses its power loses at most that. What a killed server had begun to
write is cut off when the segment is opened again.
"""

import asyncio
import fcntl
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from transom.export.objects import flush_folder

_LOG = logging.getLogger(__name__)

SEGMENT_BYTES = 64 << 20
SEGMENT_S = 86_400.0
FLUSH_S = 1.0
_EXPIRE_S = 600.0
_DAY_S = 86_400.0
_CHUNK = 1 << 16
_NAMES, _TIME = "served-*.jsonl", "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True)
class Keeping:
    """How long segments are kept: no longer than so many days, and no more than so many bytes of them."""

    days: float | None = None
    size_bytes: int | None = None


@dataclass(frozen=True)
class _Segment:
    """A segment to which lines are appended: its descriptor, its number in this process, when it was begun."""

    descriptor: int
    number: int
    began: float


@dataclass(frozen=True)
class PredictionLog:
    """Segments in a folder, to the newest of which this process alone appends; the names sort by time."""

    folder: Path
    segment_bytes: int = SEGMENT_BYTES
    segment_s: float = SEGMENT_S
    keeping: Keeping = field(default_factory=Keeping)
    now: Callable[[], float] = time.time
    _open: list[_Segment] = field(default_factory=list)
    _unflushed: list[int] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _closing: threading.Lock = field(default_factory=threading.Lock)

    def append(self, lines: bytes, beside: int | None = None) -> int:
        """Writes whole lines, and gives the number of the segment; they are with the operating system when it returns.

        Nothing is written if that is not the segment `beside` which they belong.

        Raises:
            OSError: they could not be written, and then nothing of them is left.
        """
        segment, before = self._segment_for(len(lines))
        if beside not in (None, segment.number):
            return segment.number
        try:
            n_written = os.write(segment.descriptor, lines)
            while n_written < len(lines):
                n_written += os.write(segment.descriptor, lines[n_written:])
        except OSError:
            os.ftruncate(segment.descriptor, before)
            raise
        self._unflushed[:] = [segment.descriptor]
        return segment.number

    def flush(self) -> None:
        """Returns when everything written is on the disk."""
        with self._closing:  # or it might be closed, and the descriptor another file's
            for descriptor in self._unflushed:
                self._unflushed.clear()
                os.fsync(descriptor)

    def close(self) -> None:
        """Flushes and closes the segment; the next line opens one again."""
        self.flush()
        with self._closing:
            for segment in self._open:
                os.close(segment.descriptor)
            self._open.clear()

    def expire(self) -> None:
        """Deletes the segments that are kept no longer; never one to which a server appends."""
        found = list(_with_status(sorted(self.folder.glob(_NAMES), reverse=True)))
        oldest = None if self.keeping.days is None else self.now() - self.keeping.days * _DAY_S
        most = self.keeping.size_bytes
        sizes = itertools.accumulate(stat.st_size for _, stat in found)
        for (path, stat), size in zip(found, sizes, strict=True):
            if (oldest is not None and stat.st_mtime < oldest) or (most is not None and size > most):
                _delete(path)

    def _segment_for(self, more: int) -> tuple[_Segment, int]:
        """The open segment if it takes so many bytes more, else another; with its size in bytes."""
        for segment in self._open:
            size = os.fstat(segment.descriptor).st_size
            if size + more <= self.segment_bytes and self.now() - segment.began <= self.segment_s:
                return segment, size
        self.close()
        descriptor, began = _open_segment(self, self.segment_bytes - more)
        self._open.append(_Segment(descriptor, next(self._numbers), began))
        return self._open[0], os.fstat(descriptor).st_size


async def tend(log: PredictionLog) -> None:
    """Brings the log to the disk every second, and deletes what is kept no longer, for ever."""
    for number in itertools.count():
        await asyncio.sleep(FLUSH_S)
        try:
            await asyncio.to_thread(log.flush)
            if number % _EXPIRE_S == 0:
                await asyncio.to_thread(log.expire)
        except OSError:
            _LOG.exception("the prediction log cannot be brought to the disk")


def _open_segment(log: PredictionLog, most_bytes: int) -> tuple[int, float]:
    """The newest segment if it is small and new and nobody else writes to it, else another; with when it was begun."""
    log.folder.mkdir(parents=True, exist_ok=True)
    now = log.now()
    for path in sorted(log.folder.glob(_NAMES), reverse=True)[:1]:
        segment = _taken_up(path)
        if segment is not None:
            began = _began(path)
            if os.fstat(segment).st_size <= most_bytes and now - began <= log.segment_s:
                return segment, began
            os.close(segment)
    name = f"served-{datetime.fromtimestamp(now, UTC).strftime(_TIME)}-{os.getpid()}.jsonl"
    segment = os.open(log.folder / name, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o640)
    _is_ours(segment)
    flush_folder(log.folder)
    return segment, now


def _taken_up(path: Path) -> int | None:
    """A segment without a torn last line; None if another server writes to it, or has deleted it just now."""
    try:
        segment = os.open(path, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError:
        return None
    if _is_ours(segment) and os.fstat(segment).st_nlink:  # it may have gone between the two
        _cut_torn_line(segment)
        return segment
    os.close(segment)
    return None


def _began(path: Path) -> float:
    """When a segment was begun, as its name says; else when it was last written."""
    try:
        return datetime.strptime(path.name.split("-")[1], _TIME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return path.stat().st_mtime


def _with_status(paths: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """Those that are there; another server may delete segments meanwhile."""
    for path in paths:
        with suppress(FileNotFoundError):
            yield path, path.stat()


def _delete(path: Path) -> None:
    """Deletes a segment to which nobody appends."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # another server of this store was faster
        return
    try:
        if _is_ours(descriptor):
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _is_ours(segment: int) -> bool:
    """Locks the segment, as long as it is open; whether nobody else had."""
    try:
        fcntl.flock(segment, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _cut_torn_line(segment: int) -> None:
    """Ends the segment after its last line end."""
    size = end = os.fstat(segment).st_size
    while end > 0:
        start = max(0, end - _CHUNK)
        line_end = os.pread(segment, end - start, start).rfind(b"\n")
        if line_end >= 0:
            end = start + line_end + 1
            break
        end = start
    if end < size:
        os.ftruncate(segment, end)
