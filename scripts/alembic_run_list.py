"""Small scripts that depend on rows, and what their rows are. See `alembic_runs.py`."""

from alembic_case_list import Case

RUNS: list[Case] = []

PEOPLE = (
    "create table people (id serial primary key, name text, age integer, tags text[], extra jsonb, mail text not null default '-');"
    "insert into people (name, age, tags, extra, mail) values ('  ann ', 30, '{a,NULL,b}', '{\"x\": 1, \"y\": 2}', 'x'),"
    " ('bob', null, '{}', '{\"y\": null}', 'y'), (null, 0, '{\" c \"}', null, 'x'), ('', 7, '{b}', '{\"x\": []}', 'z'), ('bob', 7, '{b,b}', '{}', 'x');"
    "create table pets (id serial primary key, owner_id integer, name text, kind text default 'cat');"
    "insert into pets (owner_id, name) values (1, 'p'), (1, null), (2, 'q'), (null, 'r');"
)

TABLES = """
from sqlalchemy.dialects import postgresql as pg
people = sa.table("people", sa.column("id", sa.Integer), sa.column("name", sa.Text), sa.column("age", sa.Integer), sa.column("mail", sa.Text))
pets = sa.table("pets", sa.column("id", sa.Integer), sa.column("owner_id", sa.Integer), sa.column("name", sa.Text), sa.column("kind", sa.Text))
"""

CLASSES = """
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import declarative_base, sessionmaker, Session
from sqlalchemy.ext.mutable import MutableDict
Base = declarative_base()
class Person(Base):
    __tablename__ = "people"
    id = sa.Column(sa.Integer, primary_key=True)
    title = sa.Column("name", sa.UnicodeText)
    age = sa.Column(sa.Integer)
    tags = sa.Column(pg.ARRAY(sa.UnicodeText))
    extra = sa.Column(MutableDict.as_mutable(pg.JSONB))
    mail = sa.Column(sa.Text, server_default="-")
class Pet(Base):
    __tablename__ = "pets"
    id = sa.Column(sa.Integer, primary_key=True)
    owner_id = sa.Column(sa.Integer)
    name = sa.Column(sa.Text)
    kind = sa.Column(sa.Text, default="dog")
"""


def run(name: str, up: str, top: str = TABLES, setup: str = PEOPLE, **rest) -> None:
    RUNS.append(Case(name, up, top=top, setup=setup, **rest))


def orm(name: str, up: str, **rest) -> None:
    run(name, up, top=CLASSES, **rest)


# --- loops over rows ------------------------------------------------------------------------------------------------------

run("rows/update_for_each", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(people.c.id, people.c.name)):
        conn.execute(pets.update().where(pets.c.owner_id == row.id).values(name=row.name))
""")
run("rows/a_missing_value_is_compared_as_python_does", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(pets.c.owner_id, pets.c.name)).fetchall():
        conn.execute(people.update().where(people.c.name == row.name).values(mail="found"))
        conn.execute(people.update().where(people.c.age != row.owner_id).values(age=people.c.age + 1))
""")
run("rows/tuples_and_numbers", """
    conn = op.get_bind()
    for key, name in conn.execute(sa.text("SELECT id, name FROM people ORDER BY id")):
        conn.execute(sa.text("UPDATE pets SET name = :name WHERE owner_id = :key"), {"name": name, "key": key})
    for row in conn.execute(sa.text("SELECT id, kind AS what FROM pets")).all():
        conn.execute(sa.text("UPDATE pets SET name = :what WHERE id = :id").bindparams(id=row[0], what=row[1]))
""")
run("rows/mappings_and_scalars", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(people.c.id, people.c.mail)).mappings().all():
        conn.execute(pets.insert().values(owner_id=row["id"], name=row["mail"]))
    for key in conn.execute(sa.select(people.c.id)).scalars():
        conn.execute(pets.update().where(pets.c.owner_id == key).values(kind="of somebody"))
""")
run("rows/conditions", """
    conn = op.get_bind()
    count = 0
    for row in conn.execute(sa.select(people)):
        if not row.name:
            conn.execute(people.update().where(people.c.id == row.id).values(name="nobody"))
            continue
        count += 1
        if row.age is None:
            conn.execute(people.update().where(people.c.id == row.id).values(age=-1))
        elif row.age == 7 and row.mail in ("x", "y"):
            conn.execute(people.delete().where(people.c.id == row.id))
        else:
            conn.execute(people.update().where(people.c.id == row.id).values(mail="else"))
    print(count)
""")
run("rows/loops_inside_and_exit", """
    conn = op.get_bind()
    for person in conn.execute(sa.select(people.c.id, people.c.mail).order_by(people.c.id)):
        for pet in conn.execute(sa.select(pets.c.id).where(pets.c.owner_id == person.id)):
            conn.execute(pets.update().where(pets.c.id == pet.id).values(kind=person.mail))
        if person.mail == "y":
            break
