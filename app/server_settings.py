"""What gunicorn is told, of which each request asks some twenty things: looked up once."""

from typing import Any

from gunicorn.glogging import Logger


class ServerSettings:
    """gunicorn's own, by their names."""

    def __init__(self, cfg: Any, log: Logger) -> None:
        self._cfg = cfg
        plain = {name: each for name, each in cfg.settings.items() if not hasattr(type(cfg), name)}
        vars(self).update({name: each.get() for name, each in plain.items()})
        self.is_watched = _is_watched(cfg, log)

    def __getattr__(self, name: str) -> Any:
        """What gunicorn makes of several settings."""
        return getattr(self._cfg, name)


def _is_watched(cfg: Any, log: Logger) -> bool:
    """Does somebody look at each request? Then gunicorn has to read all of it."""
    hooks = [cfg.settings[name] for name in ("pre_request", "post_request")]
    return (
        log.access_log_enabled
        or type(log).access is not Logger.access
        or any(each.get() is not each.default for each in hooks)
    )
