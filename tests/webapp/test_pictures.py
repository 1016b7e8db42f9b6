"""Avatars of one's own, and the pictures they are kept as."""

import pytest
from PIL import Image
from sqlalchemy import func, select

from shared.models import Picture
from tests.pictures import encoded, opened, picture

AVATAR = "/users/me/avatar/"


def stored(sessions) -> int:
    with sessions() as session:
        return session.scalars(select(func.count()).select_from(Picture)).one()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_avatar_is_shown_as_a_square_webp(u1, client, kind):
    profile = u1.put(AVATAR, data=picture(kind, (600, 300)))
    assert profile.status_code == 200, profile.text
    assert profile.json == u1.get("/users/me/").json
    shown = client.get(profile.json["avatar"])
    assert (shown.status_code, shown.content_type) == (200, "image/webp")
    assert (opened(shown.data).format, opened(shown.data).size) == ("WEBP", (256, 256))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_pictures_of_every_depth_are_read(u1, mode):
    file = encoded(Image.new("L", (30, 30), 90).convert(mode) if mode != "I;16" else Image.new(mode, (30, 30)), "PNG")
    assert u1.put(AVATAR, data=file).status_code == 200


def test_print_colours_are_read(u1):
    assert u1.put(AVATAR, data=picture("JPEG", mode="CMYK", colour=(0, 90, 90, 0))).status_code == 200


def test_what_is_transparent_stays_so(u1, client):
    path = u1.put(AVATAR, data=picture(mode="RGBA", colour=(0, 0, 0, 0))).json["avatar"]
    assert opened(client.get(path).data).convert("RGBA").getpixel((9, 9))[3] == 0


def test_a_picture_taken_sideways_stands_upright(u1, client):
    image = Image.new("RGB", (256, 256), "white")
    image.paste("black", (0, 0, 256, 128))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by 90° to the right: what is at the top is shown at the right
    path = u1.put(AVATAR, data=encoded(image, "JPEG", exif=exif)).json["avatar"]
    upright = opened(client.get(path).data).convert("L")
    assert upright.getpixel((20, 128)) > 200 > 50 > upright.getpixel((236, 128))


def test_a_picture_may_be_kept_for_ever_by_whoever_got_it(u1, client):
    path = u1.put(AVATAR, data=picture()).json["avatar"]
    first = client.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_picture_goes_with_the_last_who_shows_it(u1, u2, client, sessions):
    path = u1.put(AVATAR, data=picture()).json["avatar"]
    assert u2.put(AVATAR, data=picture()).json["avatar"] == path
    assert stored(sessions) == 1
    assert u1.delete(AVATAR).json["avatar"] == ""
    assert client.get(path).status_code == 200
    u2.put(AVATAR, data=picture(colour="red"))
    assert client.get(path).status_code == 404
    u2.patch("/users/me/", {"avatar": "avatar-3"})
    assert stored(sessions) == 0


def test_the_rest_of_the_profile_is_changed_and_the_picture_stays(u1, client):
    path = u1.put(AVATAR, data=picture()).json["avatar"]
    assert u1.patch("/users/me/", {"avatar": path, "city": "上海"}).json["avatar"] == path
    assert client.get(path).status_code == 200
