"""Queues of Windows, through ``winspool.drv`` (Win32's print spooler functions). Not yet run on a Windows machine."""

from __future__ import annotations

import ctypes
import sys
from typing import Any, Final

from drivers.ports import CoverOpen, DeviceFault, DeviceGone, PaperOut, PermissionDenied, PrinterFault
from drivers.spooler.queue import JobGivenUp, JobSeen, JobState, QueueMissing, QueueStopped, SpoolerAway
from drivers.transports.found import Found

KIND: Final = "windows:"

_NO_SUCH_JOB: Final = 87
_FAULTS: Final[dict[int, type[DeviceFault]]] = {1801: QueueMissing, 63: JobGivenUp}
"""ERROR_INVALID_PRINTER_NAME, ERROR_PRINT_CANCELLED."""
_DENIED: Final = 5
_ENUM_LOCAL_AND_CONNECTED: Final = 0x2 | 0x4
_DELETE: Final = 5
_QUEUE_PAUSED, _QUEUE_OFFLINE = 0x1, 0x80
_JOB_DELETED: Final = 0x4 | 0x100
_JOB_DONE: Final = 0x80 | 0x1000
_JOB_PRINTING: Final = 0x10
_TROUBLES: Final[tuple[tuple[int, type[DeviceFault]], ...]] = (
    (0x40, PaperOut),
    (0x400, CoverOpen),
    (0x20, DeviceGone),
    (0x2 | 0x200, PrinterFault),
)
"""JOB_STATUS_PAPEROUT, USER_INTERVENTION, OFFLINE, ERROR and BLOCKED_DEVQ."""


def seen(flags: int) -> JobSeen:
    """What a job's ``JOB_STATUS_…`` says. Windows doesn't tell whether a byte has left: no job counts as untouched."""
    if flags & _JOB_DONE:
        return JobSeen(JobState.DONE, untouched=False)
    if flags & _JOB_DELETED:
        return JobSeen(JobState.ENDING, untouched=False)
    trouble = next((fault for bits, fault in _TROUBLES if flags & bits), None)
    state = JobState.AT_WORK if flags & _JOB_PRINTING or trouble is not None else JobState.WAITING
    return JobSeen(state, untouched=False, trouble=trouble)


class _DocInfo(ctypes.Structure):
    _fields_ = (("name", ctypes.c_wchar_p), ("output", ctypes.c_wchar_p), ("datatype", ctypes.c_wchar_p))


class _JobInfo(ctypes.Structure):
    """JOB_INFO_1; the last field is a SYSTEMTIME."""

    _fields_ = (
        ("job", ctypes.c_uint32), ("printer", ctypes.c_wchar_p), ("machine", ctypes.c_wchar_p),
        ("user", ctypes.c_wchar_p), ("document", ctypes.c_wchar_p), ("datatype", ctypes.c_wchar_p),
        ("status_text", ctypes.c_wchar_p), ("status", ctypes.c_uint32), ("priority", ctypes.c_uint32),
        ("position", ctypes.c_uint32), ("pages", ctypes.c_uint32), ("printed", ctypes.c_uint32),
        ("submitted", ctypes.c_uint16 * 8),
    )  # fmt: skip


class _PrinterInfo(ctypes.Structure):
    """PRINTER_INFO_4."""

    _fields_ = (("name", ctypes.c_wchar_p), ("server", ctypes.c_wchar_p), ("attributes", ctypes.c_uint32))


