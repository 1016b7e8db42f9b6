"""The single-page app, as `npm run build` left it.

Own code, for it is on top of Werkzeug's: what WhiteNoise would not do is in docs/decisions/0005-libraries.md.
"""

from mimetypes import MimeTypes
from os.path import isfile  # False for a name that no file can have, where Path.is_file raises
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, request, send_from_directory
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from shared.models import Course
from webapp import sharing
from webapp.current import session, settings
from webapp.database import roll_back
from webapp.errors import from_http
from webapp.hosts import ourselves

FOLDER = Path(__file__).with_name("dist")
HINT = "The page is not built yet: run `npm ci && npm run build` in frontend/. The API is described at /docs.\n"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""What the build has compressed its files to, best first."""

FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"

_types = MimeTypes()  # not what the machine happens to know
_types.add_type("text/javascript", ".js")
_types.add_type("font/woff2", ".woff2")

blueprint = Blueprint("page", __name__)


def init_app(app: Flask) -> None:
    """Serve the page; comes after all other routes, because what they begin with is never the page's."""
    app.config.setdefault("PAGE_FOLDER", FOLDER)
    app.register_blueprint(blueprint)
    app.extensions["api_words"] = {
        rule.rule.split("/")[1] for rule in app.url_map.iter_rules() if rule.endpoint != f"{blueprint.name}.course"
    } - {""}
    app.register_error_handler(NotFound, from_missing)


@blueprint.get("/")
def index() -> Response:
    """The page, or how to get it."""
    return _sent("index.html", ASK_EACH_TIME) or Response(HINT, mimetype="text/plain")


@blueprint.get("/course/<id:course_id>")
def course(course_id: int) -> Response:
    """The page of a course, which says what it is about also to those who run no scripts."""
    path = current_app.config["PAGE_FOLDER"] / "index.html"
    found = _course(course_id) if isfile(path) else None
    if found is None:
        return index()
    page = sharing.introduced(path.read_text(encoding="utf-8"), found, ourselves(settings()))
    response = Response(page, headers={"Cache-Control": ASK_EACH_TIME})
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """A file with a hash of its content in its name."""
    found = _sent(f"assets/{name}", FOR_EVER)
    if found is None:
        raise NotFound("There is no such file.")
    return found


def from_missing(error: NotFound) -> Response:
    """A file beside the page, or the page itself for one of its own addresses; else the problem."""
    if request.routing_exception is error and request.method in ("GET", "HEAD") and not _is_of_api(request.path):
        found = _sent(request.path[1:], ASK_EACH_TIME) or (_wants_page() and _sent("index.html", ASK_EACH_TIME))
        if found:
            return found
    answer: Response = from_http(error)
    return answer


def _course(course_id: int) -> Course | None:
    try:
        return session().get(Course, course_id)
    except DBAPIError:
        roll_back()
        return None


def _is_of_api(path: str) -> bool:
    return path.split("/")[1] in current_app.extensions["api_words"]


def _wants_page() -> bool:
    """Whether the client would rather read a page than JSON: a browser that follows a link, and no script."""
    return request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"


def _sent(name: str, caching: str) -> Response | None:
    """The file, compressed if that was done and the client takes it; None if the build has no such file."""
    folder: Path = current_app.config["PAGE_FOLDER"]
    path = safe_join(str(folder), name)
    is_hidden = name.startswith(".") or "/." in name
    if path is None or is_hidden or not isfile(path):
        return None
    compressed = [(encoding, suffix) for encoding, suffix in ENCODINGS.items() if isfile(path + suffix)]
    encoding = request.accept_encodings.best_match([encoding for encoding, _ in compressed])
    response = send_from_directory(
        folder, name + dict(compressed).get(encoding or "", ""), mimetype=_types.guess_type(name)[0]
    )
    del response.headers["Content-Disposition"]  # it would name the compressed file
    if encoding:
        response.content_encoding = encoding
    if compressed:
        response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = caching
    return response
