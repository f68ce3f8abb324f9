"""Who is answered, who may write, and what every answer forbids the browser."""

from pathlib import Path

import pytest

from tests.ui.browser import BASE, PORT, opened
from trace2skill.ui.guard import MOST_BODY, Key

ANSWER = {"decision": "accept", "skill": "house-doors"}


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", ""])
def test_other_hosts_are_refused(house: Path, host: str) -> None:
    """A name that was rebound to loopback is not ours, whatever port it says."""
    assert opened(house).get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}"])
def test_our_own_hosts_are_answered(house: Path, host: str) -> None:
    """By number and by name."""
    assert opened(house).get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/nothing", "/static/ui.css", "/skills/nobody"])
def test_every_answer_forbids_scripts_and_frames(house: Path, address: str) -> None:
    """Errors and files as well as pages."""
    headers = opened(house).get(address).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_the_key_goes_from_the_address_into_a_cookie(house: Path) -> None:
    """So it is in no history, no page, and no request that another site starts."""
    key = Key(PORT)
    client = opened(house, key=key, entered=False)
    answer = client.get(f"/?key={key.secret}", follow_redirects=False)
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert key.secret not in client.get("/").text


def test_a_wrong_key_opens_nothing(house: Path) -> None:
    """The pages can be read, and say that they cannot be written with."""
    client = opened(house, entered=False)
    assert "set-cookie" not in client.get("/?key=guess", follow_redirects=False).headers
    assert "may only read" in client.get("/").text


def test_two_servers_have_different_keys() -> None:
    """A key is worth one start."""
    assert Key(PORT).secret != Key(PORT).secret


def test_other_sites_cannot_write(waiting: Path) -> None:
    """Without our Origin nothing is decided, even with the cookie and the form's token."""
    key = Key(PORT)
    client = opened(waiting, key=key)
    form = {**ANSWER, "token": key.form_token}
    run = next((waiting / "runs").iterdir()).name
    for origin in (
        None,
        "null",
        "http://evil.example",
        f"http://127.0.0.1:{PORT + 1}",
        f"https://127.0.0.1:{PORT}",
    ):
        headers = {"origin": origin} if origin else {}
        assert client.post(f"/reviews/{run}", data=form, headers=headers).status_code == 403
    assert "to decide on" in client.get(f"/reviews/{run}").text


def test_nothing_is_written_without_key_or_token(waiting: Path) -> None:
    """The cookie alone is not enough, and the token alone is not either."""
    key = Key(PORT)
    run = next((waiting / "runs").iterdir()).name
    headers = {"origin": BASE}
    with_cookie = opened(waiting, key=key)
    for token in ("", "guess", key.secret):
        answer = with_cookie.post(f"/reviews/{run}", data={**ANSWER, "token": token}, headers=headers)
        assert answer.status_code == 403
    without = opened(waiting, key=key, entered=False)
    answer = without.post(f"/reviews/{run}", data={**ANSWER, "token": key.form_token}, headers=headers)
    assert answer.status_code == 403
    page = without.get(f"/reviews/{run}").text
    assert "may only read" in page
    assert "<form method" not in page


def test_a_form_has_a_limit(waiting: Path) -> None:
    """A body that is too large, or of unknown length, is not read; one of too many fields is none of ours."""
    client = opened(waiting)
    run = next((waiting / "runs").iterdir()).name
    headers = {"origin": BASE}
    big = b"markdown=" + b"a" * MOST_BODY
    many = "&".join(f"f{at}=1" for at in range(100))
    assert client.post(f"/reviews/{run}", content=many, headers=headers).status_code == 403
    assert client.post(f"/reviews/{run}", content=big, headers=headers).status_code == 413
    assert client.post(f"/reviews/{run}", content=iter([b"token=x"]), headers=headers).status_code == 413


@pytest.mark.parametrize("address", ["/", "/use", "/skills/house-doors"])
def test_only_reviews_take_forms(house: Path, address: str) -> None:
    """Every other page only shows."""
    assert opened(house).post(address, data={}, headers={"origin": BASE}).status_code == 405
