"""The machine's nginx with `deploy/nginx/lapse.conf`, on free ports of 127.0.0.1, with a certificate of its own."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import ROOT
from embedded.process import free_port, wait_for

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
CONFIGURATION = ROOT / "deploy" / "nginx" / "lapse.conf"
PATIENCE = 30.0  # seconds; a bound against hanging, not a measurement

MAIN = """
{user}
daemon off;
worker_processes 2;
worker_rlimit_nofile 8192;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    types {{ text/javascript js; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/lapse.conf;
}}
"""


@dataclass
class Nginx:
    """A running nginx."""

    port: int
    plain_port: int
    folder: Path
    tls: ssl.SSLContext

    def connect(self, source: str = "127.0.0.1") -> HTTPSConnection:
        """A connection from that address of this machine."""
        return HTTPSConnection("localhost", self.port, timeout=PATIENCE, context=self.tls, source_address=(source, 0))


@contextmanager
def nginx(folder: Path, web_port: int, root: Path) -> Iterator[Nginx]:
    """Run it in front of the web process on that port; `root` is what the page's build made."""
    assert NGINX is not None
    running = Nginx(free_port(), free_port(), folder, ssl.create_default_context(cadata=_certify(folder)))
    (folder / "lapse.conf").write_text(_configured(running, web_port, root))
    user = "user root;" if os.geteuid() == 0 else ""  # else the workers may not look into the folder
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    command = [NGINX, "-e", f"{folder}/error.log", "-p", f"{folder}", "-c", f"{folder}/nginx.conf"]
    with subprocess.Popen(command) as process:
        try:
            assert wait_for(lambda: process.poll() is not None or _answers(running), PATIENCE)
            assert process.poll() is None, (folder / "error.log").read_text()
            yield running
        finally:
            process.terminate()


def _configured(running: Nginx, web_port: int, root: Path) -> str:
    text = CONFIGURATION.read_text()
    changes = {
        "127.0.0.1:8000": f"127.0.0.1:{web_port}",
        "listen 80": f"listen 127.0.0.1:{running.plain_port}",
        "listen 443": f"listen 127.0.0.1:{running.port}",
        "server_name shop.example": "server_name localhost",
        "/etc/letsencrypt/live/shop.example/fullchain.pem": f"{running.folder}/certificate.pem",
        "/etc/letsencrypt/live/shop.example/privkey.pem": f"{running.folder}/key.pem",
        "/srv/lapse/webapp/dist": f"{root}",
    }
    for ours, theirs in changes.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    return text


def _answers(running: Nginx) -> bool:
    connection = running.connect()
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _certify(folder: Path) -> str:
    """Write key and certificate for `localhost` and return the certificate, which says so itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    (folder / "certificate.pem").write_text(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem
