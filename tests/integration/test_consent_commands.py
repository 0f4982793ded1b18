"""flask consent ..., flask retention."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli_consent import consent_commands, retention_command
from app.domain.consent_order import ImportedOptOut
from tests.support.builders import numbers
from tests.support.site import Site, open_site

ONE, OTHER = numbers(2)


@pytest.fixture
def site(database_url: str) -> Any:
    with open_site(database_url, CONSENT_HASH_KEY="k" * 32, RETENTION_TEXTS="30") as opened:
        yield opened


def run(site: Site, *words: str) -> Result:
    return CliRunner().invoke(consent_commands(site.house), words)


def test_an_operator_opts_people_out_and_the_proof_is_shown(site: Site) -> None:
    told = run(site, "opt-out", ONE, OTHER, ONE, "--wording", "by letter")

    assert told.output == "3 opted out, 2 of them had not before.\n"
    shown = run(site, "show", ONE).output
    assert '"state": "opted_out"' in shown
    assert "by letter" in shown


def test_the_proof_fails_with_the_first_row_that_is_gone(site: Site, tmp_path: Path) -> None:
    run(site, "opt-out", ONE)
    ends = tmp_path / "ends.txt"
    good = run(site, "verify", "--write", str(ends))
    assert (good.exit_code, good.output) == (0, "1 rows in 1 chains are as they were written.\n")
    assert run(site, "verify", "--against", str(ends)).exit_code == 0

    ends.write_text(f"01a20284-46ec-7085-90b1-3294384bf7a9 1 {'0' * 64}\n", encoding="ascii")
    bad = run(site, "verify", "--against", str(ends))

    assert bad.exit_code == 1
    assert "01a20284-46ec-7085-90b1-3294384bf7a9, row 1: rows 1 to 1 were there" in bad.output
    ends.write_text("nonsense\n", encoding="ascii")
    assert run(site, "verify", "--against", str(ends)).exit_code == 2


def test_the_states_are_made_anew(site: Site) -> None:
    run(site, "opt-out", ONE)

    assert run(site, "rebuild").output == "1 states are as the ledger has them.\n"


def test_a_person_is_erased_after_a_question(site: Site) -> None:
    assert run(site, "erase", ONE).exit_code == 1  # nobody answered
    assert run(site, "erase", ONE, "--yes").exit_code == 0

    assert site.campaign([ONE])["results"]["opted_out_count"] == 1


def test_a_number_that_is_none_is_refused(site: Site) -> None:
    told = run(site, "show", "12")

    assert told.exit_code == 2
    assert "too short" in told.output


def test_texts_are_taken_away_by_hand(site: Site) -> None:
    told = CliRunner().invoke(retention_command(site.house), [])

    assert told.output == "0 texts of messages and 0 texts to us taken away.\n"


def test_an_import_opts_out_with_file_and_row_and_never_the_other_way(site: Site) -> None:
    rows = [ImportedOptOut(number, row) for row, number in enumerate((ONE, OTHER, ONE), 2)]  # type: ignore[arg-type]  # numbers of a test

    assert site.house.services.consents.opt_out_many(rows, "left.csv", "import 7") == 2
    assert site.house.services.consents.opt_out_many(rows, "left.csv", "import 8") == 0

    found = {row["number"]: row for row in site.rows("consent_events") if row["place"] == 1}
    assert (found[ONE]["source_file"], found[ONE]["source_row"]) == ("left.csv", 2)
    assert len(site.rows("opt_outs")) == 2
