"""Puts the house together: the one place that knows every room but web."""

from dataclasses import dataclass
from datetime import timedelta

from app import sentry
from app.bootstrap_runner import CONNECT_TIMEOUT, IMPORTS, WEBHOOKS, chores, connections, runners
from app.domain.hour_presets import PRESETS
from app.domain.policy import Policy
from app.domain.replies import Programme
from app.domain.terms import Terms, preset
from app.hooks.caller import HookCaller
from app.meters import Meters
from app.sending.ports import Gateway, Runner
from app.sending.runners import Crew
from app.sending.traced import Traced
from app.services.audiences import Audiences
from app.services.audit import Audit
from app.services.campaigns import Campaigns
from app.services.catalogue import Services
from app.services.checkup import Checkup
from app.services.clock import Clock
from app.services.consent_proof import ConsentProof
from app.services.consent_reviews import ConsentReviews
from app.services.consents import Consents
from app.services.contacts import ContactLists, Contacts
from app.services.demo_data import DemoData
from app.services.doubts import Doubts
from app.services.dry_runs import DryRuns
from app.services.erasures import Erasures
from app.services.estimates import Estimates
from app.services.exports import Exports
from app.services.health import Health
from app.services.hook_work import HookRetention, HookWork
from app.services.hooks import Hooks
from app.services.hour_presets import HourPresets
from app.services.idempotency import Idempotency
from app.services.import_work import ImportWork
from app.services.imports import Imports
from app.services.inbound import Inbound
from app.services.inbox import Inbox
from app.services.keys import Keys
from app.services.links import Links
from app.services.messages import Messages
from app.services.metrics import Metrics
from app.services.orders import Orders
from app.services.overview import Overview
from app.services.passwords import Passwords
from app.services.previews import Previews
from app.services.prices import Prices
from app.services.rate_counts import RateCounts
from app.services.receipts import Receipts
from app.services.reports import Reports
from app.services.retention import Periods, Retention
from app.services.retries import Retries
from app.services.sender_consents import SenderConsents
from app.services.sender_texts import TextsOfSenders
from app.services.senders import Senders
from app.services.settling import Settling
from app.services.sign_ins import SignIns
from app.services.templates import Templates
from app.services.timeline import Timelines
from app.services.trials import Trials
from app.services.users import Users
from app.settings import InvalidSettings, Settings
from app.storage import erased
from app.storage.database import Database, connect
from app.storage.uploads import Uploads
from app.tracing import NEEDS, Tracing
from app.vonage.client import VonageGateway
from app.vonage.signature import SignatureCheck
from app.vonage.tokens import CachedAuth

_MOMENT = 1.0  # seconds for what nobody needs any more, so that it ends in peace where it can


@dataclass(frozen=True, slots=True)
class House:
    """Every part that was built, for the doors."""

    settings: Settings
    database: Database
    crew: Crew
    runner: Runner
    services: Services
    signature: SignatureCheck
    policy: Policy
    terms: Terms
    meters: Meters
    tracing: Tracing

    def share_metrics(self) -> None:
        """Count beside the other processes of this machine; called before `start`."""
        self.meters.share(self.settings.metrics_dir)

    def start(self) -> None:
        """Go on with what waits, unless that is left to workers."""
        if not self.crew.is_resting():
            self.crew.start()

    def begin_no_more(self) -> None:
        """The end is near: claim no message and no rows, but finish what is in hand."""
        self.crew.stop(timeout=0)

    def close(self, timeout: float) -> None:
        """Finish what is in flight and give back what is held, within so many seconds."""
        self.crew.stop(timeout)
        self.services.dry_runs.stop(_MOMENT)
        self.database.close()
        self.tracing.close()


