"""Which columns a query's columns are made of, by its SQL: one pass over its scopes.

The edge to sqlglot. A name that cannot be resolved counts as every column that its place can see,
and is noted; a statement that cannot be read as a whole raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from dagster_ingest.errors import TransformError
from dagster_ingest.transform.relation import NOTHING, Leaves, Made, Relation, Table, Traced, merged

_NO_NAMES: frozenset[str] = frozenset()


def trace(sql: str, tables: Mapping[Table, Sequence[str]], dialect: str = "duckdb") -> Traced:
    """The lineage of a query over stored tables, given as (layer, table) to columns.

    Raises TransformError where the statement as a whole cannot be read.
    """
    try:
        tree = parse_one(sql, read=dialect)
        if not isinstance(tree, exp.Query):
            raise _unreadable(f"it is no query but {type(tree).__name__.lower()}")
        tracer = _Tracer(tables)
        relation = tracer.query(tree, None)
    except SqlglotError as error:
        raise _unreadable(str(error).splitlines()[0]) from error
    except RecursionError as error:
        raise _unreadable("it is nested too deeply") from error
    if relation.rest is not None:
        raise _unreadable("the names of its columns are not known")
    columns = dict(relation.columns.values())
    return Traced(columns, relation.rows, relation.inputs, tuple(dict.fromkeys(tracer.notes)))


def _unreadable(why: str) -> TransformError:
    return TransformError(
        f"the columns of a query could not be traced: {why}",
        not_done="nothing was derived from it",
        fix="take every column of its inputs as used",
    )


@dataclass(slots=True)
class _Scope:
    """What a name may mean at one place: its sources, the select's aliases, then what is outside.

    inner  stored tables that subqueries in expressions read
    """

    outer: _Scope | None = None
    named: dict[str, Callable[[], Relation]] = field(default_factory=dict)
    sources: dict[str, Relation] = field(default_factory=dict)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)
    windows: dict[str, exp.Expr] = field(default_factory=dict)
    resolved: dict[str, Made | None] = field(default_factory=dict)
    inner: set[Table] = field(default_factory=set)

    def common_table(self, name: str) -> Relation | None:
        if name in self.named:
            return self.named[name]()
        return self.outer.common_table(name) if self.outer else None

    def source(self, alias: str) -> Relation | None:
        return self.sources.get(alias) or (self.outer.source(alias) if self.outer else None)

    def visible(self) -> Made:
        """Every column in reach."""
        here = [relation.everything() for relation in self.sources.values()]
        return merged([*here, self.outer.visible()] if self.outer else here)


class _Tracer:
    def __init__(self, tables: Mapping[Table, Sequence[str]]) -> None:
        self._tables = {(layer.lower(), table.lower()): (layer, table) for layer, table in tables}
        self._columns = tables
        self.notes: list[str] = []

    # Queries

    def query(self, node: exp.Expr, outer: _Scope | None) -> Relation:
        scope = _Scope(outer)
        self._name_common_tables(node, scope)
        if isinstance(node, exp.Select):
            return self._select(node, scope)
        if isinstance(node, exp.SetOperation):
            found = self._set_operation(node, scope)
        elif isinstance(node, exp.Subquery):
            found = self._source(node, scope)
        elif isinstance(node, exp.Values):
            found = Relation({}, rest=self._made_of(node.iter_expressions(), scope))
        else:
            raise _unreadable(f"{type(node).__name__.lower()} is not a query: {_shown(node)}")
        limited = found.everything().all if node.args.get("limit") else frozenset()
        return Relation(found.columns, found.rows | limited, found.inputs, found.rest)

    def _name_common_tables(self, node: exp.Expr, scope: _Scope) -> None:
        clause = node.args.get("with_")
        if clause is None:
            return
        for cte in clause.expressions:
            name = cte.alias.lower()
            if clause.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                scope.named[name] = cache(partial(self._recursive, cte, name, scope))
            else:
                # Its own name means, inside it, what it means outside.
                before = _Scope(scope.outer, dict(scope.named))
                scope.named[name] = cache(partial(self._common_table, cte, before))

    def _common_table(self, cte: exp.Expr, scope: _Scope) -> Relation:
        return self._named(cte, self.query(cte.this, scope))

    def _recursive(self, cte: exp.Expr, name: str, scope: _Scope) -> Relation:
        """At first the anchor's lineage; then what the step makes of it, until nothing is added."""
        found = self._named(cte, self.query(cte.this.left, scope))
        while True:
            inner = _Scope(scope, {name: partial(_itself, found)})
            step = self._common_table(cte, inner)
            if step == found:
                return step
            found = step

    def _select(self, node: exp.Select, scope: _Scope) -> Relation:
        rows = self._read_sources(node, scope)
        scope.windows = {w.this.name.lower(): w for w in node.args.get("windows") or ()}
        scope.aliases = {p.alias.lower(): p.this for p in node.expressions if isinstance(p, exp.Alias)}
        columns: dict[str, tuple[str, Made]] = {}
        rest: Made | None = None
        for projection in node.expressions:
            for name, made in self._projected(projection, scope):
                if name is None:
                    rest = merged([rest or NOTHING, made])
                else:
                    columns[_free(name, columns)] = (name, made)
            if projection.find(exp.Explode, exp.Unnest) is not None:
                rows |= self._made(projection, scope).all
        rows |= self._deciding(node, scope, [made for _, made in columns.values()])
        inputs = frozenset().union(scope.inner, *(r.inputs for r in scope.sources.values()))
        return Relation(columns, rows, inputs, rest)

    def _set_operation(self, node: exp.SetOperation, scope: _Scope) -> Relation:
        left, right = self.query(node.this, scope), self.query(node.expression, scope)
        rows, inputs = left.rows | right.rows, left.inputs | right.inputs
        if node.args.get("distinct") or not isinstance(node, exp.Union):
            rows |= left.everything().all | right.everything().all
        rests = [r.rest for r in (left, right) if r.rest is not None]
        rest = merged(rests) if rests else None
        if not node.args.get("by_name"):
            right = right.renamed([name for name, _ in left.columns.values()])
        columns = dict(left.columns)
        for key, (name, made) in right.columns.items():
            known = columns[key][1] if key in columns else rest or NOTHING
            columns[key] = (columns.get(key, (name,))[0], merged([known, made]))
        return Relation(columns, rows, inputs, rest)

    # From clauses

    def _read_sources(self, node: exp.Select, scope: _Scope) -> Leaves:
        """Put the sources into the scope; what their own rows and their joins hang on."""
        start = node.args.get("from_")
        places = [start.this] if start is not None else []
        joins = node.args.get("joins") or []
        rows: Leaves = frozenset()
        for place in [*places, *joins, *(node.args.get("laterals") or [])]:
            source = place.this if isinstance(place, exp.Join) else place
            relation = self._source(source, scope)
            scope.sources[source.alias_or_name.lower() or f"#{len(scope.sources)}"] = relation
            rows |= relation.rows
            if isinstance(place, exp.Join):
                if place.args.get("on") is not None:
                    rows |= self._made(place.args["on"], scope).all
                for column in place.args.get("using") or ():
                    rows |= self._name(column.name.lower(), scope, column).all
            for nested in source.args.get("joins") or ():  # `from a, b`, and joins in brackets
                raise _unreadable(f"a join inside a source: {_shown(nested)}")
        return rows

    def _source(self, node: exp.Expr, scope: _Scope) -> Relation:
        if isinstance(node, exp.Table):
            found = self._table(node, scope)
        elif isinstance(node, exp.Unnest):
            found = self._unnested(node, scope)
        elif isinstance(node, exp.Lateral) and not isinstance(node.this, exp.Subquery | exp.Unnest):
            made = self._made(node.this, scope)
            found = Relation({}, made.all, rest=made)
        elif isinstance(node, exp.Lateral):
            found = self._source(node.this, scope)
        elif isinstance(node, exp.Subquery):
            found = self.query(node.this, scope)
        else:
            found = self.query(node, scope)
        if node.args.get("pivots"):
            self.notes.append(f"pivot: {_shown(node)}")
            found = Relation(
                {}, found.everything().all | found.rows, found.inputs, found.everything().chosen()
            )
        return found if isinstance(node, exp.Unnest) else self._named(node, found)

    def _table(self, node: exp.Table, scope: _Scope) -> Relation:
        if not isinstance(node.this, exp.Identifier):
            made = self._made(node.this, scope)
            return Relation({}, made.all, rest=made)
        name = node.name.lower()
        found = None if node.db else scope.common_table(name)
        if found is not None:
            return found
        stored = self._tables.get((node.db.lower(), name))
        if stored is None:
            raise _unreadable(f"it reads {_shown(node)}, which is not known")
        return Relation.stored(*stored, self._columns[stored])

    def _unnested(self, node: exp.Unnest, scope: _Scope) -> Relation:
        made = self._made_of(node.expressions, scope)
        alias, place = node.args.get("alias"), node.args.get("offset")
        columns = {column.name.lower(): (column.name, made) for column in (alias.columns if alias else ())}
        if isinstance(place, exp.Identifier):
            columns[place.name.lower()] = (place.name, made.chosen())
        return Relation(columns, made.all, rest=None if columns else made)

    def _named(self, node: exp.Expr, relation: Relation) -> Relation:
        alias = node.args.get("alias")
        return (
            relation.renamed([c.name for c in alias.columns])
            if isinstance(alias, exp.TableAlias)
            else relation
        )

    # Select lists and what decides over rows

    def _projected(self, node: exp.Expr, scope: _Scope) -> Iterator[tuple[str | None, Made]]:
        star = node.this if isinstance(node, exp.Column) else node
        if not isinstance(star, exp.Star):
            yield node.alias_or_name or _shown(node), self._made(node, scope)
            return
        sources = list(scope.sources.values())
        if isinstance(node, exp.Column):
            source = scope.source(node.table.lower())
            if source is None:
                raise _unreadable(f"{_shown(node)} has no source")
            sources = [source]
        left_out = {c.name.lower() for c in star.args.get("except_") or ()}
        replaced = {a.alias.lower(): a.this for a in star.args.get("replace") or ()}
        renamed = {a.this.name.lower(): a.alias for a in star.args.get("rename") or ()}
        for source in sources:
            for key, (name, made) in source.columns.items():
                if key in replaced:
                    made = self._made(replaced[key], scope)
                if key not in left_out:
                    yield renamed.get(key, name), made
            if source.rest is not None:
                yield None, source.rest

    def _deciding(self, node: exp.Select, scope: _Scope, columns: Sequence[Made]) -> Leaves:
        clauses = [node.args[name] for name in ("where", "having", "qualify") if node.args.get(name)]
        rows = self._made_of(clauses, scope).all
        distinct, group = node.args.get("distinct"), node.args.get("group")
        if distinct is not None:
            on = distinct.args.get("on")
            rows |= (self._made(on, scope) if on is not None else merged(columns)).all
        if group is not None:
            rows |= merged(columns).all if group.args.get("all") else frozenset()
            rows |= self._listed(group, scope, columns)
        if node.args.get("order") is not None and (node.args.get("limit") or distinct is not None):
            rows |= self._listed(node.args["order"], scope, columns)
        return rows

    def _listed(self, clause: exp.Expr, scope: _Scope, columns: Sequence[Made]) -> Leaves:
        """What the expressions of a group or order clause hang on; a number there is a place in the list."""
        found: Leaves = frozenset()
        for item in clause.iter_expressions():
            plain = item.this if isinstance(item, exp.Ordered) else item
            if isinstance(plain, exp.Literal) and plain.is_int and int(plain.this) <= len(columns):
                found |= columns[int(plain.this) - 1].all
            else:
                found |= self._made(plain, scope).all
        return found

    # Expressions

    def _made_of(self, nodes: Iterable[exp.Expr | None], scope: _Scope, bound=_NO_NAMES) -> Made:
        return merged(self._made(node, scope, bound) for node in nodes if node is not None)

    def _made(self, node: exp.Expr, scope: _Scope, bound: frozenset[str] = _NO_NAMES) -> Made:
        """What an expression is made of. `bound`: parameters of the lambdas around it."""
        if isinstance(node, exp.Column):
            return self._column(node, scope, bound)
        if isinstance(node, exp.Query):
            relation = self.query(node, scope)
            scope.inner |= relation.inputs
            found = relation.everything()
            return Made(found.value, found.choice | relation.rows)
        if isinstance(node, exp.Lambda):
            bound |= {name.name.lower() for name in node.expressions}
            return self._made(node.this, scope, bound)
        if isinstance(node, exp.Comprehension):
            bound |= {node.expression.name.lower()}
        if isinstance(node, exp.Columns):
            return self._unresolved(node, scope)
        values, choices = _parts(node, scope)
        made = self._made_of(values, scope, bound)
        return merged([made, self._made_of(choices, scope, bound).chosen()]) if choices else made

    def _column(self, node: exp.Column, scope: _Scope, bound: frozenset[str]) -> Made:
        """`name`, `source.name`, `source.name.member` or `name.member`."""
        parts = [part.name.lower() for part in node.parts]
        if parts[0] in bound:
            return NOTHING
        for place in range(len(parts) - 1):
            source = scope.source(parts[place])
            if source is not None and parts[place + 1] in source.columns:
                return source.columns[parts[place + 1]][1]
            if source is not None and source.rest is not None:
                return source.rest
        return self._name(parts[0], scope, node)

    def _name(self, name: str, scope: _Scope, node: exp.Expr) -> Made:
        found: _Scope | None = scope
        while found is not None:
            made = self._name_here(name, found)
            if made is not None:
                return made
            found = found.outer
        return self._unresolved(node, scope)

    def _name_here(self, name: str, scope: _Scope) -> Made | None:
        """A column of the sources, else an alias of the select list, else a whole row."""
        named = [r.columns[name][1] for r in scope.sources.values() if name in r.columns]
        if named:
            return merged(named)
        if name in scope.aliases:
            if name not in scope.resolved:
                scope.resolved[name] = None  # while it is looked into, the name does not mean itself
                scope.resolved[name] = self._made(scope.aliases[name], scope)
            return scope.resolved[name]
        open_ended = [r.rest for r in scope.sources.values() if r.rest is not None]
        if open_ended:
            return merged(open_ended)
        return scope.sources[name].everything() if name in scope.sources else None

    def _unresolved(self, node: exp.Expr, scope: _Scope) -> Made:
        self.notes.append(_shown(node))
        return scope.visible().chosen()


