"""A member as shown: the row, and each own fact that it doesn't count, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pos_client.store.outbox import Outbox
from pos_client.store.own_members import member_doc
from pos_client.store.replica import Replica
from pos_client.store.shop import Shop
from shared_models.domain import points
from shared_models.domain.member import MemberRegistered, Profile
from shared_models.domain.phone import keyed_hash
from shared_models.wire.facts import encode_profile
from tests.pos_client.store.books import MEMBER, ON, Books, books_of, cursor, member_row, sale


@contextmanager
def fresh(template: Path) -> Iterator[Books]:
    with TemporaryDirectory() as folder:
        books = books_of(template, Path(folder))
        yield next(books)
        books.close()


def shown(books: Books) -> int:
    member = Shop(books.database).member(MEMBER)
    return points.balance(member.view.account, ON) if member else 0


class Interleaved(RuleBasedStateMachine):
    """A till sells; a server counts what it was told; rows arrive late, twice, and pruning happens whenever it does.

    The server here is the sum of what it took from this till and of what other tills added.
    """

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._books = books_of(self.template, Path(self._folder.name))
        self.books = next(self._books)
        self.books.generations.start(1)
        self.replica = self.books.generations.open_current()
        self.earned: list[int] = []
        self.told = 0
        self.others = 0
        self.row: tuple[int, int] = (0, 0)
        self.version = 0

    def teardown(self) -> None:
        self.replica.close()
        self._books.close()
        self._folder.cleanup()

    @initialize()
    def first_row(self) -> None:
        self._pull_row()

    @rule(earned=st.integers(1, 9))
    def sell(self, earned: int) -> None:
        self.books.journal.append(sale(self.books, member=MEMBER, earned=earned))
        self.earned.append(earned)

    @rule(count=st.integers(1, 3))
    def tell_the_server(self, count: int) -> None:
        self.told = min(len(self.earned), self.told + count)

    @rule(amount=st.integers(1, 9))
    def another_till_sells(self, amount: int) -> None:
        self.others += amount

    @rule()
    def pull(self) -> None:
        self._pull_row()

    @rule()
    def prune(self) -> None:
        self.books.journal.effects.prune()

    @precondition(lambda self: self.told)
    @rule()
    def the_server_is_restored_from_a_backup(self) -> None:
        """It forgets what it was told last; the till starts a new generation and books its effects again."""
        self.told -= 1
        Outbox(self.books.journal).acknowledge(self.told + 1, 0)
        Outbox(self.books.journal).acknowledge(self.told, 0)
        generation, built = self.books.generations.build(2)
        self._pull_row(built)
        built.close()
        self.replica.close()
        self.books.generations.switch(generation)
        self.replica = self.books.generations.open_current()

    @invariant()
    def each_own_fact_is_shown_once(self) -> None:
        others_in_row = self.row[1]
        assert shown(self.books) == others_in_row + sum(self.earned)

    def _pull_row(self, replica: Replica | None = None) -> None:
        self.version += 1
        total = self.others + sum(self.earned[: self.told])
        row = member_row(self.told, version=self.version, points=total)
        (replica or self.replica).apply([row], cursor(self.version))
        self.row = (self.told, self.others)


def test_through_any_interleaving_no_own_fact_is_shown_twice_or_missing(template: Path) -> None:
    machine: type[RuleBasedStateMachine] = type("Machine", (Interleaved,), {"template": template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@settings(max_examples=20, deadline=None)
@given(counted=st.integers(0, 6))
def test_a_row_that_counts_up_to_n_leaves_the_effects_after_n(template: Path, counted: int) -> None:
    with fresh(template) as books:
        books.generations.start(1)
        for earned in range(1, 6):
            books.journal.append(sale(books, member=MEMBER, earned=earned))
        with_replica = books.generations.open_current()
        with_replica.apply([member_row(counted)], cursor(1))
        left = [effect.earned.points for effect in books.journal.effects.of(MEMBER, counted) if effect.earned]
        assert left == list(range(counted + 1, 6))
        gone = books.journal.effects.prune()
        assert gone == min(counted, 5)
        assert books.journal.effects.prune() == 0
        assert shown(books) == sum(left)
        with_replica.close()


PHONE_KEY = b"k" * 32


def test_a_member_registered_here_is_shown_until_the_row_counts_the_registration(books: Books) -> None:
    books.generations.start(1)
    registered = MemberRegistered(MEMBER, "9000", "A", b"", "1", (), "till", ON)
    profile = Profile("王芳", "8613800138042")
    doc = member_doc(registered, profile, phone_key=PHONE_KEY, tier="basic", terms="")
    fact = books.journal.append(registered, sides=(("profile", b"s" * 32, encode_profile(profile)),), own_member=doc)
    books.journal.append(sale(books, member=MEMBER, earned=7))
    shop = Shop(books.database)
    own = shop.member(MEMBER)
    assert own is not None
    assert (own.version, own.doc.masked_name, shown(books)) == (None, "王**", 7)
    assert own.doc.phone_hash == keyed_hash("8613800138042", PHONE_KEY)

    replica = books.generations.open_current()
    replica.apply([member_row(fact.number, version=5)], cursor(5))
    assert books.journal.effects.prune() == 1
    assert books.database.one("SELECT count(*) FROM own_member") == (0,)
    row = shop.member(MEMBER)
    assert row is not None
    assert (row.version, shown(books)) == (5, 7)
    replica.close()
