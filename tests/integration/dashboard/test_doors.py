"""Signing in and out."""

import logging
from typing import Any

import pytest

from app.domain.users import Role
from tests.support.site import Site, open_site
from tests.support.visitors import PASSWORD, Visitor, add_user


def sign_in(visitor: Visitor, name: str = "ann", password: str = PASSWORD, **more: str) -> Any:
    token = visitor.token("/dashboard/sign-in")
    form = {"csrf_token": token, "name": name, "password": password, **more}
    return visitor.client.post("/dashboard/sign-in", data=form)


def test_who_knows_the_password_gets_in_and_out(site: Site, nobody: Visitor) -> None:
    add_user(site.house.database, "ann", Role.VIEWER)

    answer = sign_in(nobody, " Ann ", to="/dashboard/audit?subject=x")

    assert (answer.status_code, answer.location) == (303, "/dashboard/audit?subject=x")
    assert nobody.get("/dashboard/audit").status_code == 200
    old = nobody.client.get_cookie("carillon", path="/dashboard").value
    assert nobody.post("/dashboard/sign-out").status_code == 303
    nobody.client.set_cookie("carillon", old, path="/dashboard")
    assert nobody.get("/dashboard/audit").status_code == 303  # a kept cookie is worth nothing


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("bob", PASSWORD), ("", "")])
def test_a_wrong_password_and_a_wrong_name_are_answered_alike(
    site: Site, nobody: Visitor, name: str, password: str
) -> None:
    add_user(site.house.database, "ann", Role.VIEWER)

    answer = sign_in(nobody, name, password)

    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text


def test_the_sixth_guess_is_not_even_looked_at(
    site: Site, nobody: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    add_user(site.house.database, "ann", Role.VIEWER)
    with caplog.at_level(logging.INFO):
        guesses = [sign_in(nobody, "ann", "wrong").status_code for _ in range(5)]

    assert guesses == [401] * 5
    assert sign_in(nobody, "ANN").status_code == 429
    assert "wrong" not in caplog.text.replace("too many wrong", "")


def test_guesses_at_one_process_close_the_door_of_all(database_url: str) -> None:
    with open_site(database_url) as one, open_site(database_url) as another:
        add_user(one.house.database, "ann", Role.VIEWER)
        here, there = Visitor(one, None), Visitor(another, None)
        guesses = [sign_in(each, "ann", "wrong").status_code for each in (here, there) * 3]

        assert guesses == [401] * 5 + [429]
        assert sign_in(here).status_code == 429
        assert sign_in(here, "bob", "wrong").status_code == 401  # of another name


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "/dashboard//evil.test"])
def test_nobody_is_led_elsewhere_after_signing_in(site: Site, nobody: Visitor, target: str) -> None:
    add_user(site.house.database, "ann", Role.VIEWER)

    assert sign_in(nobody, to=target).location == "/dashboard/"


def test_the_cookie_is_out_of_reach_and_goes_over_tls_where_there_is_tls(nobody: Visitor) -> None:
    plain = nobody.get("/dashboard/sign-in").headers["Set-Cookie"]
    secret = nobody.client.get("/dashboard/sign-in", base_url="https://x/").headers["Set-Cookie"]

    assert {"HttpOnly", "SameSite=Lax", "Path=/dashboard"} <= set(plain.split("; "))
    assert "Secure" not in plain
    assert "Secure" in secret.split("; ")


@pytest.mark.parametrize(("proxies", "is_secure"), [("0", False), ("1", True)])
def test_a_cookie_is_secure_where_a_proxy_that_we_know_says_so(
    database_url: str,
    proxies: str,
    is_secure: bool,  # noqa: FBT001 (a case of the test)
) -> None:
    with open_site(database_url, TRUSTED_PROXIES=proxies) as site:
        claimed = {"X-Forwarded-Proto": "https"}
        answer = site.client.get("/dashboard/sign-in", headers=claimed)

        assert ("Secure" in answer.headers["Set-Cookie"].split("; ")) is is_secure
        assert ("Strict-Transport-Security" in answer.headers) is is_secure


def test_somebody_who_is_disabled_is_out_at_once(site: Site, viewer: Visitor) -> None:
    assert viewer.get("/dashboard/").status_code == 200

    site.house.services.users.disable("viewer", "test")

    assert viewer.get("/dashboard/").status_code == 303


def test_pages_forbid_scripts_of_others(viewer: Visitor) -> None:
    headers = viewer.get("/dashboard/").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self'; ")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_a_browser_is_led_from_the_front_door_to_the_pages(site: Site) -> None:
    answer = site.client.get("/", headers={"Accept": "text/html,*/*"})

    assert answer.location == "/dashboard/"
