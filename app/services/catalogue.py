"""Everything that the product does, in one hand: what the doors pass to web and to commands."""

from dataclasses import dataclass

from app.services.audiences import Audiences
from app.services.audit import Audit
from app.services.campaigns import Campaigns
from app.services.checkup import Checkup
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
from app.services.previews import Previews
from app.services.prices import Prices
from app.services.rate_counts import RateCounts
from app.services.receipts import Receipts
from app.services.reports import Reports
from app.services.retention import Retention
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


@dataclass(frozen=True, slots=True)
class Services:
    """One object of each kind, shared by all threads of a process."""

    campaigns: Campaigns
    orders: Orders
    idempotency: Idempotency
    messages: Messages
    receipts: Receipts
    inbound: Inbound
    inbox: Inbox
    senders: Senders
    timelines: Timelines
    health: Health
    checkup: Checkup
    demo_data: DemoData
    doubts: Doubts
    retries: Retries
    settling: Settling
    audit: Audit
    imports: Imports
    import_work: ImportWork
    exports: Exports
    previews: Previews
    dry_runs: DryRuns
    prices: Prices
    hour_presets: HourPresets
    estimates: Estimates
    reports: Reports
    contacts: Contacts
    contact_lists: ContactLists
    audiences: Audiences
    templates: Templates
    trials: Trials
    sender_texts: TextsOfSenders
    links: Links
    consents: Consents
    consent_reviews: ConsentReviews
    retention: Retention
    consent_proof: ConsentProof
    erasures: Erasures
    sender_consents: SenderConsents
    users: Users
    overview: Overview
    keys: Keys
    hooks: Hooks
    sign_ins: SignIns
    rate_counts: RateCounts
    metrics: Metrics