""")
run("rows/what_a_loop_asks_on_the_way", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(people.c.id)):
        if conn.execute(sa.select(pets.c.id).where(pets.c.owner_id == row.id)).first() is None:
            conn.execute(pets.insert().values(owner_id=row.id, name="first"))
""")
run("rows/duplicates_become_one", """
    conn = op.get_bind()
    groups = conn.execute(sa.select(people.c.name, people.c.mail).group_by("name", "mail").having(sa.func.count("*") > 0))
    for name, mail in groups:
        conn.execute(people.delete().where(people.c.name == name).where(people.c.mail == mail))
        conn.execute(people.insert().values(name=name, mail=mail))
""")
run("rows/ids_that_were_found", """
    conn = op.get_bind()
    keys = conn.execute(sa.select(people.c.id).where(people.c.age > 5)).scalars().all()
    conn.execute(pets.delete().where(pets.c.owner_id.in_(keys)))
""")
run("rows/as_long_as_there_are_any", """
    conn = op.get_bind()
    while rows := conn.execute(sa.select(people.c.id).where(people.c.mail == "x").limit(2)).all():
        for row in rows:
            conn.execute(people.update().where(people.c.id == row.id).values(mail="done"))
""")
run("rows/a_turn_that_is_left_early", """
    conn = op.get_bind()
    for name in ("bob", "nobody", "ann"):
        if not conn.execute(sa.select(people.c.id).where(people.c.name == name)).first():
            continue
        conn.execute(pets.insert().values(name=name))
""")
run("rows/defaults_of_python", """
    t = sa.Table("pets", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, default=lambda: "made"),
        sa.Column("kind", sa.Text, default="dog", onupdate="changed"))
    conn = op.get_bind()
    conn.execute(t.insert().values(name="a"))
    conn.execute(t.insert().values(kind="b"))
    conn.execute(t.update().where(t.c.name == "p").values(name="z"))
    op.bulk_insert(t, [{"name": "c"}])
""")
run("rows/keys_that_are_taken_out", """
    values = {"name": "a", "kind": "b", "owner_id": 3}
    del values["kind"]
    names = ["x", "y", "z"]
    del names[1]
    op.execute(pets.insert().values(**values))
    op.execute(pets.insert().values(name="".join(names)))
""")

# --- sessions of the ORM --------------------------------------------------------------------------------------------------

orm("orm/add", """
    session = Session(bind=op.get_bind())
    session.add(Person(title="new", age=None))
    pet = Pet(owner_id=3)
    pet.name = "its name"
    session.add(pet)
    session.commit()
""")
orm("orm/delete_and_update_all", """
    session = sessionmaker()(bind=op.get_bind())
    session.query(Person).filter_by(title="bob", age=None).delete()
    session.query(Pet).filter(Pet.name.is_(None)).update({"kind": "none", Pet.name: "no name"})
    session.commit()
""")
orm("orm/objects_are_changed", """
    session = sessionmaker()(bind=op.get_bind())
    for person in session.query(Person).filter(Person.age > 5):
        person.title = "old"
        person.mail = person.mail
    for pet in session.scalars(sa.select(Pet).where(Pet.owner_id.is_(None))):
        session.delete(pet)
    session.commit()
""")
orm("orm/one_or_none_and_one", """
    session = sessionmaker()(bind=op.get_bind())
    found = session.query(Person).filter_by(title="nobody").one_or_none()
    if found:
        return
    mail = session.query(Person).filter_by(title="").one().mail
    session.add(Person(title="nobody", mail=mail))
    session.commit()
""")
orm("orm/get", """
    session = sessionmaker()(bind=op.get_bind())
    for key in (1, 2, 99):
        person = session.query(Person).get(key)
        if person is None:
            continue
        person.title = f"person {key}"
        person.age = key
    session.commit()
""")
orm("orm/lists_in_rows", """
    session = sessionmaker()(bind=op.get_bind())
    for person in session.query(Person).filter(Person.tags != None):
        kept = []
        for tag in person.tags:
            if tag is not None:
                kept.append(tag.strip())
        if kept != person.tags:
            person.tags = kept
    session.commit()
""")
orm("orm/a_key_of_json", """
    session = sessionmaker()(bind=op.get_bind())
    for person in session.query(Person).filter(Person.extra.has_key("x")):
        del person.extra["x"]
    session.commit()
""")
orm("orm/one_value", """
    session = sessionmaker()(bind=op.get_bind())
    for pet in session.query(Pet).filter(Pet.owner_id == 1):
        pet.name = session.scalars(sa.select(Person.mail).where(Person.title == "")).one()
    session.commit()
""")

# --- what must not be converted -------------------------------------------------------------------------------------------

run("left/a_list_that_grows", """
    conn = op.get_bind()
    seen = set()
    for row in conn.execute(sa.select(people.c.id, people.c.mail)):
        if row.mail in seen:
            conn.execute(people.delete().where(people.c.id == row.id))
        seen.add(row.mail)
""", unknown="what the turns before have seen")
run("left/a_counter_decides", """
    conn = op.get_bind()
    n = 0
    for row in conn.execute(sa.select(people.c.id)):
        n += 1
        if n > 2:
            conn.execute(people.delete().where(people.c.id == row.id))
""", unknown="how many turns there were")
run("left/a_query_from_before_a_change", """
    conn = op.get_bind()
    rows = conn.execute(sa.select(people.c.id)).all()
    conn.execute(people.delete())
    for row in rows:
        conn.execute(pets.delete().where(pets.c.owner_id == row.id))
""", unknown="the rows as they were")
run("left/ddl_in_a_loop", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(people.c.id)):
        op.execute("ALTER TABLE people ADD COLUMN IF NOT EXISTS more text")
