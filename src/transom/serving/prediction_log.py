"""The prediction log: what was asked and answered, as lines of the data format, in segments of a bounded size.

A line is with the operating system before its answer is sent, so a killed server loses none; it is on the disk after
at most a second (`FLUSH_S`), so a machine that loses its power loses at most that. What a killed server had begun to
write is cut off when the segment is opened again.
"""

import fcntl
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from transom.export.objects import flush_folder

SEGMENT_BYTES = 64 << 20
FLUSH_S = 1.0
_CHUNK = 1 << 16


@dataclass(frozen=True)
class PredictionLog:
    """Segments in a folder, to the newest of which this process alone appends; the names sort by time."""

    folder: Path
    segment_bytes: int = SEGMENT_BYTES
    _open: list[int] = field(default_factory=list)
    _unflushed: list[int] = field(default_factory=list)

    def append(self, lines: bytes) -> None:
        """Writes whole lines; they are with the operating system when this returns.

        Raises:
            OSError: they could not be written, and then nothing of them is left.
        """
        if self._open and os.fstat(self._open[0]).st_size + len(lines) > self.segment_bytes:
            self.close()
        if not self._open:
            self._open.append(_segment(self.folder, self.segment_bytes - len(lines)))
        segment = self._open[0]
        before = os.fstat(segment).st_size
        try:
            n_written = os.write(segment, lines)
            while n_written < len(lines):
                n_written += os.write(segment, lines[n_written:])
        except OSError:
            os.ftruncate(segment, before)
            raise
        self._unflushed[:] = [segment]

    def flush(self) -> None:
        """Returns when everything written is on the disk."""
        for segment in self._unflushed:
            self._unflushed.clear()
            os.fsync(segment)

    def close(self) -> None:
        """Flushes and closes the segment; the next line opens one again."""
        self.flush()
        for segment in self._open:
            os.close(segment)
        self._open.clear()


def _segment(folder: Path, most_bytes: int) -> int:
    """The newest segment, without a torn last line, if it is so small and nobody else writes to it; else a new one."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("served-*.jsonl"), reverse=True)[:1]:
        segment = os.open(path, os.O_RDWR | os.O_APPEND)
        if _is_ours(segment):
            _cut_torn_line(segment)
            if os.fstat(segment).st_size <= most_bytes:
                return segment
        os.close(segment)
    name = f"served-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{os.getpid()}.jsonl"
    segment = os.open(folder / name, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o640)
    _is_ours(segment)
    flush_folder(folder)
    return segment


def _is_ours(segment: int) -> bool:
    """Locks the segment, as long as it is open; whether nobody else had."""
    try:
        fcntl.flock(segment, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _cut_torn_line(segment: int) -> None:
    """Ends the segment after its last line end."""
    end = os.fstat(segment).st_size
    while end > 0:
        start = max(0, end - _CHUNK)
        line_end = os.pread(segment, end - start, start).rfind(b"\n")
        if line_end >= 0:
            end = start + line_end + 1
            break
        end = start
    os.ftruncate(segment, end)