def build(
    settings: Settings,
    gateway: Gateway | None = None,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
) -> House:
    """Make each part once. Raises InvalidSettings when a key or the database address is unusable.

    In tests `gateway` takes the place of Vonage, and `passwords` are quick.
    """
    clock = clock or Clock()
    try:
        keys = {erased.KEYS: _hash_keys(settings)}
        database = connect(settings.database_url, keys, connections(settings))
        gateway = gateway or _vonage(settings)
        tracing = _observe(settings)
    except ValueError as error:
        raise InvalidSettings(str(error)) from error
    if tracing.is_on:
        gateway = Traced(gateway, tracing)
    meters = Meters()
    database.watch_pool(meters.connections)
    uploads = Uploads(settings.import_dir)
    import_work = ImportWork(database, uploads, clock, meters=meters)
    retention = Retention(database, clock, _periods(settings))
    allowed = settings.webhooks_allow_private or ()
    hook_work = HookWork(database, HookCaller(allowed), clock, meters=meters)
    hook_retention = HookRetention(database, clock, _hook_period(settings))
    some = chores(import_work, retention, hook_work, hook_retention)
    crew, runner = runners(settings, database, gateway, clock, some, meters)
    programme = Programme(settings.programme_name, settings.support_contact)
    receipts = Receipts(database, clock, meters)
    passwords = passwords or Passwords()
    previews = Previews(database, clock, settings.links_at, default_rate=settings.send_rate)
    services = Services(
        campaigns=Campaigns(
            database, runner, clock, settings.links_at, default_rate=settings.send_rate
        ),
        orders=Orders(database, runner, clock, settings.links_at, default_rate=settings.send_rate),
        idempotency=Idempotency(database, clock),
        messages=Messages(database, runner, clock),
        receipts=receipts,
        inbound=Inbound(database, runner, clock, programme, meters=meters),
        inbox=Inbox(database, runner, clock),
        senders=Senders(database, settings.send_rate, clock),
        timelines=Timelines(database),
        health=Health(database, runner, dispatches=settings.web_dispatch == "on"),
        doubts=Doubts(database, runner, clock),
        retries=Retries(database, runner, clock),
        settling=Settling(database, receipts),
        audit=Audit(database),
        previews=previews,
        dry_runs=DryRuns(previews.of, previews.standing),
        prices=Prices(database, clock),
        hour_presets=HourPresets(database, clock),
        estimates=Estimates(database),
        reports=Reports(database, clock),
        contacts=Contacts(database, clock),
        contact_lists=ContactLists(database, clock),
        audiences=Audiences(database, clock),
        templates=Templates(database, clock),
        trials=Trials(database, settings.links_at),
        sender_texts=TextsOfSenders(database, clock),
        links=Links(database, clock),
        imports=Imports(database, uploads, clock, lambda: runner.wake(IMPORTS)),
        import_work=import_work,
        exports=Exports(database),
        keys=Keys(database, clock),
        hooks=Hooks(database, clock, allowed, lambda: runner.wake(WEBHOOKS)),
        consents=Consents(database, runner, clock, programme, meters),
        consent_reviews=ConsentReviews(database, clock),
        checkup=Checkup(database, clock, settings.send_rate),
        demo_data=DemoData(database, clock, settings.sender),
        erasures=Erasures(database, clock),
        retention=retention,
        consent_proof=ConsentProof(database),
        sender_consents=SenderConsents(database, clock, programme),
        overview=Overview(database, clock),
        users=Users(database, clock, passwords),
        sign_ins=SignIns(database, clock, passwords),
        rate_counts=RateCounts(database, clock),
        metrics=Metrics(database, clock, settings.send_rate, meters),
    )
    return House(
        settings,
        database,
        crew,
        runner,
        services,
        _signature(settings),
        _policy(settings),
        _terms(settings),
        meters,
        tracing,
    )


def _observe(settings: Settings) -> Tracing:
    """What the optional extras do. Raises InvalidSettings when they are not installed."""
    name = "SENTRY_DSN"
    try:
        if settings.sentry_dsn is not None:
            sentry.start(settings.sentry_dsn.get_secret_value())
        name = "OTEL_EXPORTER_OTLP_ENDPOINT"
        return Tracing(settings.otel_endpoint)
    except ImportError:
        raise InvalidSettings(f"{name}: {NEEDS}") from None


def _vonage(settings: Settings) -> VonageGateway:
    auth = CachedAuth(settings.application_id, settings.private_key)
    return VonageGateway(auth, settings.api_url, CONNECT_TIMEOUT, settings.send_timeout)


def _policy(settings: Settings) -> Policy:
    """What holds for a campaign whose order says nothing else."""
    return Policy(
        canary=settings.brake_canary or None,
        canary_from=settings.brake_canary_from,
        canary_wait=settings.brake_canary_wait,
        max_failure_rate=settings.brake_max_failure_rate,
        max_opt_out_rate=settings.brake_max_opt_out_rate,
        spend_cap=settings.spend_cap_campaign,
        late_tolerance=settings.late_tolerance,
    )


def _periods(settings: Settings) -> Periods:
    texts, inbound = settings.retention_texts, settings.retention_inbound
    return Periods(
        None if texts is None else timedelta(days=texts),
        None if inbound is None else timedelta(days=inbound),
    )


def _hook_period(settings: Settings) -> timedelta:
    """What was told of texts to us is kept no longer than these."""
    days = (settings.retention_webhooks, settings.retention_inbound)
    return timedelta(days=min(each for each in days if each is not None))


def _hash_keys(settings: Settings) -> tuple[bytes, ...]:
    return tuple(key.get_secret_value().encode() for key in settings.consent_hash_keys or ())


def _terms(settings: Settings) -> Terms:
    """When a marketing campaign writes to people whose order says nothing else."""
    try:
        window, name = preset(settings.quiet_hours)
    except KeyError:
        known = ", ".join(PRESETS)
        raise InvalidSettings(f"QUIET_HOURS: must be one of {known}, or off") from None
    return Terms(
        window=window,
        window_name=name,
        closed_on_holidays=name is not None and PRESETS[name].closed_on_holidays,
        cap=settings.frequency_cap,
        cap_hours=settings.frequency_cap_hours,
        is_marketing=True,
    )


def _signature(settings: Settings) -> SignatureCheck:
    secrets = [secret.get_secret_value() for secret in settings.signature_secrets]
    return SignatureCheck(secrets, settings.api_key, settings.application_id)
