"""The forms of REDIS_URL."""

import pytest

from lapse.redis_url import RedisAddress, parse


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://h:7/3", RedisAddress("standalone", (("h", 7),), 3, None, None, "", False)),
        ("redis://h", RedisAddress("standalone", (("h", 6379),), 0, None, None, "", False)),
        ("redis://[::1]:7", RedisAddress("standalone", (("::1", 7),), 0, None, None, "", False)),
        ("rediss://u:p%40w@h:7/", RedisAddress("standalone", (("h", 7),), 0, "u", "p@w", "", True)),
        ("redis://:pw@h:7/0", RedisAddress("standalone", (("h", 7),), 0, None, "pw", "", False)),
        (
            "redis+sentinel://a:1,b/main/2",
            RedisAddress("sentinel", (("a", 1), ("b", 26379)), 2, None, None, "main", False),
        ),
        ("redis+sentinel://:pw@a:1/main", RedisAddress("sentinel", (("a", 1),), 0, None, "pw", "main", False)),
        ("redis+cluster://a:1,b:2", RedisAddress("cluster", (("a", 1), ("b", 2)), 0, None, None, "", False)),
        ("redis+cluster://u:pw@a:1/0", RedisAddress("cluster", (("a", 1),), 0, "u", "pw", "", False)),
    ],
)
def test_what_a_url_names(url, expected):
    assert parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h:7",
        "http://h:7",
        "redis://",
        "redis://h:x",
        "redis://h:99999",
        "redis://h:7/x",
        "redis://h:7/0/1",
        "redis://a:1,b:2/0",
        "redis+sentinel://a:1",
        "redis+sentinel://a:1/",
        "redis+sentinel://a:1/main/x",
        "redis+cluster://",
        "redis+cluster://a:1,",
        "redis+cluster://a:1/3",
    ],
)
def test_what_names_nothing(url):
    with pytest.raises(ValueError, match="must look like"):
        parse(url)
