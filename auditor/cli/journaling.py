"""The journal that the user asked for with `--journal` and `--resume`, and what is told of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from auditor.cli import logs
from auditor.cli.facts import facts_of
from auditor.cli.own_files import own_path
from auditor.cli.preparation import Prepared
from auditor.engine.clock import present, utc_now
from auditor.engine.masking import Masker
from auditor.errors import Problem, SettingsError
from auditor.journal.database import JournalError
from auditor.journal.journal import Journal
from auditor.journal.terms import Terms
from auditor.settings.model import Settings

_WAYS_OUT: Final = "leave out --resume to begin anew, or give another --journal"


@dataclass(frozen=True, slots=True)
class Journaled:
    """An open journal and the *terms* of the run that it is kept for.

    *pages* tells how many pages organizations had in the run that the journal told of before.
    """

    journal: Journal
    terms: Terms
    pages: Mapping[str, int]


@contextmanager
def journaling(prepared: Prepared, *, resume: bool) -> Iterator[Journaled | None]:
    """The journal for a run, which is resumed or begun with it; None where none was asked for.

    Raises:
        SettingsError: it cannot be used, or is of a run on other terms, each of which is named.
    """
    named = prepared.settings.output.journal
    if named is None:
        if resume:
            raise SettingsError(
                Problem("--resume", "there is no journal to resume from", "add --journal FILE")
            )
        yield None
        return
    path = own_path(named, option="--journal", others=(prepared.settings.output.report,))
    with _refused():
        journal = Journal.open(path)
    with journal:
        journal.on_trouble = _tell_trouble
        journal.masker = Masker(key.reveal() for key in prepared.keys.values())
        if journal.set_aside is not None:
            moved = str(journal.set_aside)
            logs.notice("journal_set_aside", level=logging.WARNING, reason=journal.damage, moved_to=moved)
        yield Journaled(journal, _settle_terms(journal, prepared, resume=resume), journal.pages_of_last_run())


@contextmanager
def _refused() -> Iterator[None]:
    """A journal that cannot be used is the user's to know."""
    try:
        yield
    except JournalError as error:
        raise SettingsError(Problem("--journal", str(error), "give another file")) from error


def _settle_terms(journal: Journal, prepared: Prepared, *, resume: bool) -> Terms:
    """The terms of the run to be resumed, or else of one that is begun here."""
    terms, last = _terms_of(prepared), journal.last
    is_open = last is not None and not journal.is_finished
    if resume and last is not None and is_open and last.is_recent(terms.started_at):
        _check_same(last, terms, prepared.settings)
        finished = len(journal)
        logs.notice("journal_resumed", level=logging.WARNING, as_of=last.as_of.isoformat(), finished=finished)
        return last
    with _refused():
        journal.begin(terms)
    if last is not None and is_open:
        reason = "the unfinished run is too old to be resumed" if resume else "--resume was not given"
        begun = last.started_at.isoformat(timespec="seconds")
        logs.notice("journal_started_over", level=logging.WARNING, reason=reason, unfinished_since=begun)
    else:
        logs.notice("journal_begun")
    return terms


def _check_same(last: Terms, terms: Terms, settings: Settings) -> None:
    """The reference time of the resumed run holds, unless another one is asked for."""
    as_of = settings.audit.as_of or last.as_of
    there = replace(last, facts={**last.facts, "as_of": last.as_of.isoformat()})
    here = replace(terms, facts={**terms.facts, "as_of": as_of.isoformat()})
    differences = there.differences(here)
    if differences:
        raise SettingsError(*(Problem("--resume", difference, _WAYS_OUT) for difference in differences))


def _terms_of(prepared: Prepared) -> Terms:
    audit = prepared.settings.audit
    facts = facts_of(prepared.settings, prepared.selection)
    if prepared.shard is not None:
        facts |= {"shard": str(prepared.shard), "shard sizes": prepared.shard.spread}
    return Terms(facts, audit.as_of or present(), utc_now())


def _tell_trouble(reason: str) -> None:
    logs.notice("journal_ended", level=logging.WARNING, reason=reason)
