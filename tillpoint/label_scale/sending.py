"""A list of goods to one scale: what it isn't known to hold, until it has said so."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from drivers.label_scale.known import Known
from tillpoint.errors import CommandError

if TYPE_CHECKING:
    from drivers.label_scale.device import Download, LabelScale
    from drivers.label_scale.goods import Plu

FOLDER: Final = "label-scales"
_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """``right``: the scale has said that it holds the whole list. ``said``: what became of it, in sentences."""

    right: bool
    said: tuple[str, ...]


def send(
    scale: LabelScale, wanted: Sequence[Plu], folder: Path, say: Callable[[str], None], *,
    everything: bool = False, check: bool = False,
) -> Sent:  # fmt: skip
    """Raise ``CommandError`` if another program is sending to this scale, or the folder can't be written."""
    path = folder / FOLDER / (re.sub(r"[^0-9A-Za-z.]+", "-", scale.name) + ".jsonl")
    try:
        with Known(path) as known:
            return _send(scale, wanted, known, say, everything=everything, check=check)
    except BlockingIOError:
        raise CommandError(f"Another program is sending to {scale.name}. Let it end.") from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from error
    finally:
        scale.close()


def _send(
    scale: LabelScale, wanted: Sequence[Plu], known: Known, say: Callable[[str], None], *, everything: bool, check: bool
) -> Sent:
    due = list(wanted) if everything else known.differences(wanted)
    say(f"{scale.name}: {len(due)} of {len(wanted)} PLUs to send.")
    done = _download(scale, due, known)
    said = _said(done, len(due)) if due else [f"It has said before that it holds all {len(wanted)}."]
    checked = not check
    if done.problem is None and check:
        checked, found = _checked(scale, wanted, known)
        said.append(found)
    if old := known.unwanted(wanted):
        said.append(f"It still holds {_names(old)}, which are on the list no more. Delete them at the scale.")
    named = tuple(each if each.startswith(scale.name) else f"{scale.name}: {each}" for each in said)
    return Sent(checked and not known.differences(wanted), named)


def _download(scale: LabelScale, plus: Sequence[Plu], known: Known) -> Download:
    if plus:
        known.sending(plus)
    return scale.download(plus, known.has)


def _checked(scale: LabelScale, wanted: Sequence[Plu], known: Known) -> tuple[bool, str]:
    """Whether it shows what it said that it holds. What it holds otherwise is sent, and asked for, once more."""
    from drivers.ports import DeviceFault

    try:
        wrong = [differs.wanted for differs in scale.compare(wanted)]
        if not wrong:
            return True, f"Asked, it shows all {len(wanted)} as they were sent."
        _download(scale, wrong, known)
        still = [differs.wanted for differs in scale.compare(wrong)]
    except DeviceFault as fault:
        return False, str(fault)
    if still:
        known.sending(still)
        return False, f"It says that it holds {_names(still)} and shows something else."
    return True, f"It held {_names(wrong)} otherwise; sent again, it shows all {len(wanted)} as they were sent."


def _said(done: Download, total: int) -> list[str]:
    if done.held:
        said = [f"It holds {len(done.held)} of {total} PLUs: it said so of each."]
    else:
        said = ["It has said of no PLU that it holds it."]
    said += [str(refusal) for refusal in done.refused]
    if done.problem is not None and done.problem not in done.refused:
        said.append(str(done.problem))
    if done.doubtful is not None:
        said.append(f"Of {_names([done.doubtful])} it may hold the new price or the old one.")
    if done.left:
        left = "1 PLU wasn't sent" if len(done.left) == 1 else f"{len(done.left)} PLUs weren't sent"
        said.append(f"{left}, and it holds what it had. Begin again with the same command.")
    return said


def _names(plus: Sequence[Plu]) -> str:
    named = ", ".join(f"{plu.number} {plu.name}" for plu in plus[:_NAMED])
    return named if len(plus) <= _NAMED else f"{named} and {len(plus) - _NAMED} more"
