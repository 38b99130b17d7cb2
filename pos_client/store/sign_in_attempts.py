"""Wrong PINs, counted in the journal so that switching the till off and on forgives nothing."""

from __future__ import annotations

from dataclasses import dataclass

from pos_client.store.database import Database


@dataclass(frozen=True, slots=True)
class Attempts:
    failures: int = 0
    locked_until_ms: int = 0


class SignInAttempts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, staff_id: str) -> Attempts:
        row = self._database.one(
            "SELECT failures, locked_until_ms FROM sign_in_attempt WHERE staff_id = ?", (staff_id,)
        )
        return Attempts(*row) if row else Attempts()

    def record(self, staff_id: str, attempts: Attempts) -> None:
        with self._database.transaction():
            self._database.run(
                "INSERT OR REPLACE INTO sign_in_attempt (staff_id, failures, locked_until_ms) VALUES (?, ?, ?)",
                (staff_id, attempts.failures, attempts.locked_until_ms),
            )

    def forget(self, staff_id: str) -> None:
        with self._database.transaction():
            self._database.run("DELETE FROM sign_in_attempt WHERE staff_id = ?", (staff_id,))
