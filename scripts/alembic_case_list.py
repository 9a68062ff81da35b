"""The cases that `alembic_cases.py` records: what stands in `upgrade()` and `downgrade()`, and what the database holds before."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Case:
    """One small script."""

    name: str
    up: str
    down: str = ""
    top: str = ""
    """Imports and constants of the module, and above them."""
    helpers: str = ""
    """Functions of the module."""
    setup: str = ""
    """SQL that makes the database the script runs on."""
    before: str = ""
    """`upgrade()` of a revision before this one: what the shape guards are asked about."""
    convention: dict | None = None
    """The naming convention of the target metadata."""
    env: str = ""
    """Imports that env.py has for Alembic to know its directives."""
    needs: list[str] = field(default_factory=list)
    """Extensions without which the SQL cannot run."""
    like: tuple[str, str] | None = None
    """What is rendered in its place: `upgrade()` and `downgrade()` without what depends on the database."""
    unknown: str = ""
    """It must not be converted, and why."""
    note: str = ""
    """What a reader should know."""


CASES: list[Case] = []


def case(name: str, up: str, down: str = "", **rest) -> None:
    CASES.append(Case(name, up, down, **rest))


PG = "from sqlalchemy.dialects import postgresql"
PEOPLE = "create table people (id integer primary key, name varchar(50), age integer, email text);"
TWO = PEOPLE + " create table pets (id integer primary key, owner_id integer, name text, kind varchar(20));"
USERS = "create table users (id serial primary key, name varchar(50) not null, active boolean);"

# --- create_table, drop_table, rename_table -------------------------------------------------------------------------------

case("table/create", """
op.create_table("people", sa.Column("id", sa.Integer(), nullable=False), sa.Column("name", sa.String(length=50), nullable=True),
    sa.PrimaryKeyConstraint("id"))
""", 'op.drop_table("people")')
case("table/create_primary_key_column", """
op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String, nullable=False))
""", 'op.drop_table("people")')
case("table/create_big_key", """
op.create_table("people", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("small", sa.SmallInteger()))
""", 'op.drop_table("people")')
case("table/create_small_key", 'op.create_table("people", sa.Column("id", sa.SmallInteger, primary_key=True))', 'op.drop_table("people")')
case("table/create_key_without_autoincrement", """
op.create_table("people", sa.Column("id", sa.Integer(), autoincrement=False, nullable=False), sa.PrimaryKeyConstraint("id"))
""", 'op.drop_table("people")')
case("table/create_autoincrement_true", """
op.create_table("people", sa.Column("id", sa.Integer(), autoincrement=True, nullable=False), sa.Column("name", sa.Text()),
    sa.PrimaryKeyConstraint("id", name="people_key"))
""", 'op.drop_table("people")')
case("table/create_composite_key", """
op.create_table("memberships", sa.Column("person_id", sa.Integer(), nullable=False), sa.Column("group_id", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("person_id", "group_id"))
""", 'op.drop_table("memberships")')
case("table/create_composite_key_columns", """
op.create_table("memberships", sa.Column("person_id", sa.Integer, primary_key=True), sa.Column("group_id", sa.Integer, primary_key=True))
""", 'op.drop_table("memberships")')
case("table/create_key_with_foreign_key", """
op.create_table("details", sa.Column("id", sa.Integer, sa.ForeignKey("people.id"), primary_key=True), sa.Column("text", sa.Text))
""", 'op.drop_table("details")', setup=PEOPLE)
case("table/create_without_key", 'op.create_table("log", sa.Column("line", sa.Text()))', 'op.drop_table("log")')
case("table/create_without_columns", 'op.create_table("nothing")', 'op.drop_table("nothing")')
case("table/create_schema", """
op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("boss", sa.Integer(),
    sa.ForeignKey("staff.people.id")), schema="staff")
""", 'op.drop_table("people", schema="staff")', setup="create schema staff;")
case("table/create_if_not_exists", """
op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), if_not_exists=True)
""", 'op.drop_table("people", if_exists=True)')
case("table/create_comment", """
op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True, comment="The person's number"),
    sa.Column("name", sa.Text(), comment="It's a name"), comment="People, 100% of them")
""", 'op.drop_table("people")')
case("table/create_comment_schema", """
op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True, comment="Number"), schema="staff", comment="Staff")
""", 'op.drop_table("people", schema="staff")', setup="create schema staff;")
case("table/create_quoted_names", """
op.create_table("User", sa.Column("Id", sa.Integer(), primary_key=True), sa.Column("order", sa.Integer()), sa.Column("with space", sa.Text()))
""", 'op.drop_table("User")')
case("table/create_reserved_names", """
op.create_table("user", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("table", sa.Text()), sa.Column("default", sa.Text()),
    sa.Column("end", sa.Text()), sa.Column("desc", sa.Text()), sa.Column("limit", sa.Integer()), sa.Column("analyse", sa.Text()),
    sa.Column("type", sa.Text()), sa.Column("value", sa.Text()), sa.Column("key", sa.Text()), sa.Column("timestamp", sa.Text()),
    sa.Column("authorization", sa.Text()), sa.Column("is", sa.Text()), sa.Column("2nd", sa.Text()), sa.Column("a$b", sa.Text()))
