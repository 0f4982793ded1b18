"""Overview, users, settings, account and audit log."""

import re

from app.factory import shown_settings
from app.settings import Settings
from tests.support.builders import environment, settings
from tests.support.site import LATER, Site
from tests.support.visitors import PASSWORD, Visitor


def test_the_overview_tells_what_is_scheduled_and_what_is_held(site: Site, viewer: Visitor) -> None:
    empty = viewer.get("/dashboard/").text
    assert "Nothing is being sent" in empty
    site.campaign(3, name="Spring <sale>", scheduled_at=LATER)
    held = site.campaign(2, name="Held", scheduled_at=LATER)["campaign"]["id"]
    site.post(f"/api/campaigns/{held}/pause", {"reason": "wrong price"})

    page = viewer.get("/dashboard/").text

    assert "Spring &lt;sale&gt;" in page
    assert "wrong price" in page
    assert "Spring &lt;sale&gt;" in viewer.get("/dashboard/now").text


def test_an_admin_lets_somebody_in_and_shows_the_password_once(
    admin: Visitor, nobody: Visitor
) -> None:
    page = admin.post("/dashboard/users", {"name": "Bea", "role": "viewer"}).text
    (password,) = re.findall(r"password of <strong>bea</strong> is <code>([^<]+)</code>", page)
    assert password not in admin.get("/dashboard/users").text

    form = {"csrf_token": nobody.token("/dashboard/sign-in"), "name": "bea", "password": password}
    assert nobody.client.post("/dashboard/sign-in", data=form).status_code == 303
    assert nobody.get("/dashboard/users").status_code == 403

    assert admin.post("/dashboard/users/bea/role", {"role": "sender"}).status_code == 303
    assert admin.post("/dashboard/users/bea/disable").status_code == 303
    assert nobody.get("/dashboard/").status_code == 303
    assert "user admin" in admin.get("/dashboard/audit").text


def test_what_is_wrong_with_a_user_is_told_beside_the_field(admin: Visitor) -> None:
    answer = admin.post("/dashboard/users", {"name": "no spaces", "role": "viewer"})

    assert answer.status_code == 422
    assert re.search(r'id="name-error">must be 2 to 64', answer.text)
    assert 'value="no spaces"' in answer.text


def test_the_last_admin_cannot_lock_everybody_out(admin: Visitor) -> None:
    answer = admin.post("/dashboard/users/admin/disable")

    assert answer.status_code == 409
    assert "last admin" in answer.text


def test_settings_are_shown_and_secrets_are_not() -> None:
    given = environment(DATABASE_URL="postgresql://u:hidden-password@h/d", SEND_RATE="12")

    shown = shown_settings(settings(DATABASE_URL=given["DATABASE_URL"], SEND_RATE="12"))

    assert shown.keys() == {field.alias for field in Settings.model_fields.values()}
    assert shown["SEND_RATE"] == "12.0"
    secrets = {"API_KEYS", "VONAGE_SIGNATURE_SECRET", "VONAGE_PRIVATE_KEY_BASE64", "DATABASE_URL"}
    assert {name for name, value in shown.items() if value == "set, not shown"} == secrets


def test_times_are_in_the_zone_that_somebody_chose(site: Site, viewer: Visitor) -> None:
    site.campaign(1, name="One", scheduled_at="2099-01-01T12:00:00Z")
    assert "1 Jan 2099, 12:00 UTC" in viewer.get("/dashboard/").text

    assert viewer.post("/dashboard/account/zone", {"time_zone": "Asia/Tokyo"}).status_code == 303
    assert "1 Jan 2099, 21:00 JST" in viewer.get("/dashboard/").text

    wrong = viewer.post("/dashboard/account/zone", {"time_zone": "Mars"})
    assert wrong.status_code == 422
    assert "write it as in Europe/Berlin" in wrong.text


def test_somebody_changes_their_own_password(viewer: Visitor) -> None:
    wrong = viewer.post("/dashboard/account/password", {"old": "x", "password": "short"})
    assert wrong.status_code == 422
    assert "is not your password" in wrong.text
    assert "must have 12 to 200 characters" in wrong.text

    form = {"old": PASSWORD, "password": "another long password"}
    assert viewer.post("/dashboard/account/password", form).status_code == 303


def test_a_page_that_is_none_is_told_of_in_words(viewer: Visitor) -> None:
    answer = viewer.get("/dashboard/nothing/here")

    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_the_navigation_shows_only_what_somebody_may_see(viewer: Visitor, admin: Visitor) -> None:
    assert 'href="/dashboard/users"' not in viewer.get("/dashboard/").text
    assert 'href="/dashboard/users"' in admin.get("/dashboard/").text
