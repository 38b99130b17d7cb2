"""Queues of CUPS on this machine, through its local socket: no program, no library, no right to administer it."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from drivers.ports import CoverOpen, DeviceFault, DeviceGone, NoRoom, PaperOut, PermissionDenied, PrinterFault
from drivers.spooler import ipp
from drivers.spooler.ipp import Attributes, Operation, Refusal, Tag
from drivers.spooler.queue import JobSeen, JobState, QueueMissing, QueueStopped, SpoolerAway
from drivers.transports.found import Found
from drivers.transports.serial_line import group_of

KIND: Final = "cups:"
SOCKETS: Final = tuple(map(Path, ("/run/cups/cups.sock", "/var/run/cups/cups.sock", "/private/var/run/cupsd")))
"""Where Debian and its relatives, others, and macOS have it; the variable ``CUPS_SERVER`` may name another one."""

_TIMEOUT_S: Final = 4.0
_NOBODY: Final = "anonymous"
_MOST_BYTES: Final = 4 << 20
_RAW: Final = "application/vnd.cups-raw"
_STOPPED: Final = 5
_STATES: Final = {
    3: JobState.WAITING,
    4: JobState.WAITING,
    5: JobState.AT_WORK,
    6: JobState.WAITING,
    7: JobState.ENDED,
    8: JobState.ENDED,
    9: JobState.DONE,
}
"""RFC 8011, 5.3.7: pending, held, processing, stopped, canceled, aborted, completed."""

_STILL_ENDING: Final = "processing-to-stop-point"
_TROUBLES: Final[tuple[tuple[str, type[DeviceFault]], ...]] = (
    ("cover-open", CoverOpen),
    ("door-open", CoverOpen),
    ("media-empty", PaperOut),
    ("media-needed", PaperOut),
    ("media-jam", PrinterFault),
    ("offline", DeviceGone),
    ("timed-out", DeviceGone),
)
"""Printers' own reasons (RFC 8011, 5.4.12), which may end in ``-error``, ``-warning`` or ``-report``."""

_HOLDS: Final = "hold-new-jobs"
_ON_PORT_9100: Final = "socket:"
_NOT_CONNECTED: Final = frozenset(
    {
        "Connecting to printer.",
        "The printer is in use.",
        "The printer is unreachable at this time.",
        "The printer may not exist or is unavailable at this time.",
    }
)
"""All that CUPS' program for ``socket:`` says before it has a connection (``backend/socket.c`` of CUPS 2.4), in the
language of the request. What follows is "Connected to printer.", before the first byte."""


class CupsQueue:
    """The queue ``queue`` of this machine. Only whoever began a job, or an administrator, may cancel it."""

    def __init__(self, queue: str, path: Path | None = None) -> None:
        self._uri = f"ipp://localhost/printers/{quote(queue, safe='')}"
        self._name = KIND + queue
        self._socket = path or socket_path()
        self._tells_connection = False

    @property
    def name(self) -> str:
        return self._name

    def check(self) -> None:
        wanted = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "device-uri")
        found = self._ask(Operation.GET_PRINTER_ATTRIBUTES, (Tag.KEYWORD, "requested-attributes", wanted))[0]
        holds = _HOLDS in found.get("printer-state-reasons", ())
        if holds or found.get("printer-state") == (_STOPPED,) or found.get("printer-is-accepting-jobs") == (0,):
            raise QueueStopped(self._name)
        self._tells_connection = str(found.get("device-uri", ("",))[0]).startswith(_ON_PORT_9100)

    def left(self, title: str) -> tuple[int, ...]:
        jobs = self._ask(
            Operation.GET_JOBS,
            (Tag.KEYWORD, "requested-attributes", ("job-id", "job-name")),
            (Tag.KEYWORD, "which-jobs", "not-completed"),
            (Tag.BOOLEAN, "my-jobs", True),
        )
        return tuple(
            number for job in jobs if job.get("job-name") == (title,) for number in job["job-id"] if type(number) is int
        )

    def begin(self, title: str) -> int:
        job = self._ask(Operation.CREATE_JOB, (Tag.NAME, "job-name", title))[0].get("job-id", ())
        if len(job) != 1 or type(job[0]) is not int:
            raise SpoolerAway(self._name)
        return job[0]

    def hand_over(self, job: int, data: bytes) -> None:
        self._ask(
            Operation.SEND_DOCUMENT, (Tag.MIME_TYPE, "document-format", _RAW), (Tag.BOOLEAN, "last-document", True),
            job=job, data=data,
        )  # fmt: skip

    def look(self, job: int) -> JobSeen:
        wanted = (
            "job-state", "job-state-reasons", "job-printer-state-reasons", "job-printer-state-message",
            "time-at-processing",
        )  # fmt: skip
        try:
            found = self._ask(Operation.GET_JOB_ATTRIBUTES, (Tag.KEYWORD, "requested-attributes", wanted), job=job)[0]
        except QueueMissing:  # CUPS keeps jobs that ended, unless it is told not to
            return JobSeen(JobState.ENDED, untouched=False)
        return _seen(found, tells_connection=self._tells_connection)

    def cancel(self, job: int) -> None:
        refused = self._send(Operation.CANCEL_JOB, (), job, b"")
        if not refused.went_well and refused.status != 0x0404:  # not possible: it has ended
            raise self._refused(refused.status)

    def _ask(
        self, operation: Operation, *more: tuple[Tag, str, bool | str | Sequence[str]], job: int = 0, data: bytes = b""
    ) -> tuple[Attributes, ...]:
        """What is told of each thing asked about. Raise a ``DeviceFault``."""
        found = self._send(operation, more, job, data)
        if not found.went_well:
            raise self._refused(found.status)
        return found.groups[1:] if len(found.groups) > 1 or operation is Operation.GET_JOBS else ({},)

    def _send(
        self, operation: Operation, more: Sequence[tuple[Tag, str, bool | str | Sequence[str]]], job: int, data: bytes
    ) -> ipp.Answer:
        which: list[tuple[Tag, str, int | bool | str | Sequence[str]]] = [(Tag.URI, "printer-uri", self._uri)]
        if job:
            which.append((Tag.INTEGER, "job-id", job))
        which.append((Tag.NAME, "requesting-user-name", _user()))
        return _over(self._socket, self._name, ipp.request(operation, [*which, *more]) + data)

    def _refused(self, status: int) -> DeviceFault:
        match status:
            case Refusal.NOT_FOUND:
                return QueueMissing(self._name)
            case Refusal.FORBIDDEN | Refusal.NOT_AUTHENTICATED | Refusal.NOT_AUTHORIZED:
                return PermissionDenied(self._name, None)
            case Refusal.NOT_ACCEPTING:
                return QueueStopped(self._name)
            case _:
                return SpoolerAway(self._name)


