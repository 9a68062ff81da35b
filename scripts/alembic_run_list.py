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
orm("left/a_list_of_objects", """
    session = sessionmaker()(bind=op.get_bind())
    gone = []
    for person in session.query(Person):
        if person.tags == []:
            gone.append(person)
    for person in gone:
        person.title = "x"
    session.commit()
""", unknown="which objects were kept")
# --- iterators and assertions ---------------------------------------------------------------------------------------------

run("python/assertions_that_hold", """
    conn = op.get_bind()
    assert len(["a"]) == 1
    assert conn.execute(sa.text("SELECT 1 FROM people")).first(), "there are people"
    assert conn.execute(sa.text("SELECT count(*) FROM pets")).scalar() == 4
    for row in conn.execute(sa.select(people.c.id)):
        assert row.id is not None
        conn.execute(pets.insert().values(owner_id=row.id))
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
# --- more of both ---------------------------------------------------------------------------------------------------------

run("python/assertions_in_a_loop", """
    conn = op.get_bind()
    for row in conn.execute(sa.select(people.c.id, people.c.mail)):
        assert row.mail in ("x", "y", "z"), f"bad {row.mail}"
        assert row.id
        conn.execute(people.update().where(people.c.id == row.id).values(age=1))
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