""", 'op.drop_table("user")')
case("table/create_unlogged", """
op.create_table("cache", sa.Column("id", sa.Integer(), primary_key=True), prefixes=["UNLOGGED"])
""", 'op.drop_table("cache")')
case("table/create_partitioned", """
op.create_table("events", sa.Column("at", sa.Date(), nullable=False), postgresql_partition_by="RANGE (at)")
""", 'op.drop_table("events")')
case("table/create_storage_options", """
op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), postgresql_with={"fillfactor": 70})
""", 'op.drop_table("people")')
case("table/create_inherits", """
op.create_table("pupils", sa.Column("school", sa.Text()), postgresql_inherits="people")
""", 'op.drop_table("pupils")', setup=PEOPLE)
case("table/create_tablespace", """
op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), postgresql_tablespace="pg_default")
""", 'op.drop_table("people")')
case("table/create_result_used", """
people = op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(20)))
op.bulk_insert(people, [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}])
""", 'op.drop_table("people")')
case("table/create_result_columns", """
people = op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(20)))
op.execute(people.insert().values(id=1, name="Ada"))
op.execute(people.update().where(people.c.id == 1).values(name="Eve"))
""", 'op.drop_table("people")')
case("table/drop", 'op.drop_table("people")', setup=PEOPLE)
case("table/drop_if_exists", 'op.drop_table("people", if_exists=True)\nop.drop_table("strangers", if_exists=True)', setup=PEOPLE)
case("table/drop_schema", 'op.drop_table("people", schema="staff")', setup="create schema staff; create table staff.people (id int);")
case("table/rename", 'op.rename_table("people", "persons")', 'op.rename_table("persons", "people")', setup=PEOPLE)
case("table/rename_schema", 'op.rename_table("people", "persons", schema="staff")', 'op.rename_table("persons", "people", schema="staff")',
     setup="create schema staff; create table staff.people (id int);")
case("table/rename_quoted", 'op.rename_table("people", "People")', 'op.rename_table("People", "people")', setup=PEOPLE)
case("table/comment", 'op.create_table_comment("people", "It\'s people")', 'op.drop_table_comment("people")', setup=PEOPLE)
case("table/comment_existing", 'op.create_table_comment("people", "new", existing_comment="old", schema=None)',
     'op.create_table_comment("people", "old", existing_comment="new", schema=None)', setup=PEOPLE)
case("table/comment_schema", 'op.create_table_comment("people", "Staff", schema="staff")',
     'op.drop_table_comment("people", existing_comment="Staff", schema="staff")', setup="create schema staff; create table staff.people (id int);")
case("table/comment_percent_backslash", 'op.create_table_comment("people", r"100 % \\n :name")', 'op.drop_table_comment("people")', setup=PEOPLE)

# --- columns' types -------------------------------------------------------------------------------------------------------

TYPES = {
    "integer": "sa.Integer()", "integer_class": "sa.Integer", "upper_integer": "sa.INTEGER()", "smallint": "sa.SmallInteger()",
    "upper_smallint": "sa.SMALLINT()", "bigint": "sa.BigInteger()", "upper_bigint": "sa.BIGINT()", "string": "sa.String()", "string_length": "sa.String(length=50)",
    "string_positional": "sa.String(50)", "string_collation": 'sa.String(50, collation="C")', "varchar": "sa.VARCHAR(length=20)",
    "char": "sa.CHAR(length=3)", "char_bare": "sa.CHAR()", "nchar": "sa.NCHAR(5)", "unicode": "sa.Unicode(20)", "unicode_text": "sa.UnicodeText()", "text": "sa.Text()",
    "upper_text": "sa.TEXT()", "text_collation": 'sa.Text(collation="C")', "boolean": "sa.Boolean()", "upper_boolean": "sa.BOOLEAN()", "boolean_named": 'sa.Boolean(name="ck_flag")',
    "boolean_constraint": 'sa.Boolean(create_constraint=True, name="ck_flag")', "float": "sa.Float()", "float_precision": "sa.Float(precision=10)",
    "float_53": "sa.Float(53)", "upper_float": "sa.FLOAT()", "real": "sa.REAL()", "double": "sa.Double()", "double_precision": "sa.DOUBLE_PRECISION()",
    "double_precision_53": "sa.Double(precision=53)", "numeric": "sa.Numeric()", "numeric_precision": "sa.Numeric(10)", "numeric_scale": "sa.Numeric(precision=10, scale=2)",
    "numeric_asdecimal": "sa.Numeric(12, 4, asdecimal=False)", "decimal": "sa.DECIMAL(8, 3)", "date": "sa.Date()", "time": "sa.Time()", "time_zone": "sa.Time(timezone=True)",
    "datetime": "sa.DateTime()", "datetime_zone": "sa.DateTime(timezone=True)", "timestamp": "sa.TIMESTAMP()",
    "timestamp_zone": "sa.TIMESTAMP(timezone=True)", "interval": "sa.Interval()", "interval_precision": "sa.Interval(second_precision=3)", "binary": "sa.LargeBinary()", "binary_length": "sa.LargeBinary(length=16)",
    "json": "sa.JSON()", "json_text": "sa.JSON(none_as_null=True)", "uuid": "sa.Uuid()", "upper_uuid": "sa.UUID()", "uuid_text": "sa.Uuid(as_uuid=False)", "uuid_not_native": "sa.Uuid(native_uuid=False)",
    "array": "sa.ARRAY(sa.Integer())", "array_dimensions": "sa.ARRAY(sa.String(10), dimensions=2)", "pickle": "sa.PickleType()",
    "variant": 'sa.Text().with_variant(sa.String(30), "postgresql")', "variant_other": 'sa.Text().with_variant(sa.String(30), "sqlite")',
    "variant_json": 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")', "variant_jsonb_sqlite": 'postgresql.JSONB().with_variant(sa.JSON(), "sqlite")',
    "pg_variant_astext": "postgresql.JSONB(astext_type=sa.Text())", "pg_uuid": "postgresql.UUID()", "pg_uuid_as": "postgresql.UUID(as_uuid=True)", "pg_json": "postgresql.JSON(astext_type=sa.Text())",
    "pg_jsonb": "postgresql.JSONB", "pg_array": "postgresql.ARRAY(sa.Text())", "pg_array_nested": "postgresql.ARRAY(sa.Integer(), dimensions=2)",
    "pg_array_varchar": "postgresql.ARRAY(sa.VARCHAR(length=255))", "pg_array_uuid": "postgresql.ARRAY(postgresql.UUID(as_uuid=True))", "pg_timestamp": "postgresql.TIMESTAMP(timezone=True, precision=3)",
    "pg_timestamp_plain": "postgresql.TIMESTAMP()", "pg_time": "postgresql.TIME(precision=2)", "pg_interval": "postgresql.INTERVAL()", "pg_interval_fields": 'postgresql.INTERVAL(fields="DAY TO SECOND")',
    "pg_interval_precision": "postgresql.INTERVAL(precision=3)", "pg_bytea": "postgresql.BYTEA()", "pg_inet": "postgresql.INET()", "pg_cidr": "postgresql.CIDR()", "pg_macaddr": "postgresql.MACADDR()",
    "pg_macaddr8": "postgresql.MACADDR8()", "pg_money": "postgresql.MONEY()", "pg_oid": "postgresql.OID()", "pg_regclass": "postgresql.REGCLASS()", "pg_bit": "postgresql.BIT(8)",
    "pg_bit_varying": "postgresql.BIT(8, varying=True)", "pg_tsvector": "postgresql.TSVECTOR()", "pg_tsquery": "postgresql.TSQUERY()", "pg_double": "postgresql.DOUBLE_PRECISION(precision=53)",
    "pg_real": "postgresql.REAL()", "pg_int4range": "postgresql.INT4RANGE()", "pg_int8range": "postgresql.INT8RANGE()", "pg_numrange": "postgresql.NUMRANGE()", "pg_daterange": "postgresql.DATERANGE()",
    "pg_tsrange": "postgresql.TSRANGE()", "pg_tstzrange": "postgresql.TSTZRANGE()", "pg_int4multirange": "postgresql.INT4MULTIRANGE()", "pg_jsonpath": "postgresql.JSONPATH()",
    "pg_name_imports": "JSONB()", "pg_integer": "postgresql.INTEGER()", "pg_varchar": "postgresql.VARCHAR(length=7)", "pg_enum_existing": 'postgresql.ENUM(name="mood", create_type=False)',
}
for name, text in TYPES.items():
    case(f"type/{name}", f'op.create_table("t", sa.Column("x", {text}))', 'op.drop_table("t")',
         top=PG + "\nfrom sqlalchemy.dialects.postgresql import JSONB", setup="create type mood as enum ('sad', 'glad');" if "existing" in name else "")
case("type/hstore", 'op.create_table("t", sa.Column("x", postgresql.HSTORE(text_type=sa.Text())))', 'op.drop_table("t")', top=PG,
     setup="create extension hstore;", needs=["hstore"])
case("type/citext", 'op.create_table("t", sa.Column("x", postgresql.CITEXT()))', 'op.drop_table("t")', top=PG,
     setup="create extension citext;", needs=["citext"])
case("type/user_defined", 'op.create_table("t", sa.Column("x", LTree()))', 'op.drop_table("t")', setup="create extension ltree;", needs=["ltree"],
     helpers='class LTree(sa.types.UserDefinedType):\n    cache_ok = True\n\n    def get_col_spec(self, **kw):\n        return "LTREE"\n')
case("type/decorator", 'op.create_table("t", sa.Column("x", Lower()))', 'op.drop_table("t")',
     helpers="class Lower(sa.types.TypeDecorator):\n    impl = sa.String(40)\n    cache_ok = True\n")
case("type/domain", 'op.create_table("t", sa.Column("x", postgresql.DOMAIN("positive", sa.Integer(), check="value > 0", create_type=False)))',
     'op.drop_table("t")', top=PG, setup="create domain positive as integer check (value > 0);")
case("type/autostring", """
op.create_table("hero", sa.Column("id", sa.Integer(), nullable=False), sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column("code", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=True), sa.PrimaryKeyConstraint("id"))
""", 'op.drop_table("hero")', top="import sqlmodel")
case("type/autostring_sql_types", 'op.create_table("t", sa.Column("x", sqlmodel.AutoString(), nullable=False))', 'op.drop_table("t")', top="import sqlmodel")
case("type/autostring_imported", 'op.add_column("people", sa.Column("x", AutoString(length=9)))', 'op.drop_column("people", "x")',
     top="from sqlmodel.sql.sqltypes import AutoString", setup=PEOPLE)
case("type/pgvector", 'op.create_table("t", sa.Column("x", pgvector.sqlalchemy.Vector(dim=384)), sa.Column("y", pgvector.sqlalchemy.Vector()))',
     'op.drop_table("t")', top="import pgvector.sqlalchemy", setup="create extension vector;", needs=["vector"])
case("type/pgvector_others", 'op.create_table("t", sa.Column("x", HALFVEC(4)), sa.Column("y", BIT(3)), sa.Column("z", SPARSEVEC(5)), sa.Column("v", VECTOR(2)))',
     'op.drop_table("t")', top="from pgvector.sqlalchemy import BIT, HALFVEC, SPARSEVEC, VECTOR", setup="create extension vector;", needs=["vector"])

# --- columns' options -----------------------------------------------------------------------------------------------------

COLUMNS = {
    "nullable_false": 'sa.Column("x", sa.Integer(), nullable=False)', "default_text": 'sa.Column("x", sa.Integer(), server_default=sa.text("0"))',
    "default_string": 'sa.Column("x", sa.Text(), server_default="it\'s")', "default_string_number": 'sa.Column("x", sa.Integer(), server_default="5")',
    "default_now": 'sa.Column("x", sa.DateTime(), server_default=sa.func.now())', "default_current_timestamp": 'sa.Column("x", sa.DateTime(), server_default=sa.func.current_timestamp())',
    "default_text_now": 'sa.Column("x", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)', "default_true": 'sa.Column("x", sa.Boolean(), server_default=sa.true())',
    "default_false_call": 'sa.Column("x", sa.Boolean(), nullable=False, server_default=sa.sql.expression.false())', "default_false": 'sa.Column("x", sa.Boolean(), server_default=sa.false())',
    "default_false_string": 'sa.Column("x", sa.Boolean(), server_default="false")', "default_false_text": 'sa.Column("x", sa.Boolean(), server_default=sa.text("false"))', "default_uuid": 'sa.Column("x", sa.Uuid(), server_default=sa.text("gen_random_uuid()"))',
    "default_uuid_func": 'sa.Column("x", sa.Uuid(), server_default=sa.func.gen_random_uuid())', "default_json": 'sa.Column("x", sa.JSON(), server_default=sa.text("\'{}\'::json"))', "default_json_string": 'sa.Column("x", sa.JSON(), server_default="{}")',
    "default_cast": 'sa.Column("x", sa.Text(), server_default=sa.cast("a", sa.Text()))', "default_literal": 'sa.Column("x", sa.Integer(), server_default=sa.literal(7))', "default_literal_column": 'sa.Column("x", sa.Integer(), server_default=sa.literal_column("3 + 4"))',
    "default_null": 'sa.Column("x", sa.Integer(), server_default=sa.null())', "default_none": 'sa.Column("x", sa.Integer(), server_default=None)', "default_text_null": 'sa.Column("x", sa.Text(), server_default=sa.text("NULL"))', "default_func_args": 'sa.Column("x", sa.Text(), server_default=sa.func.lower("ABC"))',
    "default_timezone": 'sa.Column("x", sa.DateTime(), server_default=sa.text("(now() AT TIME ZONE \'utc\')"))', "default_utcnow": 'sa.Column("x", sa.DateTime(), server_default=sa.func.timezone("UTC", sa.func.now()))', "default_text_percent": 'sa.Column("x", sa.Text(), server_default="50%")',
    "default_backslash": r'sa.Column("x", sa.Text(), server_default="a\\b")', "default_text_colon": r'sa.Column("x", sa.Text(), server_default=sa.text("' + r"'12\\:30'" + '"))', "python_default_only": 'sa.Column("x", sa.Integer(), default=5)',
    "default_fetched": 'sa.Column("x", sa.Integer(), server_default=sa.FetchedValue())', "default_clause": 'sa.Column("x", sa.Integer(), server_default=sa.DefaultClause("8"))', "default_nextval": 'sa.Column("x", sa.Integer(), server_default=sa.text("nextval(\'people_seq\'::regclass)"))',
    "computed_stored": 'sa.Column("x", sa.Integer(), sa.Computed("a * 2", persisted=True), nullable=True)', "computed_text": 'sa.Column("x", sa.Integer(), sa.Computed(sa.text("a + 1"), persisted=True))',
    "identity": 'sa.Column("x", sa.Integer(), sa.Identity())', "identity_always": 'sa.Column("x", sa.BigInteger(), sa.Identity(always=True, start=10, increment=5), nullable=False)',
    "identity_options": 'sa.Column("x", sa.Integer(), sa.Identity(start=1, increment=1, minvalue=1, maxvalue=1000, cycle=True, cache=5))', "identity_no_limits": 'sa.Column("x", sa.Integer(), sa.Identity(nominvalue=True, nomaxvalue=True, cycle=False))',
    "unique": 'sa.Column("x", sa.Integer(), unique=True)', "index": 'sa.Column("x", sa.Integer(), index=True)', "unique_index": 'sa.Column("x", sa.Integer(), unique=True, index=True)',
    "foreign_key": 'sa.Column("x", sa.Integer(), sa.ForeignKey("people.id"))', "foreign_key_options": 'sa.Column("x", sa.Integer(), sa.ForeignKey("people.id", name="fk_x", ondelete="CASCADE", onupdate="SET NULL", deferrable=True, initially="DEFERRED"), nullable=False)',
    "foreign_key_match": 'sa.Column("x", sa.Integer(), sa.ForeignKey("people.id", match="FULL"))', "check": 'sa.Column("x", sa.Integer(), sa.CheckConstraint("x > 0", name="x_positive"))', "check_bare": 'sa.Column("x", sa.Integer(), sa.CheckConstraint("x > 0"))',
    "sequence": 'sa.Column("x", sa.Integer(), sa.Sequence("people_seq"), server_default=sa.text("nextval(\'people_seq\')"))', "quoted_name": 'sa.Column(sa.sql.quoted_name("x", True), sa.Integer())', "keywords": 'sa.Column(name="x", type_=sa.Integer(), nullable=False)',
    "nothing_said": 'sa.Column("x")', "comment": 'sa.Column("x", sa.Integer(), comment="it\'s x")', "info": 'sa.Column("x", sa.Integer(), info={"a": 1}, key="other", doc="x", system=False)', "quote": 'sa.Column("x", sa.Integer(), quote=True)',
}
for name, text in COLUMNS.items():
    if name == "nothing_said":
        continue
    setup = PEOPLE + " create sequence people_seq;"
    case(f"column/{name}", f'op.create_table("t", sa.Column("a", sa.Integer()), {text})', 'op.drop_table("t")', setup=setup)
    if name not in ("default_text_colon", "keywords", "info", "quote"):
        case(f"add_column/{name}", f'op.add_column("u", {text})', 'op.drop_column("u", "x")', setup=setup + " create table u (a integer);")

case("add_column/schema", 'op.add_column("people", sa.Column("x", sa.Integer()), schema="staff")', 'op.drop_column("people", "x", schema="staff")',
     setup="create schema staff; create table staff.people (id int);")
case("add_column/if_not_exists", 'op.add_column("people", sa.Column("x", sa.Integer()), if_not_exists=True)', 'op.drop_column("people", "x", if_exists=True)', setup=PEOPLE)
case("add_column/primary_key", 'op.add_column("logs", sa.Column("id", sa.Integer(), primary_key=True))', 'op.drop_column("logs", "id")', setup="create table logs (line text);")
case("add_column/primary_key_inline", 'op.add_column("logs", sa.Column("id", sa.Integer(), primary_key=True), inline_primary_key=True)', 'op.drop_column("logs", "id")', setup="create table logs (line text);")
case("add_column/inline_references", 'op.add_column("pets", sa.Column("x", sa.Integer(), sa.ForeignKey("people.id")), inline_references=True)', 'op.drop_column("pets", "x")', setup=TWO)
case("add_column/foreign_key_schema", 'op.add_column("pets", sa.Column("x", sa.Integer(), sa.ForeignKey("staff.people.id")))', 'op.drop_column("pets", "x")',
     setup=TWO + " create schema staff; create table staff.people (id int primary key);")
case("add_column/quoted", 'op.add_column("people", sa.Column("Name", sa.Text()))', 'op.drop_column("people", "Name")', setup=PEOPLE)
case("add_column/comment_schema", 'op.add_column("people", sa.Column("x", sa.Integer(), comment="x"), schema="staff")', 'op.drop_column("people", "x", schema="staff")',
     setup="create schema staff; create table staff.people (id int);")
case("add_column/keyword_arguments", 'op.add_column(table_name="people", column=sa.Column("x", sa.Integer()))', 'op.drop_column(table_name="people", column_name="x")', setup=PEOPLE)
case("drop_column/plain", 'op.drop_column("people", "age")', 'op.add_column("people", sa.Column("age", sa.INTEGER(), autoincrement=False, nullable=True))', setup=PEOPLE)
case("drop_column/mssql_options", 'op.drop_column("people", "age", mssql_drop_check=True)', setup=PEOPLE)

# --- alter_column ---------------------------------------------------------------------------------------------------------

ALTER = {
    "nullable_false": "nullable=False", "nullable_true": "existing_type=sa.VARCHAR(length=50), nullable=True", "type": "type_=sa.Text()", "type_existing": "existing_type=sa.VARCHAR(length=50), type_=sa.String(length=80), existing_nullable=True",
    "type_using": 'type_=sa.Integer(), postgresql_using="name::integer"', "type_array_using": "type_=postgresql.ARRAY(sa.Text()), postgresql_using=\"string_to_array(name, ',')\"", "default_string": 'server_default="nobody"', "default_text": "server_default=sa.text(\"'x'\")",
    "default_none": "server_default=None", "default_func": "server_default=sa.func.now()", "default_false": "server_default=False", "rename": 'new_column_name="title"', "rename_existing": 'new_column_name="title", existing_type=sa.String(50), existing_nullable=False', "comment": 'comment="It\'s a name"', "comment_none": 'comment=None, existing_comment="old"',
    "all_at_once": 'new_column_name="title", type_=sa.Text(), nullable=False, server_default="x", comment="c", existing_type=sa.String(50)', "type_and_nullable": "type_=sa.Text(), nullable=False", "type_and_default": 'type_=sa.Text(), server_default="d"', "nothing": "existing_type=sa.String(50), existing_nullable=True", "existing_default": "existing_server_default=sa.text(\"'a'\"), type_=sa.Text(), existing_type=sa.String()",
    "json": "existing_type=sa.VARCHAR(), type_=postgresql.JSONB(astext_type=sa.Text()), postgresql_using=\"name::jsonb\", existing_nullable=True", "default_function_call": "server_default=sa.text(\"lower('A')\"), existing_type=sa.Text(), existing_nullable=False", "autoincrement": "autoincrement=True, existing_type=sa.Integer()",
}
for name, text in ALTER.items():
    case(f"alter_column/{name}", f'op.alter_column("people", "name", {text})', top=PG, setup=PEOPLE)
case("alter_column/there_and_back", 'op.alter_column("people", "age", existing_type=sa.INTEGER(), type_=sa.BigInteger(), existing_nullable=True)',
     'op.alter_column("people", "age", existing_type=sa.BigInteger(), type_=sa.INTEGER(), existing_nullable=True)', setup=PEOPLE)
case("alter_column/schema", 'op.alter_column("people", "id", nullable=False, schema="staff")', 'op.alter_column("people", "id", nullable=True, schema="staff")',
     setup="create schema staff; create table staff.people (id int);")
case("alter_column/rename_schema", 'op.alter_column("people", "id", new_column_name="number", schema="staff")', setup="create schema staff; create table staff.people (id int);")
case("alter_column/rename_quoted", 'op.alter_column("people", "name", new_column_name="Name")', 'op.alter_column("people", "Name", new_column_name="name")', setup=PEOPLE)
case("alter_column/identity_add", 'op.alter_column("people", "id", server_default=sa.Identity())', setup=PEOPLE)
case("alter_column/identity_add_options", 'op.alter_column("people", "id", server_default=sa.Identity(always=True, start=100), existing_type=sa.Integer(), existing_nullable=False)', setup=PEOPLE)
case("alter_column/identity_drop", 'op.alter_column("people", "id", server_default=None, existing_server_default=sa.Identity())', setup="create table people (id int generated by default as identity primary key);")
case("alter_column/identity_change", 'op.alter_column("people", "id", server_default=sa.Identity(always=True, increment=3), existing_server_default=sa.Identity(start=1))', setup="create table people (id int generated by default as identity primary key);")
case("alter_column/type_enum", """
kind = sa.Enum("cat", "dog", name="kind")
kind.create(op.get_bind())
op.alter_column("pets", "kind", type_=kind, existing_type=sa.String(20), postgresql_using="kind::kind")
""", """
op.alter_column("pets", "kind", type_=sa.String(20), existing_type=sa.Enum("cat", "dog", name="kind"))
sa.Enum(name="kind").drop(op.get_bind())
""", setup=TWO)
case("alter_column/type_boolean_using", 'op.alter_column("people", "age", existing_type=sa.Integer(), type_=sa.Boolean(), postgresql_using="age <> 0")', setup=PEOPLE)
case("alter_column/server_default_computed_text", 'op.alter_column("people", "age", server_default=sa.text("1 + 1"), existing_type=sa.Integer())', 'op.alter_column("people", "age", server_default=None)', setup=PEOPLE)

# --- constraints ----------------------------------------------------------------------------------------------------------

TABLE_CONSTRAINTS = {
    "unique": 'sa.UniqueConstraint("a")', "unique_named": 'sa.UniqueConstraint("a", "b", name="uq_ab")', "unique_deferrable": 'sa.UniqueConstraint("a", name="uq", deferrable=True, initially="DEFERRED")',
    "unique_not_deferrable": 'sa.UniqueConstraint("a", deferrable=False)', "unique_include": 'sa.UniqueConstraint("a", name="uq", postgresql_include=["b"])', "unique_nulls": 'sa.UniqueConstraint("a", name="uq", postgresql_nulls_not_distinct=True)', "check": 'sa.CheckConstraint("a > 0", name="positive")',
    "check_bare": 'sa.CheckConstraint("a > b")', "check_text": 'sa.CheckConstraint(sa.text("a <> 5"), name="not_five")', "check_percent": "sa.CheckConstraint(\"c LIKE '%x'\", name=\"likes\")",
    "foreign_key": 'sa.ForeignKeyConstraint(["a"], ["people.id"])', "foreign_key_named": 'sa.ForeignKeyConstraint(["a"], ["people.id"], name="fk_a", ondelete="SET NULL", onupdate="CASCADE")', "foreign_key_lower": 'sa.ForeignKeyConstraint(["a"], ["people.id"], ondelete="cascade")',
    "foreign_key_deferrable": 'sa.ForeignKeyConstraint(["a"], ["people.id"], deferrable=True, initially="IMMEDIATE", use_alter=False)', "foreign_key_composite": 'sa.ForeignKeyConstraint(["a", "b"], ["pairs.x", "pairs.y"], match="SIMPLE")', "foreign_key_use_alter": 'sa.ForeignKeyConstraint(["a"], ["people.id"], name="fk_a", use_alter=True)', "primary_key_named": 'sa.PrimaryKeyConstraint("a", "b", name="t_pkey1")',
    "op_f": 'sa.UniqueConstraint("a", name=op.f("uq_t_a"))', "exclude": 'postgresql.ExcludeConstraint(("a", "="), name="no_same", using="btree")', "exclude_where": 'postgresql.ExcludeConstraint((sa.column("r"), "&&"), name="no_overlap", where=sa.text("a > 0"))', "exclude_text": 'postgresql.ExcludeConstraint((sa.text("int4range(a, b)"), "&&"), using="gist", name="no_overlap")',
    "exclude_options": 'postgresql.ExcludeConstraint(("a", "="), name="x", using="btree", deferrable=True, initially="DEFERRED")', "index": 'sa.Index("ix_t_a", "a")', "index_unique": 'sa.Index("ix_t_ab", "a", "b", unique=True)', "unique_comment": 'sa.UniqueConstraint("a", name="uq", comment="one")',
}
for name, text in TABLE_CONSTRAINTS.items():
    nulls = "nulls" in name
    case(f"table_constraint/{name}", f"""
