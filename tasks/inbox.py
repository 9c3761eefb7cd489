"""Collect what polled agencies have said; those that call back have nothing to collect."""

from datetime import datetime
from functools import partial

from connectors.errors import AgencyTrouble
from core.logs import log
from models.reply import AgencyReply
from store import polls
from store.clock import journey_clock
from store.news import receive_reply
from tasks.agencies import connector
from tasks.reach import reach


def collect_replies() -> None:
    """Ask each agency that owes an answer, when it is time; what it says is stored once."""
    for agency in polls.agencies_that_owe():
        since = polls.since_when(agency)
        if since is None:
            continue
        asked_at = journey_clock().now()
        try:
            replies = reach(agency, partial(_said_since, agency, since))
        except AgencyTrouble as trouble:
            log().warning("poll_failed", agency=agency, fault=type(trouble).__name__)
            polls.postponed(agency, asked_at)
            continue
        for reply in replies:
            if receive_reply(agency, reply).contradicts:
                log().error("reply_contradicted", agency=agency)
        polls.polled(agency, asked_at)


def _said_since(agency: str, since: datetime) -> list[AgencyReply]:
    return connector(agency).replies(since)
