"""Tokens as an issuer signs them, with nothing but Python's own library: HS256."""

import base64
import hashlib
import hmac
import json
import time

SECRET = b"a secret of these tests, longer than its hash"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(claims, header=None, secret=SECRET):
    """A token of these claims, and of any header."""
    parts = [{"alg": "HS256"} if header is None else header, claims]
    text = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return text + "." + base64url(hmac.digest(secret, text.encode(), hashlib.sha256))


def token(user, /, seconds=600, **claims):
    """For a user, whose name is to be found out; it ends in so many seconds."""
    return sign({"sub": user, "exp": int(time.time()) + seconds, **claims})
