"""Pictures: one's own avatar, and the files themselves."""

from flask import Response, request

from shared import pictures
from shared.accounts import avatars
from shared.errors import NotFound
from shared.models import User
from webapp import auth, concurrency, rate_limits
from webapp.auth import login_required
from webapp.blueprint import Blueprint
from webapp.current import session
from webapp.schemas.accounts import ProfileSchema
from webapp.spa import FOR_EVER

FILE = {"schema": {"type": "string", "format": "binary"}}
BODY = {"required": True, "content": {f"image/{name.lower()}": FILE for name in pictures.FORMATS}}

blueprint = Blueprint("pictures", __name__, description="Pictures of users and courses")


@blueprint.route("/users/me/avatar/", methods=["PUT"])
@login_required
@blueprint.doc(requestBody=BODY)
@blueprint.response(200, ProfileSchema)
@rate_limits.of_pictures
@concurrency.takes(pictures.LONGEST)
def put_avatar() -> User:
    """Show a picture of one's own: a PNG, JPEG or WebP of at most 2 MiB, of which the middle is kept."""
    user = auth.user()
    path = pictures.keep(session(), pictures.redrawn(request.get_data(), pictures.AVATAR))
    avatars.wear(session(), user, path)
    session().commit()
    return user


@blueprint.route("/users/me/avatar/", methods=["DELETE"])
@login_required
@blueprint.response(200, ProfileSchema)
def delete_avatar() -> User:
    """Show none."""
    user = auth.user()
    avatars.wear(session(), user, "")
    session().commit()
    return user


@blueprint.route("/pictures/<string:sha>.webp")
@blueprint.response(200, FILE["schema"], content_type=pictures.CONTENT_TYPE)
def picture(sha: str) -> Response:
    """Read a picture; its path is that of its content and never shows another."""
    found = pictures.find(session(), sha)
    if found is None:
        raise NotFound("picture_not_found", "There is no such picture.")
    answer = Response(found.content, mimetype=found.content_type, headers={"Cache-Control": FOR_EVER})
    answer.set_etag(sha)
    answer.make_conditional(request)
    return answer
