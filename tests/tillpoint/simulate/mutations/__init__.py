"""Our own code, broken on purpose in one place each. The simulator has to notice every one, or it watches nothing."""

from __future__ import annotations

from tests.tillpoint.simulate.mutations import lent, people, returns, screen, server, sync, till, value
from tests.tillpoint.simulate.mutations.mutation import Mutation

_PARTS = (till, screen, sync, server, value, returns, lent, people)
ALL = [one for part in _PARTS for one in vars(part).values() if isinstance(one, Mutation)]