op.create_table("t", sa.Column("a", sa.Integer(), nullable=False), sa.Column("b", sa.Integer(), nullable=False), sa.Column("c", sa.Text()),
    sa.Column("r", postgresql.INT4RANGE()), {text})
""", 'op.drop_table("t")', top=PG, setup=PEOPLE + " create table pairs (x int, y int, primary key (x, y));")

T = "create table t (a integer not null, b integer not null, c text, r int4range); " + PEOPLE + " create table pairs (x int, y int, primary key (x, y));"
CONSTRAINTS = {
    "unique": ('op.create_unique_constraint("uq_a", "t", ["a"])', 'op.drop_constraint("uq_a", "t", type_="unique")'),
    "unique_two": ('op.create_unique_constraint("uq_ab", "t", ["a", "b"])', 'op.drop_constraint("uq_ab", "t")'),
    "unique_none": ('op.create_unique_constraint(None, "t", ["a"])', 'op.drop_constraint("t_a_key", "t", type_="unique")'),
    "unique_deferrable": ('op.create_unique_constraint("uq", "t", ["a"], deferrable=True, initially="DEFERRED")', 'op.drop_constraint("uq", "t", type_="unique")'),
    "unique_nulls": ('op.create_unique_constraint("uq", "t", ["a"], postgresql_nulls_not_distinct=True)', 'op.drop_constraint("uq", "t", type_="unique")'),
    "primary_key": ('op.create_primary_key("t_key", "t", ["a", "b"])', 'op.drop_constraint("t_key", "t", type_="primary")'),
    "primary_key_none": ('op.create_primary_key(None, "t", ["a"])', 'op.drop_constraint("t_pkey", "t", type_="primary")'),
    "check": ('op.create_check_constraint("positive", "t", "a > 0")', 'op.drop_constraint("positive", "t", type_="check")'),
    "check_text": ('op.create_check_constraint("positive", "t", sa.text("a > 0 AND b < 10"))', 'op.drop_constraint("positive", "t", type_="check")'),
    "check_column": ('op.create_check_constraint("positive", "t", sa.column("a") > 0)', 'op.drop_constraint("positive", "t", type_="check")'),
    "check_function": ('op.create_check_constraint("long", "t", sa.func.length(sa.column("c")) > 5)', 'op.drop_constraint("long", "t", type_="check")'),
    "check_in": ('op.create_check_constraint("some", "t", sa.column("c").in_(["x", "y"]))', 'op.drop_constraint("some", "t", type_="check")'),
    "check_and": ('op.create_check_constraint("both", "t", sa.and_(sa.column("a") > 0, sa.or_(sa.column("b") < 3, sa.column("c").is_(None))))', 'op.drop_constraint("both", "t", type_="check")'),
    "check_not_valid": ('op.create_check_constraint("positive", "t", "a > 0", postgresql_not_valid=True)', 'op.drop_constraint("positive", "t", type_="check")'),
    "foreign_key": ('op.create_foreign_key("fk_a", "t", "people", ["a"], ["id"])', 'op.drop_constraint("fk_a", "t", type_="foreignkey")'),
    "foreign_key_none": ('op.create_foreign_key(None, "t", "people", ["a"], ["id"])', 'op.drop_constraint("t_a_fkey", "t", type_="foreignkey")'),
    "foreign_key_options": ('op.create_foreign_key("fk_a", "t", "people", ["a"], ["id"], ondelete="CASCADE", onupdate="RESTRICT", deferrable=True, initially="DEFERRED", match="FULL")', 'op.drop_constraint("fk_a", "t", type_="foreignkey")'),
    "foreign_key_composite": ('op.create_foreign_key("fk_ab", "t", "pairs", ["a", "b"], ["x", "y"])', 'op.drop_constraint("fk_ab", "t", type_="foreignkey")'),
    "foreign_key_set_null_columns": ('op.create_foreign_key("fk_ab", "t", "pairs", ["a", "b"], ["x", "y"], ondelete="SET NULL (a)")', 'op.drop_constraint("fk_ab", "t", type_="foreignkey")'),
    "foreign_key_not_valid": ('op.create_foreign_key("fk_a", "t", "people", ["a"], ["id"], postgresql_not_valid=True)', 'op.drop_constraint("fk_a", "t", type_="foreignkey")'),
    "foreign_key_keywords": ('op.create_foreign_key(constraint_name="fk_a", source_table="t", referent_table="people", local_cols=["a"], remote_cols=["id"])', 'op.drop_constraint(constraint_name="fk_a", table_name="t", type_="foreignkey")'),
    "foreign_key_op_f": ('op.create_foreign_key(op.f("fk_t_a_people"), "t", "people", ["a"], ["id"])', 'op.drop_constraint(op.f("fk_t_a_people"), "t", type_="foreignkey")'),
    "foreign_key_self": ('op.create_foreign_key("fk_self", "people", "people", ["age"], ["id"])', 'op.drop_constraint("fk_self", "people", type_="foreignkey")'),
    "exclude": ('op.create_exclude_constraint("no_overlap", "t", ("r", "&&"))', 'op.drop_constraint("no_overlap", "t")'),
    "exclude_where": ('op.create_exclude_constraint("no_overlap", "t", (sa.column("r"), "&&"), where=(sa.column("a") > 0), using="gist")', 'op.drop_constraint("no_overlap", "t")'),
    "exclude_text_where": ('op.create_exclude_constraint("no_overlap", "t", ("r", "&&"), where=sa.text("a > 0"), deferrable=True)', 'op.drop_constraint("no_overlap", "t")'),
    "drop_if_exists": ('op.drop_constraint("nobody", "t", type_="unique", if_exists=True)', ""),
    "quoted": ('op.create_unique_constraint("UQ_t", "t", ["a"])', 'op.drop_constraint("UQ_t", "t", type_="unique")'),
}
for name, (up, down) in CONSTRAINTS.items():
    case(f"constraint/{name}", up, down, setup=T, top=PG)
STAFF = "create schema staff; create table staff.people (id int primary key, boss int, name text);"
case("constraint/unique_schema", 'op.create_unique_constraint("uq", "people", ["name"], schema="staff")', 'op.drop_constraint("uq", "people", schema="staff", type_="unique")', setup=STAFF)
case("constraint/foreign_key_schemas", 'op.create_foreign_key("fk", "people", "people", ["boss"], ["id"], source_schema="staff", referent_schema="staff")', 'op.drop_constraint("fk", "people", schema="staff", type_="foreignkey")', setup=STAFF)
case("constraint/primary_key_schema", 'op.create_primary_key("k", "notes", ["id"], schema="staff")', 'op.drop_constraint("k", "notes", schema="staff", type_="primary")', setup=STAFF + " create table staff.notes (id int);")
case("constraint/check_schema", 'op.create_check_constraint("c", "people", "id > 0", schema="staff")', 'op.drop_constraint("c", "people", schema="staff", type_="check")', setup=STAFF)

# --- indexes --------------------------------------------------------------------------------------------------------------

INDEXES = {
    "plain": '"ix_a", "t", ["a"]', "two": '"ix_ab", "t", ["a", "b"]', "unique": '"ix_a", "t", ["a"], unique=True', "unique_false": '"ix_a", "t", ["a"], unique=False', "op_f": 'op.f("ix_a"), "t", ["a"], unique=False', "if_not_exists": '"ix_a", "t", ["a"], if_not_exists=True',
    "text": '"ix_lower", "t", [sa.text("lower(c)")]', "text_mixed": '"ix_mixed", "t", ["a", sa.text("lower(c)")]', "text_desc": '"ix_desc", "t", [sa.text("a DESC")]', "text_desc_nulls": '"ix_desc", "t", ["b", sa.text("a DESC NULLS LAST")]', "literal_column": '"ix_l", "t", [sa.literal_column("lower(c)")]', "column_desc": '"ix_l", "t", [sa.column("a").desc()]', "func": '"ix_f", "t", [sa.func.lower(sa.column("c"))]', "func_text": '"ix_f", "t", [sa.func.lower(sa.text("c"))]',
    "using_gin": '"ix_d", "t", ["d"], postgresql_using="gin"', "using_hash": '"ix_a", "t", ["a"], postgresql_using="hash"', "using_btree": '"ix_a", "t", ["a"], unique=False, postgresql_using="btree"', "using_gist": '"ix_r", "t", ["r"], postgresql_using="gist"', "using_brin": '"ix_a", "t", ["a"], postgresql_using="brin"',
    "where_text": '"ix_a", "t", ["a"], postgresql_where=sa.text("b > 0")', "where_string": '"ix_a", "t", ["a"], postgresql_where="b > 0"', "where_column": '"ix_a", "t", ["a"], postgresql_where=sa.column("b") > 0', "where_is_null": '"ix_a", "t", ["a"], unique=True, postgresql_where=sa.text("c IS NULL")', "where_column_string": "\"ix_a\", \"t\", [\"a\"], postgresql_where=(sa.column(\"c\") == \"it's\")", "where_bool": '"ix_a", "t", ["a"], postgresql_where=sa.text("c = \'x\' AND NOT (a = 5)")',
    "include": '"ix_a", "t", ["a"], postgresql_include=["b", "c"]', "ops": '"ix_c", "t", ["c"], postgresql_ops={"c": "varchar_pattern_ops"}', "ops_gin": '"ix_d", "t", ["d"], postgresql_using="gin", postgresql_ops={"d": "jsonb_path_ops"}', "with": '"ix_a", "t", ["a"], postgresql_with={"fillfactor": 50}', "with_gin": '"ix_d", "t", ["d"], postgresql_using="gin", postgresql_with={"fastupdate": "off"}', "nulls_not_distinct": '"ix_a", "t", ["a"], unique=True, postgresql_nulls_not_distinct=True',
    "nulls_distinct": '"ix_a", "t", ["a"], unique=True, postgresql_nulls_not_distinct=False', "tablespace": '"ix_a", "t", ["a"], postgresql_tablespace="pg_default"', "ops_expression": '"ix_c", "t", [sa.text("lower(c) text_pattern_ops")]', "quoted": '"IX_A", "t", ["a"]', "label_ops": '"ix_c", "t", [sa.func.lower(sa.column("c")).label("lc")], postgresql_ops={"lc": "text_pattern_ops"}', "other_dialect": '"ix_a", "t", ["a"], mysql_length=10, sqlite_where=sa.text("a > 1")', "json_path": "\"ix_j\", \"t\", [sa.text(\"(d ->> 'k')\")], unique=False", "all": '"ix_all", "t", ["a"], unique=True, postgresql_using="btree", postgresql_include=["b"], postgresql_with={"fillfactor": 60}, postgresql_where=sa.text("a > 1"), if_not_exists=True',
}
IT = "create table t (a integer, b integer, c text, d jsonb, r int4range);"
for name, text in INDEXES.items():
    index = "IX_A" if name == "quoted" else text.split('"')[1]
    case(f"index/{name}", f"op.create_index({text})", f'op.drop_index("{index}", table_name="t")', setup=IT)
case("index/concurrently", """
with op.get_context().autocommit_block():
    op.create_index("ix_a", "t", ["a"], postgresql_concurrently=True)
