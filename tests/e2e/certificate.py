"""Certificates for tests, made once a run by OpenSSL's own program, and contexts that trust them."""

import functools
import ssl
import subprocess
import tempfile
from pathlib import Path


@functools.cache
def directory():
    made = tempfile.TemporaryDirectory(prefix="chatd-certificates-")
    return made, Path(made.name)  # the first removes it at the end


@functools.cache
def certificate(name, *, key="ec", days=30):
    """(certificate, key): files of a self-signed one for this name."""
    stem = directory()[1] / f"{name}-{key}-{days}"
    how = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}[key]
    if days > 0:
        command = ["req", "-x509", "-days", str(days)]
        files = [f"{stem}.pem", f"{stem}.key"]
        openssl(*command, "-newkey", *how, "-nodes", "-keyout", files[1], "-out", files[0],
                "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")  # fmt: skip
        return tuple(files)
    [valid, key_file] = certificate(name, key=key)
    openssl("x509", "-in", valid, "-days", str(days), "-signkey", key_file, "-out", f"{stem}.pem")
    return f"{stem}.pem", key_file


def openssl(*arguments, **how):
    done = subprocess.run(
        ["openssl", *arguments], capture_output=True, timeout=60, text=True, **how
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def listener(*names, **more):
    """An item of `listen` with the certificates of these names."""
    pairs = [dict(zip(["certificate", "key"], certificate(name))) for name in names]
    return {"address": "127.0.0.1", "port": 0, "tls": pairs} | more


def trusting(*names, version=None):
    """A client's context that trusts these and no other."""
    context = ssl.create_default_context()
    context.check_hostname = False
    for name in names:
        context.load_verify_locations(certificate(name)[0])
    if version:
        context.minimum_version = context.maximum_version = version
    return context