""", unknown="the table is gone through meanwhile")
run("left/arithmetic_with_what_may_be_missing", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(people.c.id, people.c.age)):
        conn.execute(people.update().where(people.c.id == row.id).values(age=row.age + 1))
""", unknown="whether a value is missing")
run("left/a_return_inside_of_a_condition", """
    conn = op.get_bind()
    if conn.execute(sa.text("SELECT 1 FROM people")).first():
        if conn.execute(sa.text("SELECT 1 FROM pets")).first():
            return
    op.execute("DELETE FROM people")
""", unknown="two conditions")
run("left/a_function_in_the_rest_of_a_text", """
    conn = op.get_bind()
    name = conn.execute(sa.text("SELECT name FROM people")).scalar()
    found = conn.execute(sa.text(f"SELECT {name}()"))
""", unknown="which function is called")
orm("left/never_sent", """
    session = sessionmaker()(bind=op.get_bind())
    for person in session.query(Person):
        person.title = "lost"
""", unknown="a change that no session sends")
orm("left/a_statement_before_the_flush", """
    session = sessionmaker()(bind=op.get_bind())
    session.add(Pet(name="later"))
    op.execute("DELETE FROM pets")
    session.commit()
""", unknown="when an object is sent")
orm("left/changed_after_it_was_added", """
    session = sessionmaker()(bind=op.get_bind())
    pet = Pet(name="a")
    session.add(pet)
    pet.name = "b"
    session.commit()
""", unknown="when an object is sent")
orm("left/random_values", """
    import random
    session = sessionmaker()(bind=op.get_bind())
    users = session.query(Person).filter(Person.age.is_(None)).limit(10)
    while found := users.all():
        for user in found:
            user.age = random.choice([1, 2])
        session.commit()
""", unknown="random numbers")
orm("orm/a_list_of_objects", """
    session = sessionmaker()(bind=op.get_bind())
    gone = []
    for person in session.query(Person):
        if person.tags == []:
            gone.append(person)
    for person in gone:
        person.title = "x"
    session.commit()
""")

# --- iterators and assertions ---------------------------------------------------------------------------------------------

run("python/iterators_are_gone_through_once", """
    it = iter(["a", "b", "c"])
    op.execute(pets.insert().values(name=next(it)))
    op.execute(pets.insert().values(name=next(it)))
    op.execute(pets.insert().values(name=next(it)))
    op.execute(pets.insert().values(name=next(it, "none")))
    pairs = zip(["d", "e"], [1, 2])
    for name, key in pairs:
        op.execute(pets.insert().values(name=name, owner_id=key))
    for name, key in pairs:
        op.execute(pets.insert().values(name="never", owner_id=key))
    rows = map(lambda it: {"name": it}, ["f", "g"])
    op.bulk_insert(pets, list(rows))
    op.bulk_insert(pets, list(rows))
""")
run("python/generators_run_when_they_are_asked", """
    later = (op.execute(pets.insert().values(name=name)) for name in ["never", "ever"])
    never = map(op.execute, ["DELETE FROM pets"])
    names = (name.upper() for name in ["x", "y"])
    op.execute(pets.insert().values(name=next(names)))
    for number, name in enumerate(names, 5):
        op.execute(pets.insert().values(name=name, owner_id=number))
""")
run("python/a_list_that_changes_under_a_loop", """
    names = ["a", "b", "c", "d"]
    for name in names:
        names.remove(name)
    for name in names:
        op.execute(pets.insert().values(name=name))
    longest = max(["aa", "bb", "c"], key=len)
    ordered = sorted(["bb", "aa", "c"], key=len, reverse=True)
    ordered.insert(-1, "last but one")
    op.execute(pets.insert().values(name=longest + ",".join(ordered) + str(int("11")) + str(sum([1], 2))))
""")
run("python/assertions_that_hold", """
    conn = op.get_bind()
    assert len(["a"]) == 1
    assert conn.execute(sa.text("SELECT 1 FROM people")).first(), "there are people"
    assert conn.execute(sa.text("SELECT count(*) FROM pets")).scalar() == 4
    for row in conn.execute(sa.select(people.c.id)):
        assert row.id is not None
        conn.execute(pets.insert().values(owner_id=row.id))
""")
run("python/values_that_text_has", """
    conn = op.get_bind()
    conn.execute(sa.text("UPDATE pets SET name = :name WHERE id = 1"), {"name": "it's :name 100% \\\\ \\n"})
    conn.execute(sa.text("UPDATE pets SET name = '\\\\:x', kind = :kind WHERE id = 2"), {"kind": None})
    conn.execute(pets.insert(), [{"name": "%s", "owner_id": None}, {"name": None, "owner_id": 2}])
    op.execute("UPDATE pets SET name = '100%' WHERE id = 3")
    op.execute(sa.text("UPDATE pets SET kind = 'a:b' WHERE id = 4"))
""")

# --- JSON -----------------------------------------------------------------------------------------------------------------

