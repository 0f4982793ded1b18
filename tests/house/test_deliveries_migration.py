"""What campaigns came to before that was kept by the minute is counted by the migration."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.domain.message import MessageStatus
from app.storage import deliveries, migrate
from app.storage.database import Database
from tests.house.test_migrations import FOLDER
from tests.support.builders import order
from tests.support.desk import Desk

BACK = (
    "DROP TABLE campaign_deliveries",
    "DROP INDEX ix_messages_error_code",
    "ALTER TABLE campaigns DROP COLUMN inbound_after",
    "UPDATE alembic_version SET version_num = '0013'",
)


def test_what_was_sent_before_is_counted_by_the_minute(database: Database) -> None:
    desk = Desk(database)
    campaign_id = desk.campaigns.launch(order(5)).state.campaign.id
    taken = desk.send_all()
    desk.receive(taken[0], MessageStatus.DELIVERED, at=desk.clock.forward(60))
    desk.receive(taken[1], MessageStatus.REJECTED, error_code="1210")
    with database.reading() as session:
        before = set(deliveries.counted(session, campaign_id))
    assert len(before) == 3
    with database.writing() as session:
        for statement in BACK:
            session.execute(text(statement))

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0014")
        connection.commit()

    with database.reading() as session:
        assert set(deliveries.counted(session, campaign_id)) == before
        present = text("SELECT version_num FROM alembic_version")
        assert session.execute(present).scalar() == "0014"
    with database.writing() as session:  # the next tests find what they were promised
        newest = {"newest": migrate.newest()}
        session.execute(text("UPDATE alembic_version SET version_num = :newest"), newest)
