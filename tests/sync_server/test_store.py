from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from shared_models.domain.member import Profile
from shared_models.orm import server as tables
from shared_models.wire.state import MemberDoc
from sync_server import setup
from sync_server.api.endpoints import Api
from sync_server.errors import BadKeys, BadUrl, DatabaseAway, NewerDatabase, WrongKey
from sync_server.server import Server, open_server
from sync_server.store import Keys, Sealer, credentials, key_file, new_keys, open_engine, reading, upgrade, writing
from sync_server.store.keys import DATA_CREDENTIAL, DATABASE_CREDENTIAL
from sync_server.store.statements import add
from tests.sync_server import acts
from tests.sync_server.acts import DAY
from tests.sync_server.conftest import store_doc
from tests.sync_server.ports import SeededRandomness, seeded_ports
from tests.sync_server.till import Till

OTHER = new_keys(SeededRandomness(5))


def test_migrations_make_the_tables_of_the_metadata(server: Server) -> None:
    with server.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.server) == []


def test_upgrading_again_changes_nothing(server: Server) -> None:
    upgrade(server.engine)
    with server.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.store)) == 2


def test_a_newer_database_stops_the_start(database_url: str, keys: Keys) -> None:
    engine = open_engine(database_url, keys.database)
    upgrade(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match=r"newer version of Tillpoint \(schema 9999\)"):
        upgrade(engine)
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def test_a_failed_migration_leaves_nothing(database_url: str, keys: Keys) -> None:
    engine = open_engine(database_url, keys.database)
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
        for table in reversed(tables.server.sorted_tables):
            connection.execute(text(f'DROP TABLE IF EXISTS "{table.name}"'))
        connection.execute(text("CREATE TABLE points_lot (id INTEGER)"))
    with pytest.raises(Exception, match="points_lot"):
        upgrade(engine)
    with reading(engine) as connection:
        found = MigrationContext.configure(connection)
        assert found.get_current_revision() is None
        assert engine.dialect.get_table_names(connection) == ["points_lot"]
    engine.dispose()


def test_a_wrong_key_does_not_open_the_file(sqlcipher_url: str, keys: Keys) -> None:
    engine = open_engine(sqlcipher_url, keys.database)
    upgrade(engine)
    engine.dispose()
    with pytest.raises(WrongKey, match="key it was set up with"):
        open_engine(sqlcipher_url, OTHER.database)


def test_a_wrong_data_key_is_noticed_at_the_start(server: Server) -> None:
    with pytest.raises(WrongKey, match="data key"):
        open_server(server.engine, OTHER.data, seeded_ports())


def test_opening_again_finds_the_same_identity(server: Server, keys: Keys) -> None:
    again = open_server(server.engine, keys.data, seeded_ports(77))
    with server.reading() as connection:
        assert again.incarnation(connection) == server.incarnation(connection)
    assert again.identity.public_key == server.identity.public_key
    assert again.identity.phone_key == server.identity.phone_key


def test_no_plain_text_is_on_the_disk(tmp_path: Path, keys: Keys) -> None:
    engine = open_engine(f"sqlcipher:///{tmp_path / 'server.db'}", keys.database)
    upgrade(engine)
    server = open_server(engine, keys.data, seeded_ports())
    new = setup.NewMember(
        member_id=server.ports.ids.new(), number="M0001", store_id="A", notice_version="1", consents=(),
        source="import", registered_on=DAY,
    )  # fmt: skip
    setup.import_members(server, [(new, Profile("Wang Fang", "8613900139000"))])
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["server.db", "server.db-shm", "server.db-wal"]
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        for plain in (b"SQLite format", b"CREATE TABLE", b"Wang", b"8613900139000", b"M0001", b"member.registered"):
            assert plain not in content, path
    engine.dispose()


def test_sqlcipher_is_durable_and_writers_wait_for_each_other(sqlcipher_url: str, keys: Keys) -> None:
    engine = open_engine(sqlcipher_url, keys.database)
    with reading(engine) as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE tally (n INTEGER)"))
        connection.execute(text("INSERT INTO tally VALUES (0)"))

    def count() -> None:
        for _ in range(25):
            with writing(engine) as connection:
                n = connection.scalar(text("SELECT n FROM tally")) or 0
                connection.execute(text("UPDATE tally SET n = :n"), {"n": n + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT n FROM tally")) == 100
    engine.dispose()


def test_an_exception_rolls_back(server: Server) -> None:
    class Stop(Exception):
        pass

    def stopped_midway() -> None:
        with server.acting() as act:
            act.connection.execute(tables.store.insert().values(id="Z", doc=b""))
            raise Stop

    with pytest.raises(Stop):
        stopped_midway()
    with server.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.store)) == 2


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite:///x.db", "sqlcipher://", "nonsense", ""])
def test_urls_that_cannot_be_used(url: str) -> None:
    with pytest.raises(BadUrl):
        open_engine(url, OTHER.database)


def test_a_database_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway, match="can't be reached"):
        open_engine(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}", OTHER.database)
    with pytest.raises(DatabaseAway, match="can't be reached"):
        open_engine(f"sqlcipher:///{tmp_path}/missing/server.db", OTHER.database)


def test_a_key_file_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "server.keys"
    made = key_file(path, SeededRandomness(1))
    assert path.stat().st_mode & 0o777 == 0o600
    assert key_file(path, SeededRandomness(2)) == made
    assert made.database != made.data
    assert made.data.hex() not in repr(made)
    path.chmod(0o644)
    with pytest.raises(BadKeys, match="chmod 600"):
        key_file(path, SeededRandomness(1))