run("json/none_in_statements", """
    docs = sa.table("people", sa.column("id", sa.Integer), sa.column("name", sa.Text), sa.column("extra", pg.JSONB))
    sparse = sa.table("people", sa.column("name", sa.Text), sa.column("extra", pg.JSONB(none_as_null=True)))
    variant = sa.table("people", sa.column("name", sa.Text), sa.column("extra", sa.JSON().with_variant(pg.JSONB(), "postgresql")))
    op.bulk_insert(docs, [{"name": "a", "extra": None}, {"name": "b", "extra": {"k": [None, True, 1.5, "é"]}}])
    op.bulk_insert(sparse, [{"name": "c", "extra": None}, {"name": "d", "extra": {}}])
    op.bulk_insert(variant, [{"name": "e", "extra": None}, {"name": "f", "extra": []}])
    op.execute(docs.update().where(docs.c.id == 1).values(extra=None))
    op.execute(docs.update().where(docs.c.id == 2).values(extra=sa.null()))
    op.execute(sparse.update().where(sparse.c.name == "bob").values(extra=None))
    op.execute(docs.update().where(docs.c.id == 3).values(extra="text"))
""")
orm("json/none_in_objects", """
    session = Session(bind=op.get_bind())
    session.add(Person(title="given", extra=None))
    session.add(Person(title="left out"))
    session.add(Person(title="full", extra={"a": None}, tags=None))
    session.commit()
    for person in session.query(Person).filter(Person.age == 7):
        person.extra = None
    session.commit()
""")

# --- sessions: what is sent when ------------------------------------------------------------------------------------------

orm("orm/query_in_a_loop_over_known_values", """
    session = Session(bind=op.get_bind())
    for key in [1, 2, 77]:
        person = session.query(Person).get(key)
        if person is None:
            continue
        person.mail = f"m{key}"
        person.age = 5
    session.commit()
""")
orm("orm/deleted_last", """
    session = Session(bind=op.get_bind())
    session.add(Pet(name="new", owner_id=2))
    for pet in session.query(Pet).filter(Pet.owner_id == 1):
        session.delete(pet)
    session.commit()
    session.add(Pet(name="after", owner_id=9))
    session.commit()
""")
orm("orm/all_at_once_and_flush", """
    session = Session(bind=op.get_bind())
    session.add_all([Pet(name="a"), Pet(name="b", kind=None), Pet(name=None, kind="c")])
    session.flush()
    op.execute("UPDATE pets SET owner_id = 7 WHERE name = 'a'")
    session.query(Pet).filter(Pet.owner_id == 7).update({Pet.kind: "seven"}, synchronize_session=False)
    session.commit()
""")
orm("orm/a_query_of_columns_in_a_loop", """
    session = Session(bind=op.get_bind())
    for pet in session.scalars(sa.select(Pet).where(Pet.owner_id.is_not(None))):
        pet.name = session.scalars(sa.select(Person.mail).where(Person.id == pet.owner_id)).one()
    session.commit()
""")
orm("orm/rows_of_columns", """
    session = Session(bind=op.get_bind())
    for key, mail in session.query(Person.id, Person.mail).order_by(Person.id):
        op.execute(f"UPDATE pets SET kind = 'x' WHERE owner_id = 2")
        session.execute(sa.update(Pet).where(Pet.owner_id == key).values(name=mail))
    session.commit()
""")

# --- what must not be converted: sessions ---------------------------------------------------------------------------------

orm("left/read_before_it_is_sent", """
    session = Session(bind=op.get_bind())
    session.add(Pet(name="later"))
    if op.get_bind().execute(sa.text("SELECT 1 FROM pets WHERE name = 'later'")).first() is None:
        op.get_bind().execute(sa.text("DELETE FROM people"))
    session.commit()
""", unknown="when an object is sent")
orm("left/a_query_without_autoflush", """
    session = sessionmaker(autoflush=False)(bind=op.get_bind())
    session.add(Pet(name="later"))
    for pet in session.query(Pet):
        pet.kind = "seen"
    session.commit()
""", unknown="when an object is sent")
orm("left/a_commit_that_may_not_happen", """
    session = Session(bind=op.get_bind())
    for row in session.query(Person.id, Person.age).order_by(Person.id):
        session.add(Pet(owner_id=row.id))
        if row.age == 7:
            session.commit()
""", unknown="whether it is sent")
orm("left/changed_after_another_was_deleted", """
    session = Session(bind=op.get_bind())
    for person in session.query(Person):
        if person.age == 7:
            session.delete(person)
        else:
            person.mail = "kept"
    session.commit()
""", unknown="in which order a session sends them")
orm("left/loaded_before_sql_changed_it", """
    session = Session(bind=op.get_bind())
    people = session.query(Person).filter(Person.age == 7).all()
    op.execute("UPDATE people SET name = 'x'")
    for person in session.query(Person).filter(Person.age == 7):
        session.add(Pet(name=person.title))
    session.commit()
""", unknown="objects keep what they had")
orm("left/a_commit_in_a_loop_over_objects", """
    session = Session(bind=op.get_bind())
    for person in session.query(Person).order_by(Person.id):
        op.get_bind().execute(sa.text("UPDATE people SET mail = mail || 'x'"))
        session.commit()
        session.add(Pet(name=person.mail))
    session.commit()
""", unknown="objects are asked for again")
orm("left/the_same_object_in_two_loops", """
    session = Session(bind=op.get_bind())
    for person in session.query(Person).order_by(Person.id):
        for other in session.query(Person).filter(Person.age == 7):
            other.title = "twice"
        session.add(Pet(name=person.title))
    session.commit()
""", unknown="an object has two variables")
orm("left/two_sessions", """
    one, other = Session(bind=op.get_bind()), Session(bind=op.get_bind())
    one.add(Pet(name="later"))
    other.commit()
    op.execute("UPDATE pets SET kind = 'x'")
    one.commit()
""", unknown="which session sends it")
run("left/an_assertion_that_fails", """
    assert 1 > 2, "never"
    op.execute("DELETE FROM people")
""", unknown="it ends with an exception")
run("left/an_assertion_about_python", """
    import os
    assert os.environ.get("X") == "y"
    op.execute("DELETE FROM people")
""", unknown="the environment")
run("left/an_iterator_in_a_condition", """
    conn = op.get_bind()
    names = iter(["a", "b"])
    if conn.execute(sa.text("SELECT 1 FROM people WHERE name = 'nobody'")).first():
        next(names)
    op.execute(pets.insert().values(name=next(names)))
""", unknown="how far it was gone through")
run("left/map_over_rows", """
    conn = op.get_bind()
    done = list(map(lambda row: conn.execute(pets.delete().where(pets.c.owner_id == row.id)), conn.execute(sa.select(people.c.id))))
""", unknown="it is done for each row")

