"""Whatever is scanned or typed, a till takes it or says why not."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import HealthCheck, given, settings, strategies

from pos_client.app.views import Source
from shared_models.domain.errors import DomainError
from tests.devices.test_fuzz import codes
from tests.pos_client.world import TillAtWork


@given(text=codes, source=strategies.sampled_from(Source))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_till_takes_a_code_or_says_why_not(counter: TillAtWork, text: str, source: Source) -> None:
    with suppress(DomainError):
        counter.till.meaning_of(text)
    with suppress(DomainError):
        counter.till.enter(text, source)
    for line in counter.till.sale().lines[5:]:
        counter.till.remove_line(line.line_id)