""", """
with op.get_context().autocommit_block():
    op.drop_index("ix_a", table_name="t", postgresql_concurrently=True)
""", setup=IT)
case("index/concurrently_if_not_exists", """
with op.get_context().autocommit_block():
    op.create_index("ix_a", "t", ["a"], unique=True, postgresql_concurrently=True, if_not_exists=True, postgresql_where=sa.text("a > 0"))
""", """
with op.get_context().autocommit_block():
    op.drop_index("ix_a", table_name="t", postgresql_concurrently=True, if_exists=True)
""", setup=IT)
case("index/drop_without_table", 'op.drop_index("ix_a")', setup=IT + " create index ix_a on t (a);")
case("index/drop_if_exists", 'op.drop_index("ix_a", "t", if_exists=True)', setup=IT)
case("index/drop_options", 'op.drop_index("ix_a", table_name="t", postgresql_where=sa.text("a > 1"), postgresql_using="btree")', setup=IT + " create index ix_a on t (a) where a > 1;")
case("index/schema", 'op.create_index("ix", "people", ["name"], schema="staff")', 'op.drop_index("ix", table_name="people", schema="staff")', setup=STAFF)
case("index/pgvector_hnsw", 'op.create_index("ix", "t", ["v"], postgresql_using="hnsw", postgresql_with={"m": 16, "ef_construction": 64}, postgresql_ops={"v": "vector_l2_ops"})', 'op.drop_index("ix", table_name="t")',
     setup="create extension vector; create table t (v vector(3));", needs=["vector"])
case("index/trigram", 'op.create_index("ix", "t", [sa.text("c gin_trgm_ops")], postgresql_using="gin")', 'op.drop_index("ix", table_name="t")', setup=IT + " create extension pg_trgm;", needs=["pg_trgm"])

# --- execute --------------------------------------------------------------------------------------------------------------

case("execute/string", 'op.execute("INSERT INTO people (id, name) VALUES (1, \'Ada\')")', 'op.execute("DELETE FROM people")', setup=PEOPLE)
case("execute/several_lines", '''
op.execute("""
    UPDATE people
       SET name = 'x'
     WHERE age > 5
""")
''', setup=PEOPLE)
case("execute/several_statements", '''
op.execute("""
    INSERT INTO people (id) VALUES (1);
    INSERT INTO people (id) VALUES (2);
""")
''', setup=PEOPLE)
case("execute/trailing_semicolon", 'op.execute("DELETE FROM people;")', setup=PEOPLE)
case("execute/percent", "op.execute(\"DELETE FROM people WHERE name LIKE 'a%'\")", setup=PEOPLE)
case("execute/percent_text", "op.execute(sa.text(\"DELETE FROM people WHERE name LIKE 'a%'\"))", setup=PEOPLE)
case("execute/percent_doubled", "op.execute(\"DELETE FROM people WHERE name LIKE 'a%%'\")", setup=PEOPLE)
case("execute/text", 'op.execute(sa.text("DELETE FROM people"))', setup=PEOPLE)
case("execute/text_imported", 'op.execute(text("DELETE FROM people"))', top="from sqlalchemy import text", setup=PEOPLE)
case("execute/text_sql", 'op.execute(sa.sql.text("DELETE FROM people"))', setup=PEOPLE)
case("execute/colon_cast", "op.execute(\"UPDATE people SET age = '5'::integer\")", setup=PEOPLE)
case("execute/colon_escaped", r"""op.execute("UPDATE people SET name = 'at 12\\:30'")""", setup=PEOPLE)
case("execute/colon_time", "op.execute(\"UPDATE people SET name = '12:30:00'\")", setup=PEOPLE)
case("execute/bind_params", 'op.execute(sa.text("INSERT INTO people (id, name) VALUES (:id, :name)").bindparams(id=1, name="O\'Neil"))', setup=PEOPLE)
case("execute/bind_params_typed", 'op.execute(sa.text("UPDATE people SET age = :age").bindparams(sa.bindparam("age", 5, type_=sa.Integer())))', setup=PEOPLE)
case("execute/bind_params_imported", 'op.execute(sa.text("UPDATE people SET name = :n, age = :a WHERE id = :i").bindparams(sa.bindparam("n", "x"), sa.bindparam("a", None), i=3))', setup=PEOPLE)
case("execute/f_string", 'op.execute(f"CREATE INDEX ix_{TABLE} ON {TABLE} ({\', \'.join(COLUMNS)})")', 'op.execute(f"DROP INDEX ix_{TABLE}")', top='TABLE = "people"\nCOLUMNS = ["name", "age"]', setup=PEOPLE)
case("execute/f_string_conversion", 'op.execute(f"UPDATE people SET name = {VALUE!r}, age = {2 + 3:03d}")', top='VALUE = "x"', setup=PEOPLE)
case("execute/format", 'op.execute("UPDATE {table} SET {} = {value}".format("age", table="people", value=4))', setup=PEOPLE)
case("execute/percent_format", 'op.execute("UPDATE %s SET age = %d WHERE name = %(n)s" % {"n": 1} if False else "UPDATE %s SET age = %d" % ("people", 4))', setup=PEOPLE)
case("execute/concatenated", 'op.execute("UPDATE people " "SET age = " + str(5) + " WHERE id = " + \'7\')', setup=PEOPLE)
case("execute/replace_strip", 'op.execute("  UPDATE people SET age = N  ".replace("N", "5").strip())', setup=PEOPLE)
case("execute/dedent", '''
op.execute(dedent("""
    UPDATE people
    SET age = 1
"""))
''', top="from textwrap import dedent", setup=PEOPLE)
case("execute/constant", 'op.execute(SQL)', top='SQL = """\nUPDATE people SET age = 1\n"""', setup=PEOPLE)
case("execute/get_bind_execute", 'op.get_bind().execute(sa.text("UPDATE people SET age = 1"))', setup=PEOPLE)
case("execute/conn_execute", 'conn = op.get_bind()\nconn.execute(sa.text("UPDATE people SET age = 1"))\nconn.execute(sa.text("DELETE FROM people WHERE id = :id"), {"id": 4})',
     like=('op.execute("UPDATE people SET age = 1")\nop.execute("DELETE FROM people WHERE id = 4")', ""), setup=PEOPLE)
case("execute/exec_driver_sql", 'op.get_bind().exec_driver_sql("UPDATE people SET age = 1")', like=('op.execute("UPDATE people SET age = 1")', ""), setup=PEOPLE)
case("execute/create_schema", 'op.execute("CREATE SCHEMA IF NOT EXISTS staff")', 'op.execute("DROP SCHEMA IF EXISTS staff CASCADE")')
case("execute/create_schema_ddl", 'op.execute(sa.schema.CreateSchema("staff"))', 'op.execute(sa.schema.DropSchema("staff"))')
case("execute/create_schema_options", 'op.execute(sa.schema.CreateSchema("Staff", if_not_exists=True))', 'op.execute(sa.schema.DropSchema("Staff", if_exists=True, cascade=True))')
case("execute/create_sequence", 'op.execute(sa.schema.CreateSequence(sa.Sequence("numbers")))', 'op.execute(sa.schema.DropSequence(sa.Sequence("numbers")))')
case("execute/create_sequence_options", 'op.execute(sa.schema.CreateSequence(sa.Sequence("numbers", start=5, increment=2, minvalue=1, maxvalue=99, cycle=True), if_not_exists=True))', 'op.execute(sa.schema.DropSequence(sa.Sequence("numbers"), if_exists=True))')
case("execute/ddl", 'op.execute(sa.DDL("ALTER TABLE people ENABLE ROW LEVEL SECURITY"))', setup=PEOPLE)
case("execute/extension", 'op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")', 'op.execute("DROP EXTENSION IF EXISTS pg_trgm")', needs=["pg_trgm"])
case("execute/function", '''
op.execute("""
    CREATE OR REPLACE FUNCTION bump() RETURNS trigger AS $$
    BEGIN
        NEW.age := NEW.age + 1; -- one; more
        RETURN NEW;
    END;
    $$ LANGUAGE plpgsql;
""")
op.execute("CREATE TRIGGER bump BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION bump()")
''', 'op.execute("DROP TRIGGER bump ON people")\nop.execute("DROP FUNCTION bump()")', setup=PEOPLE)
case("execute/do_block", '''
op.execute("""
DO $$ BEGIN
    CREATE TYPE mood AS ENUM ('sad', 'glad');
EXCEPTION WHEN duplicate_object THEN null;
END $$;
""")
''', 'op.execute("DROP TYPE mood")')
case("execute/view", 'op.execute("CREATE MATERIALIZED VIEW names AS SELECT name, count(*) AS n FROM people GROUP BY name")', 'op.execute("DROP MATERIALIZED VIEW IF EXISTS names CASCADE")', setup=PEOPLE)
case("execute/comment_only_lines", 'op.execute("-- all of them\\nDELETE FROM people -- yes")', setup=PEOPLE)
case("execute/tabs", 'op.execute("UPDATE people\\tSET age = 1")', setup=PEOPLE)
case("execute/enum_add_value", """
with op.get_context().autocommit_block():
    op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'")
