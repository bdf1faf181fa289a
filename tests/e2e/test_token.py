"""chatctl token make and token check: a token as an issuer would sign it, and what the server says to
one, with the reason."""

import subprocess
import time

import pytest

from bearer import KEYS, SECRET, sign, token
from server import BUILD
from wire import DEADLINE

CHATCTL = BUILD / "bin" / "chatctl"
ACCEPTED = "USER\tNAME\tEXPIRES\tMAY\n"


def chatctl(*arguments, text=None):
    return subprocess.run([CHATCTL, *arguments], input=text or "", capture_output=True, text=True,
                          timeout=2 * DEADLINE)


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    file = tmp_path_factory.mktemp("secret") / "secret"
    file.write_bytes(SECRET + b"\n")
    return file


CONFIG = {
    "auth.mode": "required",
    "auth.keys": KEYS,
    "auth.issuer": "https://login.example.org",
    "auth.audience": "chat",
}
GOOD = {"iss": "https://login.example.org", "aud": "chat"}


@pytest.fixture(scope="module")
def workers():
    """It is the admin loop that answers, whatever the number of workers."""
    return 1


def check(chatd, text, *arguments):
    return chatctl("-s", chatd.socket, "token", "check", *arguments, text=text)


def test_a_token_that_was_made_is_one_that_is_taken(chatd, secret):
    made = chatctl("token", "make", "ann", secret, "--id", "main", "--name", "Ann ☺", "--for", "10min",
                   "--issuer", GOOD["iss"], "--audience", "chat")
    assert (made.returncode, made.stderr) == (0, "")
    found = check(chatd, made.stdout, "--room", "tea")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith(ACCEPTED + "ann\tAnn ☺\t20")
    assert found.stdout.endswith("\tcreate,join,send\n")
    answer = chatd.wire().upgrade(Authorization=f"Bearer {made.stdout.strip()}")
    assert answer.status == 101


def test_a_file_may_hold_the_token_and_rights_are_those_of_the_room(chatd, tmp_path):
    file = tmp_path / "token"
    file.write_text(token("bob", chat={"join": ["tea-*"], "moderate": "tea-1"}, **GOOD) + "\n")
    found = check(chatd, None, file, "--room", "tea-1")
    assert found.stdout.endswith("\tjoin,moderate\n")
    assert check(chatd, None, file, "--room", "attic").stdout.endswith("Z\t\n")


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "the standard input is empty"),
        ("no.token", "it is no token"),
        (token("ann", **GOOD)[:-4] + "AAAA", "it was signed by another key, or changed since"),
        (sign({"sub": "ann"}, {"alg": "HS256", "kid": "old"}), "none of the keys has its algorithm"),
        (sign({"sub": "ann"}, {"alg": "none"}), "its header names no algorithm that chatd knows"),
        (token("ann", -3600, **GOOD), "it has expired"),
        (token("ann", aud="chat"), "its iss is not auth.issuer"),
        (token("ann", iss=GOOD["iss"], aud=["mail"]), "its aud has not auth.audience"),
        (token("ann"), "its iss is not auth.issuer, and its aud has not auth.audience"),
        (token("ann", 7200, nbf=int(time.time()) + 3600, **GOOD), "it is not valid yet (nbf)"),
        (sign({"sub": "ann", **GOOD}), "sub or exp is missing"),
        ("x" * 8193, "the standard input is longer than 8 KiB"),
    ],
    # A token has the time in it, and parts of a run that share the tests must name them alike.
    ids=["empty", "none", "changed", "kid", "algorithm", "expired", "issuer", "audience",
         "both", "early", "incomplete", "long"],
)  # fmt: skip
def test_a_refusal_says_why(chatd, text, why):
    done = check(chatd, text)
    assert (done.returncode, done.stdout) == (65, "") and why in done.stderr, done


def test_a_key_that_cannot_sign_is_said_to_be_none(secret, tmp_path):
    short = tmp_path / "short"
    short.write_bytes(b"short")
    for arguments, why in [
        (["ann", tmp_path / "none"], "No such file"),
        (["ann", short], "is shorter than its hash"),
        (["ann", secret, "--algorithm", "ES256"], "holds no private key for the algorithm"),
    ]:
        done = chatctl("token", "make", *arguments)
        assert (done.returncode, done.stdout) == (65, "") and why in done.stderr, done


@pytest.mark.parametrize("algorithm, option", [("RS256", "RSA"), ("ES256", "EC")])
def test_a_private_key_signs_for_the_server_that_has_the_public_one(
    server, tmp_path, algorithm, option
):
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    kind = ["-pkeyopt", "rsa_keygen_bits:2048"] if option == "RSA" else \
        ["-pkeyopt", "ec_paramgen_curve:P-256"]
    for command in (["genpkey", "-algorithm", option, *kind, "-out", private],
                    ["pkey", "-in", private, "-pubout", "-out", public]):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    keys = [{"algorithm": algorithm, "public_key_file": str(public)}]
    chatd = server(1, {"auth.keys": keys, "auth.issuer": "x", "auth.audience": "x"})
    made = chatctl("token", "make", "ann", private, "--algorithm", algorithm, "--issuer", "x",
                   "--audience", "x")
    assert made.returncode == 0, made
    assert check(chatd, made.stdout).returncode == 0
