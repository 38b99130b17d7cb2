"""``tillpoint server``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tillpoint.commands.parts import a_port, declare, say, server_home


def add(commands: Any) -> None:
    parser = declare(
        commands, "server", run, "run the central server with head office",
        "tillpoint server --home var/server\n"
        "tillpoint server --host 0.0.0.0 --port 8443 --tls-cert shop.pem --tls-key shop.key",
        "The first start makes the keys, the database and, if nobody can sign in yet, an administrator, whose\n"
        "password it shows once. It runs until Ctrl-C or SIGTERM.",
    )  # fmt: skip
    server_home(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=a_port, default=8443, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate (chain), PEM")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key, PEM")
    parser.add_argument("--ready-file", type=Path, metavar="FILE", help="write the address there once it answers")


def run(given: argparse.Namespace) -> int:
    from sync_server.main import serve

    serve(
        given.home, given.host, given.port, given.database, given.tls_cert, given.tls_key, given.ready_file, say
    )  # fmt: skip
    return 0