@pytest.mark.parametrize("content", ["", "00\n00\n", "xyz", "ä" * 10, "0" * 64])
def test_a_file_that_is_no_key_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "server.keys"
    path.write_text(content, "utf-8")
    path.chmod(0o600)
    with pytest.raises(BadKeys):
        key_file(path, SeededRandomness(1))
    assert path.read_text("utf-8") == content


def test_credentials_from_systemd(tmp_path: Path) -> None:
    assert credentials({}) is None
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    with pytest.raises(BadKeys, match="LoadCredentialEncrypted"):
        credentials(given)
    (tmp_path / DATABASE_CREDENTIAL).write_text(OTHER.database.hex() + "\n")
    (tmp_path / DATA_CREDENTIAL).write_text(OTHER.data.hex())
    assert credentials(given) == OTHER
    (tmp_path / DATA_CREDENTIAL).write_text("not hexadecimal")
    with pytest.raises(BadKeys, match=DATA_CREDENTIAL):
        credentials(given)


@pytest.mark.parametrize("change", ["place", "key", "bit", "cut", "empty"])
def test_a_sealed_value_opens_only_as_it_was_sealed(change: str) -> None:
    sealer = Sealer(OTHER.data, SeededRandomness(1))
    sealed = sealer.seal(b"secret", b"member.1")
    assert sealer.open(sealed, b"member.1") == b"secret"
    assert sealer.seal(b"secret", b"member.1") != sealed
    assert b"secret" not in sealed
    place = b"member.2" if change == "place" else b"member.1"
    if change == "key":
        sealer = Sealer(OTHER.database, SeededRandomness(1))
    wrong = {"bit": sealed[:-1] + bytes([sealed[-1] ^ 1]), "cut": sealed[:5], "empty": b""}.get(change, sealed)
    with pytest.raises(WrongKey):
        sealer.open(wrong, place)


def test_a_disk_that_fills_up_loses_nothing(tmp_path: Path, keys: Keys) -> None:
    engine = open_engine(f"sqlcipher:///{tmp_path / 'server.db'}", keys.database)
    upgrade(engine)
    server = open_server(engine, keys.data, seeded_ports())
    with writing(engine) as connection:
        pages = connection.scalar(text("PRAGMA page_count"))

    def overfill() -> None:
        with writing(engine) as connection:
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            connection.execute(tables.store.insert().values(id="big", doc=b"x" * 1_000_000))

    with pytest.raises(OperationalError, match="full"):
        overfill()
    with server.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.store)) == 0
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    engine.dispose()


def test_a_row_that_is_there_already_undoes_all_that_came_with_it(server: Server) -> None:
    rows = [{"id": store_id, "doc": b"{}"} for store_id in ("C", "A")]
    with pytest.raises(IntegrityError, match=r"(?i)unique"), writing(server.engine) as connection:
        add(connection, tables.store, rows)
    with server.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.store)) == 2


def test_members_of_before_get_ordinals_and_their_rows_move_once(database_url: str, keys: Keys) -> None:
    """From the schema before snapshots: each row that has somebody says which bit is theirs, and tills fetch it."""
    engine = open_engine(database_url, keys.database)
    upgrade(engine)
    server = open_server(engine, keys.data, seeded_ports())
    setup.create_store(server, store_doc("A"))
    till = Till.enrolled(Api(server), setup.new_enrolment_code(server, "A", 1))
    for number in range(3):
        till.register(acts.member(till, f"M{number}"), acts.profile(phone=f"8613800138{number:03d}"))
    till.pushed()
    with writing(engine) as connection:
        for name in (
            "snapshot",
            "member_link",
            "price_change",
            "repricing",
            "repricing_finding",
            "watched",
            "risk_finding",
            "sale_return",
            "gift_stock",
            "gift_entry",
            "reward_redemption",
            "parting_asked",
            "cash_movement",
            "drawer_opening",
        ):
            connection.execute(text(f"DROP TABLE {name}"))
        for index in ("ix_member_alias_of", "member_by_day", "sale_shown", "sale_by_shift"):
            connection.execute(text(f"DROP INDEX {index}"))
        connection.execute(text("ALTER TABLE sale DROP COLUMN shown"))
        docs = connection.execute(select(tables.feed.c.key, tables.feed.c.doc).where(tables.feed.c.kind == "member"))
        for key, doc in docs.all():
            plain = msgspec.json.decode(bytes(doc))
            del plain["ordinal"]
            changed = tables.feed.update().where(tables.feed.c.key == key)
            connection.execute(changed.values(doc=msgspec.json.encode(plain)))
        with Operations.context(MigrationContext.configure(connection)) as op, op.batch_alter_table("member") as table:
            table.drop_constraint("member_ordinal_key", type_="unique")
            for column in ("ordinal", "consents", "clocks", "alias_of", "apart", "welcome"):
                table.drop_column(column)
        with (
            Operations.context(MigrationContext.configure(connection)) as op,
            op.batch_alter_table("points_lot") as lot,
        ):
            lot.drop_column("earned_by")
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    before = till.pulled()
    upgrade(engine)
    page = till.pulled(before.cursor)
    members = [msgspec.json.decode(row.doc, type=MemberDoc) for row in page.rows]
    assert [row.kind for row in page.rows] == ["member"] * 3
    assert sorted(member.ordinal for member in members) == [1, 2, 3]
    assert sorted(member.number for member in members) == ["M0", "M1", "M2"]
    till.register(acts.member(till, "M3"), acts.profile(phone="8613900139000"))
    till.pushed()
    new = [msgspec.json.decode(row.doc, type=MemberDoc).ordinal for row in till.pulled(page.cursor).rows]
    assert new == [4]
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.server) == []
    engine.dispose()