def _parts(node: exp.Expr, scope: _Scope) -> tuple[Sequence[exp.Expr | None], Sequence[exp.Expr | None]]:
    """The parts of an expression that give its value, and those that decide over it."""
    args = node.args
    if isinstance(node, exp.Case):
        branches = args["ifs"]
        conditions = [args.get("this"), *(branch.this for branch in branches)]
        return [*(branch.args["true"] for branch in branches), args.get("default")], conditions
    if isinstance(node, exp.If):
        return [args.get("true"), args.get("false")], [node.this]
    if isinstance(node, exp.Window):
        named = scope.windows.get(node.alias.lower())
        deciding = [*(args.get("partition_by") or ()), args.get("order"), args.get("spec")]
        return [node.this] if node is not named else [], [*deciding, named if node is not named else None]
    if isinstance(node, exp.Order):
        return [args.get("this")], node.expressions
    if isinstance(node, exp.Filter | exp.Nullif | exp.ArgMax | exp.ArgMin | exp.WithinGroup):
        return [node.this], [node.expression]
    if isinstance(node, exp.PropertyEQ):
        return [node.expression], []
    return list(node.iter_expressions()), []


def _itself(relation: Relation) -> Relation:
    return relation


def _free(name: str, taken: Mapping[str, object]) -> str:
    """The key of a further column of the same name, as DuckDB counts them."""
    key, count = name.lower(), 0
    while key in taken:
        count += 1
        key = f"{name.lower()}_{count}"
    return key


def _shown(node: exp.Expr) -> str:
    text = node.sql(dialect="duckdb")
    return text if len(text) <= 80 else text[:77] + "..."
