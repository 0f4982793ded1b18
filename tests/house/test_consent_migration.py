"""What was recorded before the ledger had chains is sealed as it was found."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.services.consent_proof import ConsentProof, Proof
from app.storage import migrate
from app.storage.database import connect

FOLDER = Path(migrate.__file__).parent / "migrations"


def test_old_events_are_chained_and_opt_outs_stay(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    with database.writing() as session:
        for place, (number, event) in enumerate(
            [("+1", "help"), ("+2", "opt_out"), ("+1", "opt_out"), ("+2", "opt_in"), ("+3", "help")]
        ):
            at = f"2026-01-0{place + 1} 12:00:00.000000"
            row = {"id": f"{place:032x}", "number": number, "event": event, "at": at}
            session.execute(
                text(
                    "INSERT INTO consent_events (id, number, event, method, wording, at)"
                    " VALUES (:id, :number, :event, 'keyword', 'as it was', :at)"
                ),
                row,
            )
        session.execute(
            text("INSERT INTO opt_outs VALUES ('+1', '2026-01-03 12:00:00', :id)"),
            {"id": f"{2:032x}"},
        )

    migrate.upgrade(database)

    assert ConsentProof(database).verify() == Proof(3, 5, None)
    with database.reading() as session:
        assert session.scalars(text("SELECT number FROM opt_outs")).all() == ["+1"]
        states = session.execute(text("SELECT number, state FROM consent_states ORDER BY 1")).all()
    assert [tuple(row) for row in states] == [
        ("+1", "opted_out"),
        ("+2", "opted_in"),
        ("+3", "none"),
    ]
    database.close()
