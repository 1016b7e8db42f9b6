"""What a bill comes in."""

from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo, is_zipfile

MOST_FILES = 10
SUMMARY = "汇总"
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1


class BadBill(Exception):
    """A bill that cannot be compared; the text is what is wrong with it."""


def detail_of(file: IO[bytes]) -> IO[bytes]:
    """The list of trades, to be read: of a zip the one file that has it, else the file itself.

    Nothing is unpacked here, so that whoever reads decides how much. Raises BadBill, and zipfile's errors.
    """
    if not is_zipfile(file):
        file.seek(0)
        return file
    archive = ZipFile(file)
    files = archive.infolist()
    details = [each for each in files if _name(each).lower().endswith(".csv") and SUMMARY not in _name(each)]
    if len(files) > MOST_FILES or len(details) != 1:
        raise BadBill("it is a zip without exactly one list of trades")
    if details[0].compress_type not in (ZIP_STORED, ZIP_DEFLATED) or details[0].flag_bits & _ENCRYPTED:
        raise BadBill("it is a zip of a kind that Alipay does not write")
    return archive.open(details[0])


def _name(file: ZipInfo) -> str:
    """A name as it was meant: without the mark for UTF-8 it is in GBK, which zipfile takes for code page 437."""
    if file.flag_bits & _UTF8_NAME:
        return file.filename
    return file.filename.encode("cp437", "replace").decode("gb18030", "replace")
