"""Fetching a bill's file from where the provider says it is."""

from contextlib import ExitStack
from tempfile import TemporaryFile
from time import monotonic
from typing import IO
from urllib.parse import urlsplit
from urllib.request import urlopen

MOST_PACKED = 32 * 2**20  # bytes
LONGEST = 60.0  # seconds in all
CHUNK = 65536


def download(url: str, timeout: float) -> IO[bytes]:
    """The file there, on our disk. Raises OSError, HTTPException or ValueError, also when it is too big or too slow."""
    if urlsplit(url).scheme not in ("https", "http"):  # urlopen takes files as well
        raise ValueError("the bill is not to be had over HTTP")
    with ExitStack() as on_failure:
        file = on_failure.enter_context(TemporaryFile())
        with urlopen(url, timeout=timeout) as answer:  # noqa: S310 - its scheme was looked at
            _copy(answer, file)
        file.seek(0)
        on_failure.pop_all()
        return file


def _copy(answer: IO[bytes], file: IO[bytes]) -> None:
    latest = monotonic() + LONGEST
    while chunk := answer.read(CHUNK):
        file.write(chunk)
        if file.tell() > MOST_PACKED:
            raise ValueError(f"the bill has more than {MOST_PACKED // 2**20} MiB")
        if monotonic() > latest:
            raise TimeoutError("the bill takes too long")