""", setup="create type mood as enum ('sad', 'glad');")
case("execute/autocommit_between", """
op.execute("UPDATE people SET age = 1")
with op.get_context().autocommit_block():
    op.execute("VACUUM people")
op.execute("UPDATE people SET age = 2")
""", setup=PEOPLE)
case("execute/commit_by_hand", 'op.execute("COMMIT")\nop.execute("CREATE INDEX CONCURRENTLY ix ON people (age)")', 'op.execute("COMMIT")\nop.execute("DROP INDEX CONCURRENTLY ix")', setup=PEOPLE,
     note="A COMMIT of the script's own ends the transaction: what follows is outside of one.")
case("execute/execution_options", 'op.execute("UPDATE people SET age = 1", execution_options={"autocommit": True})', setup=PEOPLE)
case("execute/inline_literal", 'op.execute(people.update().where(people.c.name == op.inline_literal("a")).values({"age": op.inline_literal(5)}))',
     top='from sqlalchemy.sql import column, table\npeople = table("people", column("name", sa.String), column("age", sa.Integer))', setup=PEOPLE)
case("execute/grant", 'op.execute("GRANT SELECT ON people TO PUBLIC")', 'op.execute("REVOKE SELECT ON people FROM PUBLIC")', setup=PEOPLE)
case("execute/rendered_none", "pass", "pass")

# --- data: table(), insert, update, delete, select ------------------------------------------------------------------------

PT = 'from sqlalchemy.sql import column, table\npeople = table("people", column("id", sa.Integer), column("name", sa.String), column("age", sa.Integer))'
DATA = {
    "insert_values": 'people.insert().values(id=1, name="Ada", age=None)', "insert_dict": 'people.insert().values({"id": 1, "name": "x"})', "insert_list": 'people.insert().values([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])', "sa_insert": 'sa.insert(people).values(id=1)',
    "update": 'people.update().values(age=5)', "update_where": 'people.update().where(people.c.id == 3).values(age=5, name="it\'s")', "sa_update": 'sa.update(people).where(people.c.age.is_(None)).values(age=0)', "update_expression": 'people.update().values(age=people.c.age + 1)', "update_dict_columns": 'people.update().values({people.c.age: 7})', "update_null": 'people.update().where(people.c.name == None).values(name=sa.null())', "update_func": 'people.update().values(name=sa.func.upper(people.c.name))', "update_text": 'people.update().values(name=sa.text("upper(name)"))', "update_case": 'people.update().values(age=sa.case((people.c.age > 5, 1), else_=0))',
    "update_and": 'people.update().where(sa.and_(people.c.id > 1, people.c.name != "x")).values(age=1)', "update_or": 'people.update().where(sa.or_(people.c.id == 1, people.c.id == 2)).values(age=1)', "update_ands": 'people.update().where((people.c.id > 1) & (people.c.age < 9)).values(age=1)', "update_two_wheres": 'people.update().where(people.c.id > 1).where(people.c.age < 9).values(age=1)', "update_in": 'people.update().where(people.c.name.in_(["a", "b"])).values(age=1)', "update_not_in": 'people.update().where(~people.c.id.in_([1, 2])).values(age=1)', "update_like": 'people.update().where(people.c.name.like("a%")).values(age=1)', "update_ilike": 'people.update().where(people.c.name.ilike("a%")).values(age=1)', "update_isnot": 'people.update().where(people.c.name.isnot(None)).values(age=1)', "update_between": 'people.update().where(people.c.age.between(1, 5)).values(age=1)', "update_cast": 'people.update().values(name=sa.cast(people.c.age, sa.String))', "update_subquery": 'people.update().values(age=sa.select(sa.func.max(people.c.age)).scalar_subquery())',
    "delete": "people.delete()", "delete_where": 'people.delete().where(people.c.name == "x")', "sa_delete": "sa.delete(people).where(people.c.id >= 5)", "update_from": 'people.update().where(people.c.id == pets.c.owner_id).values(name=pets.c.name)', "insert_from_select": 'people.insert().from_select(["id", "name"], sa.select(pets.c.id, pets.c.name).where(pets.c.owner_id == 1))',
}
for name, text in DATA.items():
    case(f"data/{name}", f"op.execute({text})", top=PT + '\npets = table("pets", column("id", sa.Integer), column("owner_id", sa.Integer), column("name", sa.Text))', setup=TWO)
case("data/sa_table", 'people = sa.table("people", sa.column("id"), sa.column("name"))\nop.execute(people.update().values(name="x"))', setup=PEOPLE,
     like=('op.execute("UPDATE people SET name = \'x\'")', ""), note="Offline mode cannot write a value without a type; a server can take it.")
case("data/metadata_table", 'people = sa.Table("people", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String))\nop.execute(people.insert().values(id=1, name="x"))', setup=PEOPLE)
case("data/table_schema", 'people = sa.table("people", sa.column("id", sa.Integer), schema="staff")\nop.execute(people.delete().where(people.c.id == 1))', setup=STAFF)

B = 'sa.table("rows", '
BULK = {
    "integers": (B + 'sa.column("i", sa.Integer))', '[{"i": 1}, {"i": -2}, {"i": None}]', "create table rows (i integer);"),
    "strings": (B + 'sa.column("s", sa.String))', '[{"s": "a"}, {"s": "it\'s"}, {"s": "50 %"}, {"s": "back\\\\slash"}, {"s": ""}, {"s": "a:b"}]', "create table rows (s text);"),
    "floats": (B + 'sa.column("f", sa.Float))', '[{"f": 1.5}, {"f": 2}, {"f": 1e-7}, {"f": 1e20}]', "create table rows (f double precision);"),
    "decimals": (B + 'sa.column("n", sa.Numeric(10, 2)))', '[{"n": Decimal("1.50")}, {"n": 3}]', "create table rows (n numeric(10, 2));"),
    "booleans": (B + 'sa.column("b", sa.Boolean))', '[{"b": True}, {"b": False}, {"b": None}]', "create table rows (b boolean);"),
    "dates": (B + 'sa.column("d", sa.Date))', '[{"d": date(2020, 2, 29)}]', "create table rows (d date);"),
    "datetimes": (B + 'sa.column("d", sa.DateTime))', '[{"d": datetime(2020, 2, 29, 13, 14, 15)}, {"d": datetime(2020, 1, 1)}, {"d": datetime(2020, 1, 1, 0, 0, 0, 123)}]', "create table rows (d timestamp);"),
    "times": (B + 'sa.column("d", sa.Time))', '[{"d": time(13, 14)}]', "create table rows (d time);"),
    "uuids": (B + 'sa.column("u", sa.Uuid))', '[{"u": uuid.UUID("12345678-1234-5678-1234-567812345678")}]', "create table rows (u uuid);"),
    "json": (B + 'sa.column("j", sa.JSON))', '[{"j": {"a": [1, 2.5, None, True, "it\'s"]}}, {"j": []}]', "create table rows (j json);"),
    "jsonb": (B + 'sa.column("j", postgresql.JSONB))', '[{"j": {"a": {"b": "ü"}}}]', "create table rows (j jsonb);"),
    "arrays": (B + 'sa.column("a", postgresql.ARRAY(sa.Text)))', '[{"a": ["x", "it\'s"]}, {"a": []}]', "create table rows (a text[]);"),
    "enums": (B + 'sa.column("m", sa.Enum("sad", "glad", name="mood")))', '[{"m": "sad"}]', "create type mood as enum ('sad', 'glad'); create table rows (m mood);"),
    "untyped": (B + 'sa.column("i"), sa.column("s"), sa.column("b"))', '[{"i": 1, "s": "x", "b": True}]', "create table rows (i integer, s text, b boolean);"),
    "missing_keys": (B + 'sa.column("i", sa.Integer), sa.column("s", sa.String))', '[{"i": 1}, {"i": 2}]', "create table rows (i integer, s text);"),
    "binary": (B + 'sa.column("b", sa.LargeBinary))', '[{"b": b"\\x00abc"}]', "create table rows (b bytea);"),
    "bigint": (B + 'sa.column("i", sa.BigInteger))', '[{"i": 9007199254740993}]', "create table rows (i bigint);"),
    "text_multiline": (B + 'sa.column("s", sa.Text))', '[{"s": "a\\nb\\tc"}]', "create table rows (s text);"),
    "comprehension": (B + 'sa.column("i", sa.Integer), sa.column("s", sa.Text))', '[{"i": i, "s": n} for i, n in enumerate(["a", "b", "c"], start=1)]', "create table rows (i integer, s text);"),
    "empty": (B + 'sa.column("i", sa.Integer))', "[]", "create table rows (i integer);"),
    "interval": (B + 'sa.column("i", sa.Interval))', "[{\"i\": timedelta(days=1, seconds=5)}]", "create table rows (i interval);"),
}
# Offline mode has no literals for these, a server does.
VALUES = {
    "json": """('{"a": [1, 2.5, null, true, "it''s"]}'), ('[]')""", "jsonb": """('{"a": {"b": "\\u00fc"}}')""", "arrays": """('{"x", "it''s"}'), ('{}')""",
    "untyped": "(1, 'x', true)", "binary": r"('\x00616263')",
}
for name, (table, rows, setup) in BULK.items():
    like = (f"op.execute({f'INSERT INTO rows VALUES {VALUES[name]}'!r})", "") if name in VALUES else None
    case(f"bulk_insert/{name}", f"op.bulk_insert({table}, {rows})", setup=setup, like=like,
         top=PG + "\nfrom datetime import date, datetime, time, timedelta\nfrom decimal import Decimal\nimport uuid")
case("bulk_insert/multiinsert_false", 'op.bulk_insert(sa.table("people", sa.column("id", sa.Integer), sa.column("name", sa.String)), [{"id": 1, "name": op.inline_literal("a")}], multiinsert=False)', setup=PEOPLE)
case("bulk_insert/metadata_table", 'op.bulk_insert(sa.Table("people", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("name", sa.String)), [{"id": 1, "name": "a"}])', setup=PEOPLE)
case("bulk_insert/schema", 'op.bulk_insert(sa.table("people", sa.column("id", sa.Integer), schema="staff"), [{"id": 1}])', setup=STAFF)
case("bulk_insert/python_default", 'op.bulk_insert(sa.Table("people", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("name", sa.String, default="d")), [{"id": 1}])', setup=PEOPLE)

# --- batch_alter_table ----------------------------------------------------------------------------------------------------

def batch(name: str, up: str, down: str = "", args: str = "", **rest) -> None:
    with_ = f'with op.batch_alter_table("people"{args}) as batch_op:\n'
    indent = lambda text: "".join(f"    {line}\n" for line in text.strip().splitlines())
    case(f"batch/{name}", with_ + indent(up), with_ + indent(down) if down else "", **{"setup": TWO, **rest})


batch("add_column", 'batch_op.add_column(sa.Column("x", sa.Integer(), nullable=True))', 'batch_op.drop_column("x")', args=", schema=None")
batch("several", 'batch_op.add_column(sa.Column("x", sa.Integer()))\nbatch_op.add_column(sa.Column("y", sa.Text(), server_default="a", nullable=False))\nbatch_op.drop_column("age")')
batch("alter_column", 'batch_op.alter_column("name", existing_type=sa.String(50), nullable=False, type_=sa.Text())', 'batch_op.alter_column("name", existing_type=sa.Text(), nullable=True)')
batch("alter_rename", 'batch_op.alter_column("name", new_column_name="title")', 'batch_op.alter_column("title", new_column_name="name")')
batch("create_index", 'batch_op.create_index(batch_op.f("ix_people_name"), ["name"], unique=True)', 'batch_op.drop_index(batch_op.f("ix_people_name"))')
batch("create_index_where", 'batch_op.create_index("ix", ["name"], postgresql_where=sa.text("age > 1"))', 'batch_op.drop_index("ix", postgresql_where=sa.text("age > 1"))')
batch("unique", 'batch_op.create_unique_constraint("uq_name", ["name"])', 'batch_op.drop_constraint("uq_name", type_="unique")')
batch("foreign_key", 'batch_op.create_foreign_key("fk", "pets", ["age"], ["id"], ondelete="CASCADE")', 'batch_op.drop_constraint("fk", type_="foreignkey")')
batch("check", 'batch_op.create_check_constraint("adult", "age > 17")', 'batch_op.drop_constraint("adult", type_="check")')
batch("primary_key", 'batch_op.drop_constraint("people_pkey", type_="primary")\nbatch_op.create_primary_key("k", ["id", "age"])')
batch("recreate_never", 'batch_op.add_column(sa.Column("x", sa.Integer()))', args=', recreate="auto", table_args=(), naming_convention={"uq": "u"}')
batch("comment", 'batch_op.create_table_comment("People")', 'batch_op.drop_table_comment()')
batch("execute", 'batch_op.execute("UPDATE people SET age = 1")\nbatch_op.add_column(sa.Column("x", sa.Integer()))')
batch("exclude", 'batch_op.create_exclude_constraint("ex", ("age", "="), using="btree")')
batch("enum_column", 'batch_op.add_column(sa.Column("mood", sa.Enum("sad", "glad", name="mood")))', 'batch_op.drop_column("mood")', setup=TWO + " create type mood as enum ('sad', 'glad');")
case("batch/schema", 'with op.batch_alter_table("people", schema="staff") as batch_op:\n    batch_op.add_column(sa.Column("x", sa.Integer()))\n    batch_op.create_index("ix", ["x"])', setup=STAFF)
case("batch/in_function", 'with op.batch_alter_table("people") as batch_op:\n    add(batch_op, "x")', setup=PEOPLE, helpers='def add(batch_op, name):\n    batch_op.add_column(sa.Column(name, sa.Integer()))\n\n')
case("batch/naming", 'with op.batch_alter_table("pets") as batch_op:\n    batch_op.create_unique_constraint(None, ["name"])\n    batch_op.create_foreign_key(None, "people", ["owner_id"], ["id"])\n    batch_op.create_check_constraint("adult", "id > 0")', setup=TWO,
     convention={"uq": "uq_%(table_name)s_%(column_0_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s", "pk": "pk_%(table_name)s", "ix": "ix_%(column_0_label)s"})

# --- enums ----------------------------------------------------------------------------------------------------------------

MOOD = "create type mood as enum ('sad', 'glad');"
case("enum/table", 'op.create_table("t", sa.Column("m", sa.Enum("sad", "glad", name="mood"), nullable=False))', 'op.drop_table("t")\nop.execute("DROP TYPE mood")')
case("enum/table_pg", 'op.create_table("t", sa.Column("m", postgresql.ENUM("sad", "it\'s", name="mood"), nullable=False))', 'op.drop_table("t")\nop.execute("DROP TYPE mood")', top=PG)
case("enum/table_twice", 'mood = sa.Enum("sad", "glad", name="mood")\nop.create_table("t", sa.Column("m", mood), sa.Column("n", mood))', 'op.drop_table("t")\nop.execute("DROP TYPE mood")')
case("enum/two_columns_same_name", 'op.create_table("t", sa.Column("m", sa.Enum("sad", "glad", name="mood")), sa.Column("n", sa.Enum("sad", "glad", name="mood")))', 'op.drop_table("t")\nop.execute("DROP TYPE mood")')
case("enum/create_type_false", 'op.create_table("t", sa.Column("m", postgresql.ENUM("sad", "glad", name="mood", create_type=False)))', 'op.drop_table("t")', top=PG, setup=MOOD)
case("enum/sa_create_type_false", 'op.create_table("t", sa.Column("m", sa.Enum("sad", "glad", name="mood", create_type=False)))', 'op.drop_table("t")', setup=MOOD,
     note="sa.Enum took no create_type for long: recorded as the installed SQLAlchemy means it.")
case("enum/not_native", 'op.create_table("t", sa.Column("m", sa.Enum("sad", "glad", name="mood", native_enum=False)))', 'op.drop_table("t")')
case("enum/not_native_length", 'op.create_table("t", sa.Column("m", sa.Enum("sad", "glad", native_enum=False, length=20)))', 'op.drop_table("t")')
case("enum/not_native_constraint", 'op.create_table("t", sa.Column("m", sa.Enum("sad", "it\'s", name="mood", native_enum=False, create_constraint=True)))', 'op.drop_table("t")')
case("enum/class", 'op.create_table("t", sa.Column("m", sa.Enum(Mood, name="mood")))', 'op.drop_table("t")\nop.execute("DROP TYPE mood")', top="import enum", helpers='class Mood(enum.Enum):\n    SAD = "sad"\n    GLAD = "glad"\n\n')
case("enum/class_unnamed", 'op.create_table("t", sa.Column("m", sa.Enum(Mood)))', 'op.drop_table("t")\nop.execute("DROP TYPE mood")', top="import enum", helpers='class Mood(str, enum.Enum):\n    SAD = "sad"\n    GLAD = "glad"\n\n')
case("enum/class_values", 'op.create_table("t", sa.Column("m", sa.Enum(Mood, name="mood", values_callable=lambda e: [x.value for x in e])))', 'op.drop_table("t")\nop.execute("DROP TYPE mood")', top="import enum", helpers='class Mood(enum.Enum):\n    SAD = "sad"\n    GLAD = "glad"\n\n')
case("enum/schema", 'op.create_table("t", sa.Column("m", sa.Enum("sad", name="mood", schema="staff")))', 'op.drop_table("t")\nop.execute("DROP TYPE staff.mood")', setup="create schema staff;")
case("enum/table_schema", 'op.create_table("t", sa.Column("m", sa.Enum("sad", name="mood")), schema="staff")', 'op.drop_table("t", schema="staff")', setup="create schema staff;", note="The type stays behind: in which schema it is made shows.")
case("enum/inherit_schema", 'op.create_table("t", sa.Column("m", sa.Enum("sad", name="mood", inherit_schema=True)), schema="staff")', 'op.drop_table("t", schema="staff")', setup="create schema staff;")
case("enum/quoted", 'op.create_table("t", sa.Column("m", sa.Enum("sad", "glad", name="MoodType")))', "op.drop_table(\"t\")\nop.execute('DROP TYPE \"MoodType\"')")
case("enum/array", 'op.create_table("t", sa.Column("m", postgresql.ARRAY(sa.Enum("sad", "glad", name="mood"))))', 'op.drop_table("t")\nop.execute("DROP TYPE mood")', top=PG)
case("enum/array_existing", 'op.create_table("t", sa.Column("m", postgresql.ARRAY(postgresql.ENUM("sad", name="mood", create_type=False))))', 'op.drop_table("t")', top=PG, setup=MOOD)
case("enum/create", 'sa.Enum("sad", "glad", name="mood").create(op.get_bind())', 'sa.Enum(name="mood").drop(op.get_bind())')
case("enum/create_checkfirst_false", 'postgresql.ENUM("sad", "glad", name="mood").create(op.get_bind(), checkfirst=False)', 'postgresql.ENUM(name="mood").drop(op.get_bind(), checkfirst=False)', top=PG)
case("enum/create_checkfirst", 'postgresql.ENUM("sad", "glad", name="mood").create(op.get_bind(), checkfirst=True)', 'postgresql.ENUM("sad", "glad", name="mood").drop(op.get_bind(), checkfirst=True)', top=PG,
     like=('op.execute("CREATE TYPE mood AS ENUM (\'sad\', \'glad\')")', 'op.execute("DROP TYPE mood")'))
case("enum/create_checkfirst_exists", 'postgresql.ENUM("sad", "glad", name="mood").create(op.get_bind(), checkfirst=True)', top=PG, before='op.execute("CREATE TYPE mood AS ENUM (\'sad\', \'glad\')")', like=("pass", "pass"),
     note="The type is there: nothing is made. In offline mode Alembic would make it again.")
case("enum/create_then_column", """
mood = postgresql.ENUM("sad", "glad", name="mood")
mood.create(op.get_bind())
op.add_column("people", sa.Column("m", mood, nullable=True))
""", """
op.drop_column("people", "m")
postgresql.ENUM(name="mood").drop(op.get_bind())
""", top=PG, setup=PEOPLE)
case("enum/create_then_table", """
mood = postgresql.ENUM("sad", "glad", name="mood", create_type=False)
mood.create(op.get_bind(), checkfirst=False)
op.create_table("t", sa.Column("m", mood, server_default="sad"))
""", 'op.drop_table("t")\nmood = postgresql.ENUM(name="mood")\nmood.drop(op.get_bind(), checkfirst=False)', top=PG)
case("enum/module_level", "mood.create(op.get_bind(), checkfirst=False)\nop.add_column(\"people\", sa.Column(\"m\", mood, server_default=\"sad\", nullable=False))", 'op.drop_column("people", "m")\nmood.drop(op.get_bind(), checkfirst=False)', top='mood = sa.Enum("sad", "glad", name="mood")', setup=PEOPLE)
case("enum/add_column", 'op.add_column("people", sa.Column("m", sa.Enum("sad", "glad", name="mood"), nullable=True))', 'op.drop_column("people", "m")', setup=PEOPLE + MOOD)
case("enum/bind_with_checkfirst_class", "bind = op.get_bind()\nsa.Enum(\"a\", \"b\", name=\"ab\").create(bind, checkfirst=True)", "bind = op.get_bind()\nsa.Enum(\"a\", \"b\", name=\"ab\").drop(bind, checkfirst=True)",
     like=('op.execute("CREATE TYPE ab AS ENUM (\'a\', \'b\')")', 'op.execute("DROP TYPE ab")'))
case("enum/drop_missing", 'sa.Enum(name="nobody").drop(op.get_bind(), checkfirst=True)', like=("pass", "pass"), note="The revisions before have made no such type.")
case("enum/add_value", "op.execute(\"ALTER TYPE mood ADD VALUE 'calm' BEFORE 'glad'\")", setup=MOOD)
case("enum/rename_type_and_make_new", """
op.execute("ALTER TYPE mood RENAME TO mood_old")
sa.Enum("sad", "glad", "calm", name="mood").create(op.get_bind(), checkfirst=False)
op.execute("ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood")
op.execute("DROP TYPE mood_old")
""", setup=MOOD + " create table t (m mood);")

# --- GeoAlchemy2 ----------------------------------------------------------------------------------------------------------

GEO, POSTGIS, HELPERS = "import geoalchemy2", "create extension postgis;", "from geoalchemy2 import alembic_helpers"
GEOS = {
    "geometry": 'geoalchemy2.types.Geometry(geometry_type="POINT", srid=4326, spatial_index=False)', "geometry_dimension": 'geoalchemy2.types.Geometry(geometry_type="POINT", srid=4326, dimension=2, from_text="ST_GeomFromEWKT", name="geometry", nullable=False, spatial_index=False)', "geometry_plain": "geoalchemy2.Geometry(spatial_index=False)", "geometry_z": 'geoalchemy2.Geometry("POINTZ", srid=4326, dimension=3, spatial_index=False)',
    "geography": 'geoalchemy2.types.Geography(geometry_type="POLYGON", srid=4326, spatial_index=False)', "geometry_index": 'geoalchemy2.types.Geometry(geometry_type="MULTIPOLYGON", srid=4326)', "geography_index": 'geoalchemy2.Geography("POINT")', "geometry_none": 'geoalchemy2.Geometry(geometry_type=None, srid=-1, spatial_index=False)', "raster": "geoalchemy2.types.Raster(spatial_index=False)",
}
for name, text in GEOS.items():
    raster = name == "raster"
    case(f"geo/{name}", f'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("geom", {text}, nullable=True))', 'op.drop_table("t")', top=GEO, setup=POSTGIS + (" create extension postgis_raster;" if raster else ""), needs=["postgis", "postgis_raster"] if raster else ["postgis"])
    if not raster:
        case(f"geo/add_{name}", f'op.add_column("u", sa.Column("geom", {text}))', 'op.drop_column("u", "geom")', top=GEO, setup=POSTGIS + " create table u (id int);", needs=["postgis"])
case("geo/geospatial_table", """
op.create_geospatial_table("t", sa.Column("id", sa.Integer(), nullable=False), sa.Column("geom", Geometry(geometry_type="POINT", srid=4326, spatial_index=False)), sa.PrimaryKeyConstraint("id"))
op.create_geospatial_index("idx_t_geom", "t", ["geom"], unique=False, postgresql_using="gist", postgresql_ops={})
""", 'op.drop_geospatial_index("idx_t_geom", table_name="t", postgresql_using="gist", column_name="geom")\nop.drop_geospatial_table("t")', top="from geoalchemy2 import Geometry", env=HELPERS, setup=POSTGIS, needs=["postgis"])
case("geo/geospatial_column", 'op.add_geospatial_column("u", sa.Column("geom", Geometry(geometry_type="LINESTRING", srid=3857, spatial_index=False)))', 'op.drop_geospatial_column("u", "geom")', top="from geoalchemy2 import Geometry", env=HELPERS, setup=POSTGIS + " create table u (id int);", needs=["postgis"])
case("geo/index", 'op.create_index("idx_u_geom", "u", ["geom"], unique=False, postgresql_using="gist")', 'op.drop_index("idx_u_geom", table_name="u", postgresql_using="gist")', setup=POSTGIS + " create table u (geom geometry);", needs=["postgis"])
case("geo/alter_type", 'op.alter_column("u", "geom", existing_type=sa.Text(), type_=geoalchemy2.types.Geometry(geometry_type="POINT", srid=4326, spatial_index=False), postgresql_using="ST_GeomFromText(geom, 4326)")', top=GEO, setup=POSTGIS + " create table u (geom text);", needs=["postgis"])

# --- naming conventions ---------------------------------------------------------------------------------------------------

NAMES = {"ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s", "pk": "pk_%(table_name)s"}
LONG = {"uq": "uq_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s_%(referred_column_0_N_name)s", "ix": "ix_%(table_name)s_%(column_0_N_label)s", "pk": "%(table_name)s_key"}
case("naming/create_table", """
op.create_table("pupils", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id")),
    sa.Column("code", sa.Text(), unique=True), sa.Column("n", sa.Integer(), index=True), sa.CheckConstraint("n > 0", name="positive"), sa.UniqueConstraint("n", "code"))
