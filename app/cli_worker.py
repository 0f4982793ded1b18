"""`flask worker`: a process that sends, and does the chores, for web processes that do not."""

from collections.abc import Callable

import click
from flask.cli import ScriptInfo

from app import worker
from app.bootstrap import House
from app.web import metrics_door


def command(house: House) -> click.Command:
    """The command."""

    @click.command("worker")
    def start() -> None:
        """Send what waits until SIGTERM; any number of these share the work (PostgreSQL)."""
        if house.settings.is_on_sqlite:
            raise click.ClickException(
                "DATABASE_URL: workers need a PostgreSQL. On SQLite the web process does all the"
                " work: two processes that write to one file would wait for each other."
            )
        end = _show_metrics(house)
        worker.run(house)
        end()

    return start


def _show_metrics(house: House) -> Callable[[], None]:
    """Where METRICS_PORT asks for it; returns what ends that."""
    port, host = house.settings.metrics_port, house.settings.host
    if port is None:
        return lambda: None
    app = click.get_current_context().ensure_object(ScriptInfo).load_app()
    try:
        return metrics_door.listen(app, host, port)
    except OSError as error:
        raise click.ClickException(f"METRICS_PORT: {host}:{port}: {error.strerror}") from error
