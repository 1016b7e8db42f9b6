"""Files that hold pictures."""

import io
from typing import Any

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), colour: Any = "teal", **more: Any) -> bytes:
    """A file of one colour."""
    return encoded(Image.new(more.pop("mode", "RGB"), size, colour), kind, **more)


def encoded(image: Image.Image, kind: str, **more: Any) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    """The picture in a file."""
    return Image.open(io.BytesIO(content))
