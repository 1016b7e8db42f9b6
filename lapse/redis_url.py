"""Reading REDIS_URL: a single server, a Sentinel service or a cluster."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

Topology = Literal["standalone", "sentinel", "cluster"]

_SCHEMES: dict[str, Topology] = {
    "redis": "standalone",
    "rediss": "standalone",
    "redis+sentinel": "sentinel",
    "redis+cluster": "cluster",
}
_FORMS = {
    "standalone": "redis://host:port/0 or rediss://host:port/0",
    "sentinel": "redis+sentinel://host:port,host:port/NAME/0",
    "cluster": "redis+cluster://host:port,host:port",
}
_URL = re.compile(
    r"(?P<scheme>[a-z+]+)://(?:(?P<user>[^:@/]*)(?::(?P<password>[^@/]*))?@)?(?P<hosts>[^/@]+)(?P<path>/.*)?"
)
_HOST = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_PATHS = {
    "standalone": re.compile(r"/?|/(?P<database>[0-9]{1,4})"),
    "sentinel": re.compile(r"/(?P<service>[^/]+)(?:/(?P<database>[0-9]{1,4}))?"),
    "cluster": re.compile(r"/?|/(?P<database>0)"),
}
_DEFAULT_PORT = {"standalone": 6379, "sentinel": 26379, "cluster": 6379}


@dataclass(frozen=True)
class RedisAddress:
    """Where Redis is. `service` names the primary that the sentinels watch."""

    topology: Topology
    hosts: tuple[tuple[str, int], ...]
    database: int
    username: str | None
    password: str | None
    service: str
    tls: bool


def parse(url: str) -> RedisAddress:
    """Return the address a URL names. Raises ValueError with what it must look like."""
    found = _URL.fullmatch(url)
    topology = _SCHEMES.get(found["scheme"]) if found else None
    if found is None or topology is None:
        raise ValueError(f"must look like {', '.join(_FORMS.values())}")
    hosts = [_host(part, _DEFAULT_PORT[topology]) for part in found["hosts"].split(",")]
    path = _PATHS[topology].fullmatch(found["path"] or "")
    if path is None or None in hosts or (topology == "standalone" and len(hosts) != 1):
        raise ValueError(f"must look like {_FORMS[topology]}")
    parts = path.groupdict()
    return RedisAddress(
        topology=topology,
        hosts=tuple(host for host in hosts if host),
        database=int(parts.get("database") or 0),
        username=unquote(found["user"] or "") or None,
        password=unquote(found["password"] or "") or None,
        service=parts.get("service") or "",
        tls=found["scheme"] == "rediss",
    )


def _host(text: str, default_port: int) -> tuple[str, int] | None:
    found = _HOST.fullmatch(text)
    port = int(found["port"] or default_port) if found else 0
    return (found["host"].strip("[]"), port) if found and 0 < port < 65536 else None
