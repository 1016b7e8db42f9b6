"""What a course looks like where its address is shared: title, description and picture, in the head of its page."""

import re

from markupsafe import Markup

from shared.models import Course

LONGEST = 160
"""Characters of a description that are shown anywhere."""

_DEFAULT = re.compile(
    r"<title>.*?</title>|<meta (?:name=\"description\"|property=\"og:[a-z_:]+\") [^>]*>\s*", re.DOTALL
)


def introduced(page: str, course: Course, origin: str) -> str:
    """The page with what is told of the course in place of what is told of the school."""
    return _DEFAULT.sub("", page).replace("</head>", f"{_tags(course, origin)}</head>", 1)


def _tags(course: Course, origin: str) -> Markup:
    address = f"{origin}/course/{course.id}"
    description = _shortened(course.brief or course.name)
    properties = {
        "og:type": "website",
        "og:site_name": "Lapse",
        "og:title": course.name,
        "og:description": description,
        "og:url": address,
        "og:image": _picture(course.cover, origin),
    }
    tags = [
        Markup("<title>{} · Lapse</title>").format(course.name),
        Markup('<meta name="description" content="{}">').format(description),
        Markup('<link rel="canonical" href="{}">').format(address),
        *(Markup('<meta property="{}" content="{}">').format(*pair) for pair in properties.items() if pair[1]),
    ]
    return Markup("\n").join(tags)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _picture(cover: str, origin: str) -> str:
    """The cover's address as others must know it; empty when it has none that they could use."""
    if re.match(r"/(?!/)", cover):
        return origin + cover
    return cover if cover.startswith("https://") else ""