""", 'op.drop_table("pupils")', convention=NAMES, setup=PEOPLE)
case("naming/directives", 'op.create_unique_constraint(None, "people", ["name"])\nop.create_foreign_key(None, "pets", "people", ["owner_id"], ["id"])\nop.create_primary_key(None, "logs", ["line"])\nop.create_check_constraint("adult", "people", "age > 17")',
     'op.drop_constraint("adult", "people", type_="check")', convention=NAMES, setup=TWO + " create table logs (line text);")
case("naming/op_f", 'op.create_check_constraint(op.f("ck_people_adult"), "people", "age > 17")\nop.create_unique_constraint(op.f("one"), "people", ["name"])', 'op.drop_constraint(op.f("ck_people_adult"), "people", type_="check")', convention=NAMES, setup=TWO)
case("naming/index_none", 'op.create_index(None, "people", ["name", "age"])', 'op.drop_index("ix_people_name", table_name="people")', convention=NAMES, setup=TWO)
case("naming/all_columns", 'op.create_unique_constraint(None, "people", ["name", "age"])\nop.create_foreign_key(None, "pairs2", "pairs", ["a", "b"], ["x", "y"])\nop.create_index(None, "people", ["name", "age"])', convention=LONG, setup=TWO + " create table pairs (x int, y int, primary key (x, y)); create table pairs2 (a int, b int);")
case("naming/add_column", 'op.add_column("pets", sa.Column("keeper_id", sa.Integer(), sa.ForeignKey("people.id"), unique=True))', 'op.drop_column("pets", "keeper_id")', convention=NAMES, setup=TWO)
case("naming/long", """
op.create_unique_constraint(None, "people", ["a_column_with_a_very_long_name_indeed_it_is", "another_column_with_a_long_name_too_it_is"])
""", convention=LONG, setup="create table people (a_column_with_a_very_long_name_indeed_it_is int, another_column_with_a_long_name_too_it_is int);")
case("naming/schema", 'op.create_table("pupils", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("x", sa.Integer(), index=True), schema="staff")', 'op.drop_table("pupils", schema="staff")', convention=NAMES, setup=STAFF)
case("naming/boolean_check", 'op.create_table("t", sa.Column("b", sa.Boolean(create_constraint=True, name="flag")), sa.Column("e", sa.Enum("x", "y", name="ee", native_enum=False, create_constraint=True)))', 'op.drop_table("t")', convention=NAMES)

# --- Python: constants, helpers, loops, ifs -------------------------------------------------------------------------------

case("python/loop", 'for table in ("people", "pets"):\n    op.add_column(table, sa.Column("created", sa.DateTime()))', 'for table in reversed(["people", "pets"]):\n    op.drop_column(table, "created")', setup=TWO)
case("python/loop_pairs", 'for table, column in [("people", "name"), ("pets", "kind")]:\n    op.create_index(f"ix_{table}_{column}", table, [column])', 'for table, column in PAIRS.items():\n    op.drop_index(f"ix_{table}_{column}", table_name=table)', top='PAIRS = {"people": "name", "pets": "kind"}', setup=TWO)
case("python/loop_enumerate", 'for number, name in enumerate(["a", "b"]):\n    op.execute(f"INSERT INTO people (id, name) VALUES ({number}, \'{name}\')")', setup=PEOPLE)
case("python/loop_range_zip", 'for i, n in zip(range(1, 4), "abc"):\n    op.execute(f"INSERT INTO people (id, name) VALUES ({i}, \'{n}\')")', setup=PEOPLE)
case("python/loop_continue", 'for i in range(4):\n    if i % 2:\n        continue\n    if i > 2:\n        break\n    op.execute(f"INSERT INTO people (id) VALUES ({i})")', setup=PEOPLE)
case("python/loop_dict_of_lists", 'for table, columns in TABLES.items():\n    for column in columns:\n        op.alter_column(table, column, nullable=False)', top='TABLES = {"people": ["name", "age"], "pets": ["name"]}', setup=TWO)
case("python/while", 'n = 0\nwhile n < 3:\n    op.execute(f"INSERT INTO people (id) VALUES ({n})")\n    n += 1', setup=PEOPLE)
case("python/helper", 'add("people")\nadd("pets", nullable=False)', 'remove("people", "pets")', setup=TWO, helpers='def add(table, nullable=True):\n    """Adds a column."""\n    op.add_column(table, sa.Column("note", sa.Text(), nullable=nullable))\n\n\ndef remove(*tables):\n    for table in tables:\n        op.drop_column(table, "note")\n\n')
case("python/helper_returns_columns", 'op.create_table("t", *columns(), sa.Column("x", sa.Text()))', 'op.drop_table("t")', helpers='def columns():\n    return [sa.Column("id", sa.Integer(), primary_key=True), sa.Column("at", sa.DateTime(), server_default=sa.func.now())]\n\n')
case("python/helper_kwargs", 'make("t", comment="c", schema=None)', 'op.drop_table("t")', helpers='def make(name, **options):\n    op.create_table(name, sa.Column("id", sa.Integer(), primary_key=True), **options)\n\n')
case("python/helper_lambda", 'column = lambda name: sa.Column(name, sa.Integer())\nop.create_table("t", column("a"), column("b"))', 'op.drop_table("t")')
case("python/if_constant", 'if ADD:\n    op.add_column("people", sa.Column("x", sa.Integer()))\nelse:\n    op.drop_column("people", "age")', top="ADD = True", setup=PEOPLE)
case("python/if_dialect", 'if op.get_bind().dialect.name == "postgresql":\n    op.execute("UPDATE people SET age = 1")\nelse:\n    op.execute("never")', setup=PEOPLE)
case("python/if_dialect_context", 'if op.get_context().dialect.name != "sqlite":\n    op.execute("UPDATE people SET age = 1")', setup=PEOPLE)
case("python/if_dialect_early_return", 'bind = op.get_bind()\nif bind.dialect.name != "postgresql":\n    return\nop.execute("UPDATE people SET age = 1")', setup=PEOPLE)
case("python/if_dialect_in", 'dialect = op.get_bind().engine.dialect.name if False else op.get_bind().dialect.name\nif dialect in ("postgresql", "postgres"):\n    op.execute("UPDATE people SET age = 1")', setup=PEOPLE)
case("python/migration_context_dialect", 'if op.get_context().bind is not None or op.get_context().dialect.name == "postgresql":\n    op.execute("UPDATE people SET age = 1")', setup=PEOPLE)
case("python/offline_mode", 'if context.is_offline_mode():\n    op.execute("UPDATE people SET age = 1")\nelse:\n    op.execute("UPDATE people SET age = 2")', top="from alembic import context", setup=PEOPLE, like=('op.execute("UPDATE people SET age = 2")', ""), note="A converted revision does what the online run does.")
case("python/ternary", 'op.alter_column("people", "name", type_=sa.Text() if LONG else sa.String(9))', top="LONG = 1 > 0", setup=PEOPLE)
case("python/comprehension", 'op.create_table("t", *[sa.Column(n, sa.Integer()) for n in ["a", "b"] if n], sa.PrimaryKeyConstraint(*[c for c in "ab"]))', 'op.drop_table("t")')
case("python/dict_comprehension", 'types = {n: sa.Integer() for n in ("a", "b")}\nop.create_table("t", *(sa.Column(n, t) for n, t in sorted(types.items())))', 'op.drop_table("t")')
case("python/alembic_import_star_op", 'alembic.op.drop_column("people", "age")', top="import alembic", setup=PEOPLE)
case("python/from_sqlalchemy", 'op.create_table("t", Column("id", Integer, primary_key=True), Column("s", String(5)), UniqueConstraint("s"))', 'op.drop_table("t")', top="from sqlalchemy import Column, Integer, String, UniqueConstraint")
case("python/import_in_function", 'from sqlalchemy.dialects.postgresql import JSONB\nop.add_column("people", sa.Column("j", JSONB()))', 'op.drop_column("people", "j")', setup=PEOPLE)
case("python/print_and_logging", 'print("hello")\nlogger.info("adding %s", "x")\nop.add_column("people", sa.Column("x", sa.Integer()))', 'op.drop_column("people", "x")', top='import logging\nlogger = logging.getLogger("alembic.runtime.migration")', setup=PEOPLE)
case("python/assert_and_docstring", '"""Adds x."""\nassert True, "never"\nop.add_column("people", sa.Column("x", sa.Integer()))', setup=PEOPLE)
case("python/try_finally", 'try:\n    op.add_column("people", sa.Column("x", sa.Integer()))\nfinally:\n    op.execute("UPDATE people SET x = 1")', setup=PEOPLE)
case("python/type_hints", "table: str = \"people\"\ncolumns: list[str] = [\"x\"]\nfor c in columns:\n    op.add_column(table, sa.Column(c, sa.Integer()))", top="from typing import Sequence, Union", setup=PEOPLE)
case("python/walrus_and_chained", 'if (n := len("abc")) == 3 and 0 < n <= 3:\n    op.execute(f"UPDATE people SET age = {n}")', setup=PEOPLE)
case("python/list_methods", 'names = []\nnames.append("x")\nnames.extend(["y"])\nnames += ["z"]\nnames.sort(reverse=True)\nfor n in names[:2]:\n    op.add_column("people", sa.Column(n, sa.Integer()))', setup=PEOPLE)
case("python/string_methods", 'for n in "X, Y".lower().split(", "):\n    op.add_column("people", sa.Column(n.title() + n.zfill(3), sa.Integer()))', setup=PEOPLE)
case("python/set_sorted", 'for n in sorted({"b", "a"}):\n    op.add_column("people", sa.Column(n, sa.Integer()))', setup=PEOPLE)
case("python/class_constant", 'op.add_column(Names.table, sa.Column(Names.column, sa.Integer()))', helpers='class Names:\n    table = "people"\n    column = "x"\n\n', setup=PEOPLE)
case("python/downgrade_raises", 'op.execute("UPDATE people SET age = 1")', "pass", setup=PEOPLE)
case("python/nested_function", 'def add(n):\n    op.add_column("people", sa.Column(n, sa.Integer()))\nadd("x")\nadd("y")', setup=PEOPLE)
case("python/star_arguments", 'arguments = ("people", sa.Column("x", sa.Integer()))\nop.add_column(*arguments)', setup=PEOPLE)
case("python/global_list_of_statements", 'for statement in STATEMENTS:\n    op.execute(statement)', top='STATEMENTS = ["UPDATE people SET age = 1", "DELETE FROM people"]', setup=PEOPLE)
case("python/naming_helper_module_metadata", 'metadata = sa.MetaData()\nt = sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True))\nop.create_table("t", *[c.copy() if hasattr(c, "copy_never") else sa.Column("id", sa.Integer(), primary_key=True) for c in [1]])', 'op.drop_table("t")')
case("python/get_context_config_opts", 'op.get_context()\nop.execute("UPDATE people SET age = 1")', setup=PEOPLE)
case("python/math_and_os_path", 'op.execute("UPDATE people SET age = %s" % max(1, min(5, 3), int("2")))', setup=PEOPLE)
case("python/metadata_create_all_like", 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("j", sa.JSON().with_variant(JSONB, "postgresql")))', 'op.drop_table("t")', top="from sqlalchemy.dialects.postgresql import JSONB")

# --- shape guards: asked of the revisions before -------------------------------------------------------------------------

FIRST = 'op.create_table("people", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(50)), sa.UniqueConstraint("name", name="uq_name"), sa.CheckConstraint("id > 0", name="ck_id"))\nop.create_index("ix_name", "people", ["name"])\nop.create_table("pets", sa.Column("id", sa.Integer()), sa.Column("owner_id", sa.Integer(), sa.ForeignKey("people.id", name="fk_owner")))'
ADD = 'op.add_column("people", sa.Column("x", sa.Integer()))'
INSPECT = "inspector = sa.inspect(op.get_bind())\n"
GUARDS = {
    "has_table": ('if inspector.has_table("people"):\n    ' + ADD, ADD), "has_table_not": ('if not inspector.has_table("strangers"):\n    op.create_table("strangers", sa.Column("id", sa.Integer()))', 'op.create_table("strangers", sa.Column("id", sa.Integer()))'), "has_table_missing": ('if inspector.has_table("strangers"):\n    op.drop_table("strangers")', "pass"),
    "table_names": ('if "people" in inspector.get_table_names():\n    ' + ADD, ADD), "table_names_not": ('tables = inspector.get_table_names()\nif "people" not in tables:\n    op.create_table("people", sa.Column("id", sa.Integer()))\nelse:\n    ' + ADD, ADD),
    "columns": ('columns = [c["name"] for c in inspector.get_columns("people")]\nif "x" not in columns:\n    ' + ADD + '\nif "name" in columns:\n    op.drop_column("people", "name")', ADD + '\nop.drop_column("people", "name")'), "columns_set": ('have = {column["name"] for column in inspector.get_columns("people")}\nif "x" in have:\n    return\n' + ADD, ADD), "columns_any": ('if not any(c["name"] == "x" for c in inspector.get_columns("people")):\n    ' + ADD, ADD),
    "columns_nullable": ('for c in inspector.get_columns("people"):\n    if c["name"] == "name" and c["nullable"]:\n        op.alter_column("people", "name", nullable=False)', 'op.alter_column("people", "name", nullable=False)'), "has_column_call": ('if not inspector.has_table("people") or "x" not in {c["name"] for c in inspector.get_columns("people")}:\n    ' + ADD, ADD),
    "indexes": ('names = {i["name"] for i in inspector.get_indexes("people")}\nif "ix_name" in names:\n    op.drop_index("ix_name", table_name="people")', 'op.drop_index("ix_name", table_name="people")'), "indexes_unique": ('for i in inspector.get_indexes("people"):\n    if i["name"] == "uq_name" and i["unique"]:\n        ' + ADD, ADD),
    "unique_constraints": ('if "uq_name" in [u["name"] for u in inspector.get_unique_constraints("people")]:\n    op.drop_constraint("uq_name", "people", type_="unique")', 'op.drop_constraint("uq_name", "people", type_="unique")'), "foreign_keys": ('for fk in inspector.get_foreign_keys("pets"):\n    if fk["referred_table"] == "people" and fk["constrained_columns"] == ["owner_id"]:\n        op.drop_constraint(fk["name"], "pets", type_="foreignkey")', 'op.drop_constraint("fk_owner", "pets", type_="foreignkey")'),
    "check_constraints": ('if any(c["name"] == "ck_id" for c in inspector.get_check_constraints("people")):\n    op.drop_constraint("ck_id", "people", type_="check")', 'op.drop_constraint("ck_id", "people", type_="check")'), "primary_key": ('pk = inspector.get_pk_constraint("people")\nif pk["constrained_columns"] == ["id"]:\n    op.drop_constraint(pk["name"], "people", type_="primary")', None),
    "dialect_and_shape": ('if op.get_bind().dialect.name == "postgresql" and "people" in inspector.get_table_names():\n    ' + ADD, ADD), "schema_names": ('if "staff" not in inspector.get_schema_names():\n    op.execute("CREATE SCHEMA staff")', 'op.execute("CREATE SCHEMA staff")'), "has_schema": ('if not inspector.has_schema("staff"):\n    op.execute("CREATE SCHEMA staff")', 'op.execute("CREATE SCHEMA staff")'), "enums": ('if "mood" not in [e["name"] for e in inspector.get_enums()]:\n    op.execute("CREATE TYPE mood AS ENUM (\'a\')")', 'op.execute("CREATE TYPE mood AS ENUM (\'a\')")'), "view_names": ('if "names" not in inspector.get_view_names():\n    op.execute("CREATE VIEW names AS SELECT name FROM people")', 'op.execute("CREATE VIEW names AS SELECT name FROM people")'),
    "after_own_change": (ADD + '\ninspector = sa.inspect(op.get_bind())\nif "x" in [c["name"] for c in inspector.get_columns("people")]:\n    op.execute("UPDATE people SET x = 1")', ADD + '\nop.execute("UPDATE people SET x = 1")'),
}
for name, (up, like) in GUARDS.items():
    if name == "primary_key":
        before = FIRST.split("\n")[0]
        case(f"guard/{name}", INSPECT + up, before=before, like=('op.drop_constraint("people_pkey", "people", type_="primary")', "pass"))
    else:
        case(f"guard/{name}", INSPECT + up, before=FIRST, like=(like, "pass"))
case("guard/helper", 'if not column_exists("people", "x"):\n    ' + ADD, 'if column_exists("people", "x"):\n    op.drop_column("people", "x")', before=FIRST, like=(ADD, 'op.drop_column("people", "x")'),
     helpers='def column_exists(table, column):\n    inspector = sa.inspect(op.get_bind())\n    return column in [c["name"] for c in inspector.get_columns(table)]\n\n')
case("guard/inspector_from_engine", 'inspector = Inspector.from_engine(op.get_bind())\nif "people" in inspector.get_table_names():\n    ' + ADD, before=FIRST, like=(ADD, "pass"), top="from sqlalchemy.engine.reflection import Inspector")
case("guard/reflection_import", 'inspector = reflection.Inspector(op.get_bind())\nif inspector.has_table("people"):\n    ' + ADD, before=FIRST, like=(ADD, "pass"), top="from sqlalchemy.engine import reflection")
case("guard/has_table_schema", 'inspector = sa.inspect(op.get_bind())\nif not inspector.has_table("people", schema="staff"):\n    op.create_table("people", sa.Column("id", sa.Integer()), schema="staff")', before=FIRST, setup="create schema staff;", like=('op.create_table("people", sa.Column("id", sa.Integer()), schema="staff")', "pass"))
case("guard/dialect_has_table", 'bind = op.get_bind()\nif bind.dialect.has_table(bind, "people"):\n    ' + ADD, before=FIRST, like=(ADD, "pass"))
case("guard/raw_sql_tables", 'if sa.inspect(op.get_bind()).has_table("raw"):\n    op.drop_column("raw", "b")', before='op.execute("CREATE TABLE raw (a int, b int)")', like=('op.drop_column("raw", "b")', "pass"))
case("guard/after_rename", 'if sa.inspect(op.get_bind()).has_table("persons") and not sa.inspect(op.get_bind()).has_table("people"):\n    op.drop_column("persons", "name")', before='op.create_table("people", sa.Column("id", sa.Integer()), sa.Column("name", sa.Text()))\nop.rename_table("people", "persons")', like=('op.drop_column("persons", "name")', "pass"))
case("guard/downgrade", ADD, 'if "x" in {c["name"] for c in sa.inspect(op.get_bind()).get_columns("people")}:\n    op.drop_column("people", "x")', before=FIRST, like=(ADD, 'op.drop_column("people", "x")'))

# --- what must not be guessed ---------------------------------------------------------------------------------------------

UNKNOWN = {
    "select": ('rows = op.get_bind().execute(sa.text("SELECT id FROM people")).fetchall()\nfor row in rows:\n    op.execute(f"UPDATE people SET age = {row[0]}")', "", "the rows of a table"),
    "session": ('session = Session(bind=op.get_bind())\nsession.merge(Person(id=1, age=2))\nsession.commit()', "from sqlalchemy.orm import Session, declarative_base\nclass Person(declarative_base()):\n    __tablename__ = \"people\"\n    id = sa.Column(sa.Integer, primary_key=True)\n    age = sa.Column(sa.Integer)", "an ORM session"),
    "application_import": ('for name in DEFAULT_NAMES:\n    op.execute(f"INSERT INTO people (name) VALUES (\'{name}\')")', "from application.models import DEFAULT_NAMES", "a value of the application"),
    "application_function": ("create_all_views(op)", "from application.views import create_all_views", "a function of the application"),
    "application_type": ('op.add_column("people", sa.Column("x", application.types.Fancy()))', "import application.types", "a type of the application"),
    "now": ('op.execute(f"UPDATE people SET name = \'{datetime.now()}\'")', "from datetime import datetime", "the clock"),
    "random": ('op.execute(f"UPDATE people SET name = \'{uuid.uuid4()}\'")', "import uuid", "chance"),
    "environment": ('op.execute(f"GRANT SELECT ON people TO {os.environ[\'ROLE\']}")', "import os", "the environment"),
    "file": ('with open("names.sql") as file:\n    op.execute(file.read())', "", "a file that is not there"),
    "subprocess": ('subprocess.run(["rm", "-rf", "nothing-to-see"])\n' + ADD, "import subprocess", "a program"),
    "x_argument": ('if context.get_x_argument(as_dictionary=True).get("data"):\n    ' + ADD, "from alembic import context", "an argument of the command line"),
    "server_version": ('if op.get_bind().dialect.server_version_info >= (15,):\n    ' + ADD, "", "the server's version"),
    "eval": ('eval("op.drop_table(\'people\')")', "", "text that is run"),
    "metadata_create_all": ("Base.metadata.create_all(op.get_bind())", "from application.database import Base", "the application's models"),
    "rowcount": ('result = op.get_bind().execute(sa.text("UPDATE people SET age = 1"))\nif result.rowcount:\n    op.execute("DELETE FROM people")', "", "how many rows were changed"),
}
for name, (up, top, why) in UNKNOWN.items():
    case(f"unknown/{name}", up, top=top, setup=PEOPLE, unknown=why)

# --- what the server decides ----------------------------------------------------------------------------------------------

ROWS = "insert into people (id, name) select n, 'p' || n from generate_series(1, 7) as n;"
COUNT = 'if op.get_bind().execute(sa.text("SELECT count(*) FROM people")).scalar() > 5:\n    op.drop_column("people", "age")'
case("query/count_holds", COUNT, setup=PEOPLE + ROWS, like=('op.drop_column("people", "age")', "pass"))
case("query/count_fails", COUNT, setup=PEOPLE, like=("pass", "pass"))
MISSING = 'bind = op.get_bind()\nif bind.execute(sa.text("SELECT 1 FROM people WHERE name IS NULL")).first():\n    raise ValueError("names are missing")\n'
REQUIRED = 'op.alter_column("people", "name", nullable=False)'
case("query/raises_not", MISSING + REQUIRED, setup=PEOPLE + ROWS, like=(REQUIRED, "pass"))
case("query/catalogue_row", 'conn = op.get_bind()\nif conn.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = \'nobody at all\'")).first():\n    op.execute("GRANT SELECT ON people TO reader")', setup=PEOPLE, like=("pass", "pass"))
EARLY = 'rows = op.get_bind().execute(sa.text("SELECT id FROM people")).fetchall()\nif not rows:\n    return\nop.execute("UPDATE people SET age = 1")\nop.create_index("ix_age", "people", ["age"])'
case("query/returns_early", EARLY, setup=PEOPLE, like=("pass", "pass"))
case("query/goes_on", EARLY, setup=PEOPLE + ROWS, like=('op.execute("UPDATE people SET age = 1")\nop.create_index("ix_age", "people", ["age"])', "pass"))
case("query/row_is_none", 'row = op.get_bind().execute(sa.text("SELECT id FROM people WHERE id = 3")).one_or_none()\nif row is not None:\n    op.execute("DELETE FROM people WHERE id = 3")\n    op.execute("SELECT setval(\'people_seq\', 9)")', setup=PEOPLE + ROWS + "create sequence people_seq;", like=('op.execute("DELETE FROM people WHERE id = 3")\nop.execute("SELECT setval(\'people_seq\', 9)")', "pass"))
case("query/rows_listed", 'names = [row[0] for row in op.get_bind().execute(sa.text("SELECT name FROM people")).fetchall()]\nif len(names) >= 7:\n    op.execute("DELETE FROM people WHERE id > 5")', setup=PEOPLE + ROWS, like=('op.execute("DELETE FROM people WHERE id > 5")', "pass"))

CLASS = "from sqlalchemy.orm import declarative_base\n\nclass Person(declarative_base()):\n    __tablename__ = \"people\"\n    id = sa.Column(sa.Integer, primary_key=True)\n    label = sa.Column(\"name\", sa.String(50))\n    age = sa.Column(sa.Integer)\n"
case("class/update", 'op.execute(sa.update(Person).where(Person.label == "p2").values(label="q", age=3))', setup=PEOPLE + ROWS, top=CLASS)
case("class/foreign_key", 'op.create_table("t", sa.Column("p", sa.Integer(), sa.ForeignKey(Person.id, name="fk_p")))', 'op.drop_table("t")', setup=PEOPLE, top=CLASS)
TABLES = 'people = sa.table("people", sa.column("id", sa.Integer), sa.column("name", sa.String), sa.column("age", sa.Integer))\nother = sa.table("other", sa.column("person", sa.Integer), sa.column("kind", sa.String))'
OTHER = "create table other (person int, kind text); insert into other values (1, 'a'), (1, 'b'), (2, 'c');"
case("data/executemany", 'op.get_bind().execute(people.insert(), [{"id": 11, "name": "a"}, {"id": 12, "name": None}])', setup=PEOPLE, top=TABLES, like=('op.bulk_insert(people, [{"id": 11, "name": "a"}, {"id": 12, "name": None}])', "pass"))
case("data/update_correlated", 'kind = sa.select(sa.func.min(other.c.kind)).where(other.c.person == people.c.id).correlate(people).scalar_subquery()\nop.execute(people.update().where(kind.is_not(None)).values(name=kind))', setup=PEOPLE + ROWS + OTHER, top=TABLES)
case("data/insert_from_join", 'op.execute(sa.insert(other).from_select(["person"], sa.select(people.c.id).join(other, other.c.person == people.c.id).group_by(people.c.id).having(sa.func.count() > 1)))', setup=PEOPLE + ROWS + OTHER, top=TABLES)
case("data/insert_from_outer_join", 'op.execute(sa.insert(other).from_select(["person"], sa.select(people.c.id).outerjoin(other, other.c.person == people.c.id).where(other.c.person.is_(None))))', setup=PEOPLE + ROWS + OTHER, top=TABLES)
