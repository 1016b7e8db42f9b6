"""What a user name looks like, so that nobody can take one that looks like another's."""

import re
import unicodedata

LONGEST = 150
"""Characters of a folded name; a few of what one can type unfold to eighteen."""

# Letters and marks that show nothing; of what is invisible they alone pass for printable.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def folded(name: str) -> str:
    """The name without its case, width, invisible characters and runs of spaces: names that look alike fold alike."""
    alike = unicodedata.normalize("NFKC", _INVISIBLE.sub("", name)).casefold()
    return " ".join(unicodedata.normalize("NFKC", _INVISIBLE.sub("", alike)).split())


def folded_or_none(name: str) -> str | None:
    """The folded name, None when it is none that can be kept."""
    alike = folded(name)
    return alike if 0 < len(alike) <= LONGEST else None
