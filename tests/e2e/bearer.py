"""Tokens as an issuer signs them, with nothing but Python's own library: HS256."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

SECRET_FILE = Path(__file__).with_name("bearer.secret")
SECRET = SECRET_FILE.read_bytes()
# What a chatd is configured with that is to know the secret.
KEYS = [{"id": "main", "algorithm": "HS256", "secret_file": str(SECRET_FILE)}]


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


def verified(chat, user, /, **claims):
    """A connection whose token came with the upgrade."""
    client = chat.client(protocol=f"chat.v1, bearer.{token(user, **claims)}")
    client.user = user
    return client
