"""A small OpenID Connect provider on this computer, which takes everybody's word for who they are.

It does what a real one does for the authorisation code flow (OpenID Connect Core 1.0, 3.1): it
checks client, address to return to, secret and proof key (RFC 7636), and signs what it says.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwk, jwt

CLIENT, SECRET = "cae", "the client's own secret"
# Of whoever types it, the provider does not vouch for the address.
UNVERIFIED = "someone@unverified.example"


@dataclass
class Provider:
    """A running provider.

    Attributes:
        issuer: its address.
        redirects: the addresses that it sends people back to.
    """

    issuer: str
    redirects: set[str] = field(default_factory=set)
    key: jwk.RSAKey = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "one"}))
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def metadata(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def is_right(self, asked: Mapping[str, str]) -> bool:
        return (
            asked.get("client_id") == CLIENT
            and asked.get("redirect_uri") in self.redirects
            and asked.get("response_type") == "code"
            and asked.get("code_challenge_method") == "S256"
        )

    def code_for(self, asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe()
        self.asked[code] = asked
        return code

    def token_for(self, given: Mapping[str, str], authorization: str) -> dict[str, Any] | None:
        """What is handed out for a code, once; None if it is not its owner who asks."""
        asked = self.asked.pop(given.get("code", ""), None)
        if asked is None:
            return None
        said = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        client = tuple(map(urllib.parse.unquote_plus, said.split(":", 1)))
        if client != (CLIENT, SECRET) or proof != asked["code_challenge"]:
            return None
        email, now = asked["email"], int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": email,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 600,
            "nonce": asked["nonce"],
            "email": email,
            "email_verified": email != UNVERIFIED,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return {"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": signed}


@contextmanager
def identity_provider(port: int) -> Iterator[Provider]:
    """A provider on `port`, until the block ends."""
    provider = Provider(f"http://localhost:{port}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urllib.parse.urlsplit(self.path)
            asked = dict(urllib.parse.parse_qsl(address.query))
            if address.path == "/.well-known/openid-configuration":
                self._answer(200, json.dumps(provider.described()), "application/json")
            elif address.path == "/keys":
                self._answer(200, json.dumps(provider.keys()), "application/json")
            elif address.path != "/authorize" or not provider.is_right(asked):
                self._answer(400, "This is not what was agreed.", "text/plain")
            elif "email" not in asked:
                self._answer(200, _form(asked), "text/html")
            else:
                back = {"code": provider.code_for(asked), "state": asked["state"]}
                self.send_response(302)
                target = f"{asked['redirect_uri']}?{urllib.parse.urlencode(back)}"
                self.send_header("Location", target)
                self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = dict(urllib.parse.parse_qsl(body))
            token = provider.token_for(given, self.headers.get("Authorization", ""))
            told = {"error": "invalid_grant"} if token is None else token
            self._answer(400 if token is None else 200, json.dumps(told), "application/json")

        def _answer(self, status: int, text: str, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def _form(asked: Mapping[str, str]) -> str:
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    return (
        "<!doctype html><title>Who are you?</title><form action=/authorize>"
        f"{fields}<label>E-mail <input name=email></label><button>Continue</button></form>"
    )
