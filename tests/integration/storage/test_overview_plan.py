"""The overview costs the same however many campaigns ended and people opted out long ago."""

from datetime import timedelta

from app.storage import overview
from app.storage.database import Database
from tests.integration.storage.test_timeline_plan import filled, plan_of, statements_of
from tests.support.fakes import START


def test_paused_campaigns_and_late_opt_outs_have_an_index(database: Database) -> None:
    filled(database)
    with statements_of(database) as found, database.reading() as session:
        assert overview.paused(session, 5) == []
        assert overview.opt_outs_by_day(session, START + timedelta(days=1)) == {}

    selects = [each for each in found if each[0].startswith("SELECT")]
    with database.reading() as session:
        paused, opt_outs = (plan_of(session, *each) for each in selects)
    assert "ix_campaigns_paused" in paused, paused
    assert "ix_opt_outs_at" in opt_outs, opt_outs
    assert "SORT" not in paused.upper(), "they are read newest first"
    assert "B-TREE" not in paused.upper()
