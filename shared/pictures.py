"""Pictures from outside: redrawn, so that nothing of the file they came in is kept, and stored once each."""

import hashlib
import io
import re
from threading import Lock

from PIL import Image, ImageOps
from sqlalchemy import delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.errors import Unprocessable
from shared.models import Course, Picture, User

LONGEST = 2 * 1024 * 1024
"""Bytes of a file that is worth a look."""

MOST_PIXELS = 25_000_000
AVATAR = (256, 256)
CONTENT_TYPE = "image/webp"

FORMATS = ("PNG", "JPEG", "WEBP")
_SHA = re.compile("[0-9a-f]{64}")
_QUALITY = 85
_one_at_a_time = Lock()  # what is unpacked takes up to 100 MB


def redrawn(content: bytes, size: tuple[int, int]) -> bytes:
    """The picture as a WebP of that size, cut around its middle, upright and without its metadata.

    Raises Unprocessable for what is no PNG, JPEG or WebP, and for more than `MOST_PIXELS`.
    """
    with _one_at_a_time:
        try:
            return _redraw(content, size)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise _too_large() from None
        except (Unprocessable, MemoryError):
            raise
        except Exception:  # the decoders raise whatever comes to them
            raise Unprocessable("not_a_picture", "This is no PNG, JPEG or WebP that can be read.") from None


def keep(session: Session, webp: bytes) -> str:
    """Store what `redrawn` made, unless it is here; returns its path."""
    sha = hashlib.sha256(webp).hexdigest()
    row = {"sha": sha, "content_type": CONTENT_TYPE, "content": webp}
    # The update changes nothing; it locks the row that is there until our reference to it is committed.
    again = {"content_type": CONTENT_TYPE}
    session.execute(insert(Picture).values(row).on_conflict_do_update(index_elements=["sha"], set_=again))
    return path_of(sha)


def find(session: Session, sha: str) -> Picture | None:
    """The picture of that hash, which may be any text."""
    return session.scalar(select(Picture).where(Picture.sha == sha)) if _SHA.fullmatch(sha) else None


def discard(session: Session, path: str) -> None:
    """Delete the picture of that path, if there is one and nobody shows it any more."""
    sha = path.removeprefix("/pictures/").removesuffix(".webp")
    if path != path_of(sha) or not _SHA.fullmatch(sha):
        return
    mine = Picture.sha == sha
    # Locked by itself: the look at who shows it must come after whoever held the row has committed.
    if session.scalar(select(Picture.id).where(mine).with_for_update()) is None:
        return
    shown = or_(exists().where(User.avatar == path), exists().where(Course.cover == path))
    session.execute(delete(Picture).where(mine, ~shown), execution_options={"synchronize_session": False})


def path_of(sha: str) -> str:
    """Where the picture is served."""
    return f"/pictures/{sha}.webp"


def _redraw(content: bytes, size: tuple[int, int]) -> bytes:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise _too_large()
        image.draft("RGB", (size[0] * 2, size[1] * 2))  # a JPEG is unpacked no larger than that needs
        upright = ImageOps.exif_transpose(image)
        plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    drawn = ImageOps.fit(plain, size)
    drawn.info.clear()
    webp = io.BytesIO()
    drawn.save(webp, "WEBP", quality=_QUALITY)
    return webp.getvalue()


def _too_large() -> Unprocessable:
    return Unprocessable("picture_too_large", f"A picture has at most {MOST_PIXELS // 1_000_000} million pixels.")
