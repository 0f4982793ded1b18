"""Every route of the API has a scope, and a key without it is told which."""

import pytest

from app.domain.api_keys import KeyWish
from app.domain.scopes import Scope
from app.web.auth import needed
from tests.support.site import Site
from tests.support.walks import path_of

ALL_BUT = {scope: frozenset(Scope) - {scope, Scope.ADMIN} for scope in Scope}


def test_a_key_without_the_scope_of_a_route_gets_403_that_names_it(site: Site) -> None:
    secrets = {
        scope: site.house.services.keys.create(KeyWish(scope, held), "test").secret
        for scope, held in ALL_BUT.items()
    }
    asked = 0
    for rule in site.app.url_map.iter_rules():
        if not rule.rule.startswith(("/api/", "/send-sms")):
            continue
        for method in (rule.methods or set()) - {"OPTIONS"}:
            scope = needed(rule.endpoint, method)
            assert scope is not None, rule.rule

            key = {"Authorization": f"Bearer {secrets[scope]}"}
            answer = site.client.open(path_of(rule), method=method, headers=key)

            asked += 1
            assert answer.status_code == 403, (method, rule.rule)
            if method != "HEAD":
                assert answer.mimetype == "application/problem+json"
                assert answer.json["scope"] == scope
                assert f"lacks the scope {scope}" in answer.json["detail"]
    assert asked > 60


@pytest.mark.usefixtures("site")
def test_only_admins_reach_keys_and_the_trail() -> None:
    assert needed("keys.index", "GET") is needed("keys.create", "POST") is Scope.ADMIN
    assert needed("audit.index", "GET") is needed("keys.revoke", "DELETE") is Scope.ADMIN