# --- lists of objects and matched texts -----------------------------------------------------------------------------------

orm("orm/objects_that_were_kept", """
    session = sessionmaker()(bind=op.get_bind())
    gone, changed = [], []
    for person in session.query(Person).filter(Person.title.is_not(None)):
        stripped = person.title.strip()
        if not stripped:
            gone.append(person)
        elif stripped != person.title:
            person.title = stripped
            changed.append(person)
    for person in changed:
        session.add(Pet(name=person.title, owner_id=person.age))
    for person in gone:
        session.delete(person)
    session.commit()
    print(f"{len(gone)} of {len(changed)}")
""")
orm("orm/a_list_that_nobody_goes_through", """
    session = sessionmaker()(bind=op.get_bind())
    seen = []
    for person in session.query(Person):
        seen.append(person)
        person.mail = "seen"
    session.commit()
    print(len(seen))
""")
orm("orm/objects_that_were_kept_at_all", """
    session = sessionmaker()(bind=op.get_bind())
    old = []
    for person in session.query(Person).filter(Person.age == 7).order_by(Person.id):
        if person.mail == "z":
            old.append(person)
    if old:
        session.add(Pet(name="there are some"))
    for person in old:
        person.mail = person.title
    session.commit()
""")
USERS = (
    "create table accounts (id serial primary key, name text not null, host text not null, flag boolean);"
    "insert into accounts (name, host) values ('ann', 'x.org'), ('b' || chr(10) || 'b', 'y.org'), ('cid', '');"
    "create table ids (id serial primary key, userid text, account_id integer);"
    "insert into ids (userid) values ('acct:ann@x.org'), ('acct:b' || chr(10) || 'b@y.org'), ('acct:cid@'), ('acct:ann@x.org' || chr(10));"
)
MATCHES = """
import re
from sqlalchemy.orm import declarative_base, sessionmaker
Base = declarative_base()
class Account(Base):
    __tablename__ = "accounts"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.UnicodeText, nullable=False)
    host = sa.Column(sa.UnicodeText, nullable=False)
class Id(Base):
    __tablename__ = "ids"
    id = sa.Column(sa.Integer, primary_key=True)
    userid = sa.Column(sa.UnicodeText)
    account_id = sa.Column(sa.Integer)
accounts = sa.table("accounts", sa.column("name", sa.UnicodeText), sa.column("host", sa.UnicodeText), sa.column("flag", sa.Boolean))
ids = sa.table("ids", sa.column("userid", sa.UnicodeText))
class Wrong(Exception):
    pass
def split(userid):
    found = re.match(r"^acct:([^@]+)@(.*)$", userid)
    if found:
        return {"name": found.groups()[0], "host": found.group(2)}
    raise Wrong(userid)
"""
run("matches/groups_of_a_text", """
    session = sessionmaker()(bind=op.get_bind())
    while found := session.scalars(sa.select(Id).where(Id.account_id.is_(None)).limit(2)).all():
        for it in found:
            name, host = re.match(r"^acct:([^@]+)@(.*)$", it.userid).groups()
            it.account_id = session.scalars(sa.select(Account.id).where(Account.name == name, Account.host == host)).one()
        session.commit()
""", top=MATCHES, setup=USERS)
run("matches/a_function_that_raises", """
    session = sessionmaker()(bind=op.get_bind())
    for (userid,) in session.query(ids):
        parts = split(userid)
        op.execute(accounts.update().where(sa.and_(accounts.c.name == parts["name"], accounts.c.host == parts["host"])).values(flag=True))
""", top=MATCHES, setup=USERS)
run("matches/conditions", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(ids.c.userid)):
        if re.fullmatch("acct:[a-z]+@[a-z.]+", row.userid) is None:
            continue
        if re.compile("acct:a").match(row.userid):
            conn.execute(ids.update().where(ids.c.userid == row.userid).values(userid="found"))
