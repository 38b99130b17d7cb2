"""A simulated printer on a serial line, which keeps what it was in the middle of from one job to the next."""

from __future__ import annotations

import os
import pty
import select
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from drivers.simulators.printer import PrinterSimulator

_LOOK_S = 0.05


@contextmanager
def on_a_line(printer: PrinterSimulator) -> Iterator[str]:
    """The path of the line's end."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    ended = threading.Event()
    with socket.create_connection((printer.host, printer.port)) as connection:

        def carry() -> None:
            while not ended.is_set():
                ready, _, _ = select.select([master, connection.fileno()], [], [], _LOOK_S)
                if master in ready:
                    connection.sendall(os.read(master, 4_096))
                if connection.fileno() in ready:
                    os.write(master, connection.recv(4_096))

        thread = threading.Thread(target=carry)
        thread.start()
        try:
            yield os.ttyname(slave)
        finally:
            ended.set()
            thread.join()
            for end in (master, slave):
                with suppress(OSError):
                    os.close(end)