def queues(path: Path | None = None) -> tuple[Found, ...]:
    """This machine's queues by the places that settings take; none where CUPS doesn't run."""
    wanted = ("printer-name", "printer-info")
    asked = ipp.request(
        Operation.CUPS_GET_PRINTERS,
        [(Tag.NAME, "requesting-user-name", _user()), (Tag.KEYWORD, "requested-attributes", wanted)],
    )
    try:
        found = _over(path or socket_path(), KIND, asked)
    except DeviceFault:
        return ()
    told = ((each.get("printer-name", ("",))[0], each.get("printer-info", ("",))[0]) for each in found.groups[1:])
    return tuple(Found(f"{KIND}{name}", str(what or "")) for name, what in told if name)


def socket_path() -> Path:
    named = os.environ.get("CUPS_SERVER", "")
    if named.startswith("/"):
        return Path(named)
    return next((path for path in SOCKETS if path.exists()), SOCKETS[0])


def _seen(job: Attributes, *, tells_connection: bool) -> JobSeen:
    """What CUPS' program for the printer said last stays with a job that has ended, once that program has ended too."""
    state = _STATES.get(_number(job, "job-state"), JobState.WAITING)
    begun = _number(job, "time-at-processing") > 0
    if begun and state is JobState.ENDED and _STILL_ENDING in job.get("job-state-reasons", ()):
        state = JobState.ENDING
    away = begun and tells_connection and job.get("job-printer-state-message", ("",))[0] in _NOT_CONNECTED
    untouched = state not in (JobState.DONE, JobState.ENDING) and (not begun or away)
    if state is not JobState.AT_WORK:
        return JobSeen(state, untouched)
    reasons = {_bare(each) for each in job.get("job-printer-state-reasons", ()) if isinstance(each, str)}
    troubles = (fault for reason, fault in _TROUBLES if reason in reasons)
    return JobSeen(state, untouched, DeviceGone if away else next(troubles, None))


def _bare(reason: str) -> str:
    for ending in ("-error", "-warning", "-report"):
        reason = reason.removesuffix(ending)
    return reason


def _number(found: Attributes, name: str) -> int:
    """0 for what isn't a number (yet)."""
    value = found.get(name, (0,))[0]
    return value if isinstance(value, int) else 0


def _user() -> str:
    """By the process's own user, as CUPS checks it; what the environment says doesn't count."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return _NOBODY


class _Local(http.client.HTTPConnection):
    """HTTP over a local socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_TIMEOUT_S)
        self.sock.connect(str(self._path))


def _over(path: Path, name: str, body: bytes) -> ipp.Answer:
    """Raise ``SpoolerAway``, ``PermissionDenied`` or ``NoRoom``. CUPS looks at the socket to see who asks; of the name
    in the header it checks that it is the same."""
    connection = _Local(path)
    headers = {"Content-Type": "application/ipp", "Authorization": f"PeerCred {_user()}"}
    try:
        connection.request("POST", "/", body, headers)
        got = connection.getresponse()
        raw = got.read(_MOST_BYTES)
    except PermissionError as error:
        raise PermissionDenied(name, group_of(path)) from error
    except (OSError, http.client.HTTPException) as error:
        raise SpoolerAway(name) from error
    finally:
        connection.close()
    if got.status in (401, 403):
        raise PermissionDenied(name, None)
    if got.status == 413:
        raise NoRoom(name)
    try:
        return ipp.answer(raw)
    except ipp.BadIpp as error:
        raise SpoolerAway(name) from error