""", top=MATCHES, setup=USERS)

# --- what must not be converted: kept objects, patterns --------------------------------------------------------------------

orm("left/a_kept_list_that_gets_more", """
    session = sessionmaker()(bind=op.get_bind())
    kept = []
    for person in session.query(Person).filter(Person.age == 7):
        kept.append(person)
    kept.append(session.query(Person).get(1))
    for person in kept:
        person.title = "x"
    session.commit()
""", unknown="what else is in the list")
orm("left/kept_objects_and_sql_between", """
    session = sessionmaker()(bind=op.get_bind())
    kept = []
    for person in session.query(Person).filter(Person.age == 7):
        kept.append(person)
    op.execute("UPDATE people SET name = 'other'")
    for person in kept:
        session.add(Pet(name=person.title))
    session.commit()
""", unknown="objects keep what they had")
run("left/a_pattern_that_both_read_otherwise", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(ids.c.userid)):
        first, second = re.match("(.*)(a|ab)(.*)", row.userid).groups()[:2]
        conn.execute(ids.update().where(ids.c.userid == row.userid).values(userid=first))
""", top=MATCHES, setup=USERS, unknown="which of several matches is found")

# --- forms of real projects -----------------------------------------------------------------------------------------------

run("forms/expressions", """
    conn = op.get_bind()
    conn.execute(people.update().where(sa.or_(people.c.age.is_(None), sa.and_(people.c.age > 5, people.c.mail != "x"))).values(mail=sa.func.upper(people.c.mail)))
    conn.execute(people.update().where(people.c.name.in_(["bob", "ann"])).values(age=sa.case((people.c.age.is_(None), 1), else_=people.c.age + 1)))
    conn.execute(people.update().where(people.c.name.like("%nn%")).values(name=sa.func.trim(people.c.name)))
    conn.execute(people.update().where(people.c.name.between("a", "z")).values(mail=people.c.mail + "!"))
    conn.execute(pets.delete().where(pets.c.name.is_(None)))
    conn.execute(pets.update().where(~pets.c.owner_id.in_([2, 3])).values(kind=sa.cast(pets.c.owner_id, sa.Text)))
    conn.execute(pets.update().where(sa.not_(pets.c.name == "q")).values(name=sa.func.coalesce(pets.c.name, "none")))
    conn.execute(people.update().values(age=sa.select(sa.func.count()).select_from(pets).where(pets.c.owner_id == people.c.id).scalar_subquery()))
""")
run("forms/compare_with_none", """
    conn = op.get_bind()
    value = None
    conn.execute(people.update().where(people.c.age == value).values(mail="null"))
    conn.execute(people.update().where(people.c.age != None).values(mail="filled"))
    conn.execute(pets.update().where(pets.c.name == None, pets.c.owner_id != value).values(kind="both"))
""")
run("forms/text_made_in_python", """
    names = {"a": 1, "b": None}
    for name, owner in names.items():
        op.execute(f"INSERT INTO pets (name, owner_id) VALUES ('{name.upper()}', {owner or 'NULL'})")
    op.execute("INSERT INTO pets (name) VALUES ('%s'), ('%05.1f'), ('{0:>4}')" % ("x", 3.14159) if False else "INSERT INTO pets (name) VALUES ('{:>5}'), ('{:03d}')".format("x", 7))
    op.execute("INSERT INTO pets (name) VALUES ('{!r:_<6}'), ('{:.2f}')".format(1, 2.5))
    op.execute("; ".join(f"UPDATE pets SET kind = '{kind}' WHERE id = {key}" for key, kind in enumerate("abc", 1)))
""")
run("forms/helpers_with_defaults", """
    def tag(name, *others, kind="k", **more):
        for number, other in enumerate((name,) + others):
            op.execute(pets.insert().values(name=other, kind=kind, owner_id=more.get("owner", number)))
    tag("a", "b", kind="x")
    tag("c", owner=9)
    tag(*["d", "e"], **{"kind": "y"})
""")
run("forms/dicts_and_sets", """
    kinds = {"p": "one", "q": "two"}
    kinds.update(r="three")
    kinds.setdefault("q", "never")
    missing = kinds.pop("zzz", "default")
    for name in sorted(set(kinds) - {"r"}):
        op.execute(pets.update().where(pets.c.name == name).values(kind=kinds[name] + missing))
    op.execute(pets.update().where(pets.c.name.in_([k for k, v in kinds.items() if v.startswith("th")])).values(kind="th"))
    first, *rest = sorted(kinds, key=lambda it: kinds[it], reverse=True)
    op.execute(pets.insert().values(name=first, kind=",".join(rest)))
""")
run("forms/while_counts", """
    n, total = 0, 0
    while n < 5:
        n += 1
        if n == 2:
            continue
        if n == 5:
            break
        total += n
    else:
        total = -1
    for x in range(3):
        if x == 1:
            break
    else:
        total = -2
    op.execute(pets.insert().values(name="total", owner_id=total))
""")
run("forms/try_and_closures", """
    made = []
    def add(name):
        made.append(name)
        return len(made)
    try:
        count = add("a") + add("b")
    finally:
        add("c")
    op.execute(pets.insert().values(name="".join(made), owner_id=count))
    fs = [lambda: n for n in range(3)]
    op.execute(pets.insert().values(name="closures", owner_id=sum(f() for f in fs)))
""")
run("forms/slices", """
    items = ["a", "b", "c", "d", "e"]
    text = "".join(items[::-1]) + items[-1] + "".join(items[10:]) + "hello"[1:-1] + "hello"[-3:] + "".join(items[1:4:2])
    a, (b, c) = 1, (2, 3)
    a, b = b, a
    op.execute(pets.insert().values(name=text, owner_id=a * 10 + b + c))
    op.execute(pets.insert().values(name=str(7 // 2) + str(-7 // 2) + str(-7 % 3) + str(2 ** 3) + str(7 / 2) + str(1e3) + str(10 ** 2), owner_id=round(2.5)))
""")
run("forms/nothing_to_do", """
    conn = op.get_bind()
    rows = conn.execute(sa.text("SELECT id FROM people WHERE name = 'nobody'")).fetchall()
    if not rows:
        return
    op.execute("DELETE FROM people")
""")
run("left/a_result_that_is_taken_twice", """
    conn = op.get_bind()
    rows = conn.execute(sa.text("SELECT id FROM people"))
    if rows.fetchall():
        op.execute(pets.insert().values(name="some"))
    if rows.fetchall():
        op.execute(pets.insert().values(name="never"))
""", unknown="a result has its rows once")
run("forms/enum_values", """
    import enum
    class Kind(str, enum.Enum):
        CAT = "cat"
        DOG = "dog"
    class Size(enum.Enum):
        BIG = 1
    t = sa.table("pets", sa.column("kind", sa.String), sa.column("name", sa.Enum(Size, name="size", native_enum=False)), sa.column("owner_id"))
    op.execute(t.insert().values(kind=Kind.DOG.value, name=Size.BIG, owner_id=len(Kind)))
    op.execute(f"INSERT INTO pets (kind, name) VALUES ('{Kind.CAT.value}', '{Size.BIG.name}')")
    op.execute("INSERT INTO pets (kind) VALUES " + ", ".join(f"('{it.value}')" for it in Kind))
""")
orm("forms/objects_with_helpers", """
    session = Session(bind=op.get_bind())
    def make(name, **more):
        pet = Pet(name=name, **more)
        session.add(pet)
        return pet
    for name in ["a", "b"]:
        make(name, owner_id=1)
    make("c", kind="k")
    session.commit()
    session.close()
""")
orm("forms/objects_by_dict", """
    session = Session(bind=op.get_bind())
    for row in [{"title": "t", "tags": ["x", "y"]}, {"title": "u", "extra": {"a": [1]}}]:
        session.add(Person(**row))
    session.flush()
    session.query(Person).filter(Person.title.in_(["t"])).update({"age": 4})
    session.query(Pet).filter_by(name="q").delete()
    session.commit()
""")
orm("forms/with_session", """
    with Session(bind=op.get_bind()) as session:
        for person in session.execute(sa.select(Person).where(Person.age == 7)).scalars():
            person.mail = "seven"
        session.commit()
""")