class WindowsQueue:
    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._begun: dict[int, Any] = {}
        self._cancelled: set[int] = set()

    @property
    def name(self) -> str:
        return KIND + self._queue

    def check(self) -> None:
        handle = self._open()
        try:
            state = ctypes.c_uint32()  # PRINTER_INFO_6 is its status alone
            needed = ctypes.c_uint32()
            self._done(_spool().GetPrinterW(handle, 6, ctypes.byref(state), 4, ctypes.byref(needed)))
        finally:
            _spool().ClosePrinter(handle)
        if state.value & _QUEUE_PAUSED:
            raise QueueStopped(self.name)
        if state.value & _QUEUE_OFFLINE:
            raise DeviceGone(self.name)

    def left(self, title: str) -> tuple[int, ...]:
        handle = self._open()
        try:
            jobs = _listed(lambda *into: _spool().EnumJobsW(handle, 0, 1_000, 1, *into), _JobInfo)
        finally:
            _spool().ClosePrinter(handle)
        return tuple(job.job for job in jobs if job.document == title)

    def begin(self, title: str) -> int:
        handle = self._open()
        job: int = _spool().StartDocPrinterW(handle, 1, ctypes.byref(_DocInfo(title, None, "RAW")))
        if not job:
            fault = self._fault()
            _spool().ClosePrinter(handle)
            raise fault
        self._begun[job] = handle
        self._cancelled.discard(job)  # a number that was used before
        return job

    def hand_over(self, job: int, data: bytes) -> None:
        handle, written = self._begun.pop(job), ctypes.c_uint32()
        try:
            self._done(_spool().WritePrinter(handle, data, len(data), ctypes.byref(written)))
            if written.value != len(data):
                raise SpoolerAway(self.name)
            self._done(_spool().EndDocPrinter(handle))
        finally:
            _spool().ClosePrinter(handle)

    def look(self, job: int) -> JobSeen:
        """A job that is there no more is done, unless it was cancelled."""
        handle, needed = self._open(), ctypes.c_uint32()
        room = ctypes.create_string_buffer(16_384)
        try:
            there = _spool().GetJobW(handle, job, 1, room, len(room), ctypes.byref(needed))
            error = 0 if there else _last_error()
        finally:
            _spool().ClosePrinter(handle)
        if there:
            return seen(_JobInfo.from_buffer(room).status)
        if error == _NO_SUCH_JOB:
            return JobSeen(JobState.ENDED if job in self._cancelled else JobState.DONE, untouched=False)
        raise self._fault(error)

    def cancel(self, job: int) -> None:
        self._cancelled.add(job)
        handle = self._open()
        try:
            if not _spool().SetJobW(handle, job, 0, None, _DELETE) and (error := _last_error()) != _NO_SUCH_JOB:
                raise self._fault(error)
        finally:
            _spool().ClosePrinter(handle)

    def _open(self) -> Any:
        handle = ctypes.c_void_p()
        self._done(_spool().OpenPrinterW(self._queue, ctypes.byref(handle), None))
        return handle

    def _done(self, ok: int) -> None:
        if not ok:
            raise self._fault()

    def _fault(self, error: int | None = None) -> DeviceFault:
        number = _last_error() if error is None else error
        return PermissionDenied(self.name, None) if number == _DENIED else _FAULTS.get(number, SpoolerAway)(self.name)


def queues() -> tuple[Found, ...]:
    if sys.platform != "win32":
        return ()
    found = _listed(lambda *into: _spool().EnumPrintersW(_ENUM_LOCAL_AND_CONNECTED, None, 4, *into), _PrinterInfo)
    return tuple(Found(KIND + each.name, "") for each in found if each.name)


def _listed(ask: Any, kind: type[ctypes.Structure]) -> list[Any]:
    """Asked twice, as these functions want: how much room it takes, then with that room."""
    needed, count = ctypes.c_uint32(), ctypes.c_uint32()
    ask(None, 0, ctypes.byref(needed), ctypes.byref(count))
    room = ctypes.create_string_buffer(max(needed.value, ctypes.sizeof(kind)))
    if not ask(room, len(room), ctypes.byref(needed), ctypes.byref(count)):
        return []
    return list((kind * count.value).from_buffer(room))


def _spool() -> Any:
    if sys.platform != "win32":
        raise SpoolerAway(KIND)
    return ctypes.WinDLL("winspool.drv", use_last_error=True)


def _last_error() -> int:
    if sys.platform != "win32":
        return 0
    return ctypes.get_last_error()