# --- more of both ---------------------------------------------------------------------------------------------------------

run("left/an_iterator_beside_rows", """
    conn = op.get_bind()
    names = iter(["a", "b", "c", "d", "e", "f"])
    for row in conn.execute(sa.select(people.c.id)):
        conn.execute(people.update().where(people.c.id == row.id).values(name=next(names)))
""", unknown="how far it was gone through")
run("rows/comprehensions_beside_them", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(people.c.id, people.c.mail)):
        conn.execute(pets.insert(), [{"owner_id": row.id, "kind": k} for k in ("a", "b")])
""")
run("left/an_iterator_that_the_first_turn_takes", """
    conn = op.get_bind()
    gen = (k for k in ("a", "b"))
    for row in conn.execute(sa.select(people.c.id)):
        for k in gen:
            conn.execute(pets.insert().values(owner_id=row.id, kind=k))
""", unknown="how far it was gone through")
run("python/assertions_in_a_loop", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(people.c.id, people.c.mail)):
        assert row.mail in ("x", "y", "z"), f"bad {row.mail}"
        assert row.id
        conn.execute(people.update().where(people.c.id == row.id).values(age=1))
""")
orm("orm/kept_in_a_loop_inside", """
    session = sessionmaker()(bind=op.get_bind())
    kept = []
    for person in session.query(Person).order_by(Person.id):
        for pet in session.query(Pet).filter(Pet.owner_id == person.id).order_by(Pet.id):
            kept.append(pet)
    for pet in kept:
        pet.kind = "kept"
    session.commit()
""")
orm("orm/kept_and_changed", """
    session = sessionmaker()(bind=op.get_bind())
    kept = []
    for person in session.query(Person).filter(Person.age == 7).order_by(Person.id):
        kept.append(person)
        person.mail = "first"
    session.flush()
    for person in kept:
        session.add(Pet(name=person.mail, owner_id=person.id))
    for person in kept:
        person.title = "second"
    session.commit()
""")
orm("left/kept_until_after_a_commit", """
    session = sessionmaker()(bind=op.get_bind())
    kept = []
    for person in session.query(Person).filter(Person.age == 7):
        kept.append(person)
    session.commit()
    for person in kept:
        person.title = "second"
    session.commit()
""", unknown="objects are asked for again")
orm("orm/kept_by_two_loops", """
    session = sessionmaker()(bind=op.get_bind())
    kept = []
    for person in session.query(Person).filter(Person.age == 7).order_by(Person.id):
        kept.append(person)
    for person in session.query(Person).filter(Person.age == 30):
        kept.append(person)
    for person in kept:
        person.mail = "k"
    session.commit()
""")
orm("left/kept_and_cleared", """
    session = sessionmaker()(bind=op.get_bind())
    kept = []
    def forget(items):
        items[:] = []
    for person in session.query(Person).filter(Person.age == 7):
        kept.append(person)
    forget(kept)
    for person in kept:
        person.mail = "k"
    session.commit()
""", unknown="what is left in the list")
orm("left/kept_under_two_names", """
    session = sessionmaker()(bind=op.get_bind())
    kept = []
    other = kept
    for person in session.query(Person).filter(Person.age == 7):
        kept.append(person)
    other += [session.get(Person, 1)]
    for person in kept:
        person.mail = "k"
    session.commit()
""", unknown="what else is in the list")
orm("orm/kept_and_all_changed", """
    session = sessionmaker()(bind=op.get_bind())
    kept = []
    for person in session.query(Person).filter(Person.age == 7):
        kept.append(person)
    session.query(Person).filter(Person.age == 7).update({"title": "bulk"})
    for person in kept:
        session.add(Pet(name=person.title))
    session.commit()
""")
orm("left/nothing_expires", """
    session = sessionmaker(expire_on_commit=False)(bind=op.get_bind())
    for person in session.query(Person).filter(Person.age == 7):
        person.mail = "a"
    session.commit()
    op.execute("UPDATE people SET mail = 'b'")
    for person in session.query(Person).filter(Person.age == 7):
        session.add(Pet(name=person.mail))
    session.commit()
""", unknown="objects keep what they had")
orm("orm/asked_again_after_a_commit", """
    session = sessionmaker()(bind=op.get_bind())
    for person in session.query(Person).filter(Person.age == 7):
        person.mail = "a"
    session.commit()
    op.execute("UPDATE people SET mail = 'b'")
    for person in session.query(Person).filter(Person.age == 7):
        session.add(Pet(name=person.mail))
    session.commit()
""")
orm("orm/a_query_that_is_sent_twice", """
    session = sessionmaker()(bind=op.get_bind())
    query = session.query(Person).filter(Person.age == 7)
    print(query.count())
    for person in query:
        person.mail = "q"
    if query.count() > 0:
        session.add(Pet(name="more"))
    session.commit()
""")
orm("orm/got_by_its_key_and_by_a_query", """
    session = sessionmaker()(bind=op.get_bind())
    first = session.get(Person, 2)
    if first is not None:
        first.mail = "m1"
    for person in session.query(Person).filter(Person.id == 2):
        session.add(Pet(name=person.mail))
    session.commit()
""")
orm("orm/objects_that_are_copied", """
    session = sessionmaker()(bind=op.get_bind())
    for person in session.query(Person).filter(Person.extra != None).order_by(Person.id):
        session.add(Person(title="copy", extra=person.extra, tags=person.tags))
    session.commit()
""")
run("matches/that_are_not", """
    import re
    conn = op.get_bind()
    for row in conn.execute(sa.select(people.c.id, people.c.mail).where(people.c.mail.is_not(None))):
        found = re.match("([xy])", row.mail)
        if not found:
            conn.execute(pets.insert().values(owner_id=row.id, kind="no"))
            continue
        conn.execute(pets.insert().values(owner_id=row.id, kind=found.group(1)))
""")
run("rows/of_no_values", """
    op.execute(people.update().where(people.c.id.in_([])).values(mail="never"))
    op.execute(people.update().where(people.c.age.not_in([])).values(mail="all"))
    op.execute(people.update().where(~people.c.age.in_([])).values(name="all"))
    op.execute(people.delete().where(sa.or_(people.c.name.in_([]), people.c.age == 0)))
""")
run("rows/numbers_with_points", """
    from decimal import Decimal
    t = sa.table("people", sa.column("id", sa.Integer), sa.column("name", sa.Text), sa.column("age", sa.Integer))
    op.execute(t.update().where(t.c.id == 1).values(age=2.5))
    op.execute(t.update().where(t.c.id == 2).values(age=Decimal("3.5")))
    op.execute(t.update().where(t.c.id == 3).values(age=10 / 4))
    op.execute(t.update().where(t.c.id == 4).values(age=t.c.age / 2))
    op.execute(t.update().where(t.c.id == 5).values(age=-t.c.age // 2))
""")
run("rows/operators", """
    op.execute(people.update().where((people.c.age > 1) & (people.c.mail == "x") | (people.c.name == "bob")).values(mail="p"))
    op.execute(people.update().where(~(people.c.age > 1) & ~((people.c.mail == "p") | (people.c.name == "zz"))).values(mail="q"))
    op.execute(people.update().where(sa.not_(sa.and_(people.c.age > 1, people.c.mail == "p"))).values(name="n"))
    op.execute(people.update().where(people.c.age % 2 == 1).values(age=people.c.age * 2 - (people.c.age - 3)))
    op.execute(people.update().where(people.c.name.contains("n")).values(name=sa.cast(people.c.id, sa.String) + "-" + people.c.mail))
""")
