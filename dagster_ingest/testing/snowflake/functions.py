"""Functions of Snowflake that fakesnow or sqlglot do not bring to DuckDB, or bring otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import Expr, exp


def bring(expression: Expr) -> None:
    """Put DuckDB's form in place of every such function."""
    from sqlglot import exp

    for replace in list(expression.find_all(exp.RegexpReplace)):
        replace.replace(_regexp_replace(replace))
    for instr in list(expression.find_all(exp.RegexpInstr)):
        if set(instr.args) == {"this", "expression"}:
            instr.replace(_regexp_instr(instr))
    for trim in reversed(list(expression.find_all(exp.Trim))):
        if trim.expression is not None:  # fakesnow forgets which characters
            name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(trim.args.get("position")), "trim")
            trim.replace(_call(name, trim.this, trim.expression))
    for uuid in list(expression.find_all(exp.Uuid)):
        if uuid.args.get("name") is not None:
            uuid.replace(_uuid5(uuid))
    _bring_variants(expression)


def _bring_variants(expression: Expr) -> None:
    """Functions of VARIANT, which is JSON in DuckDB; what may be a list there becomes JSON first."""
    from sqlglot import exp

    for node in list(expression.find_all(exp.Typeof)):
        node.replace(_typeof(node.this))
    for call in list(expression.find_all(exp.Anonymous)):
        if call.name.upper() == "IS_OBJECT":
            call.replace(exp.EQ(this=_call("json_type", call.expressions[0]), expression=_text("OBJECT")))
    for made in list(expression.find_all(exp.Array)):
        made.replace(_call("json_array", *made.expressions))
    for array in list(expression.find_all(exp.ArrayToString)):
        cells = _call("json_extract_string", _call("to_json", array.this), _text("$[*]"))
        array.replace(_call("array_to_string", cells, array.expression))
    for variant in list(expression.find_all(exp.ToVariant)):
        variant.replace(_call("to_json", variant.this))
    for cast in reversed(list(expression.find_all(exp.Cast))):
        if cast.to.this in exp.DataType.TEXT_TYPES and isinstance(
            cast.this, (exp.Column, exp.Case, exp.If, exp.GetExtract)
        ):
            cast.replace(_as_text(cast.this))


def _as_text(value: Expr) -> Expr:
    """A VARIANT's scalar as its text, without quotes, and its null as NULL; other types as ever."""
    return _call("json_extract_string", _call("to_json", value), _text("$"))


def _typeof(value: Expr) -> Expr:
    """By Snowflake's names."""
    from sqlglot import exp

    case = exp.Case(this=_call("json_type", value), default=_call("json_type", value))
    for here, there in (("UBIGINT", "INTEGER"), ("BIGINT", "INTEGER"), ("NULL", "NULL_VALUE")):
        case = case.when(_text(here), _text(there))
    return exp.Paren(this=case)


def _regexp_replace(node: exp.RegexpReplace) -> Expr:
    """All matches, with Snowflake's options: `i`, `s`, `m` mean the same in DuckDB."""
    from sqlglot import exp

    occurrence, options = node.args.get("occurrence"), node.args.get("modifiers")
    if occurrence is not None and occurrence.name != "0":
        raise NotImplementedError(node.sql(dialect="snowflake"))
    flags = "g" + (options.name.replace("e", "").replace("c", "") if options is not None else "")
    by = node.args.get("replacement") or exp.Literal.string("")
    return exp.Anonymous(
        this="regexp_replace", expressions=[node.this, node.expression, by, exp.Literal.string(flags)]
    )


def _regexp_instr(node: exp.RegexpInstr) -> Expr:
    """Where the text of the first match first stands, 0 without one: sqlglot's own form takes minutes."""
    given, pattern = node.this, node.expression
    found = _call("strpos", given, _call("regexp_extract", given, pattern))
    return _call("if", _call("regexp_matches", given, pattern), _call("greatest", 1, found), 0)


def _call(name: str, *arguments: Expr | int) -> Expr:
    """A call that no later translation takes for a function of Snowflake's."""
    from sqlglot import exp

    given = [exp.Literal.number(a) if isinstance(a, int) else a.copy() for a in arguments]
    return exp.Anonymous(this=name, expressions=given)


def _uuid5(node: exp.Uuid) -> Expr:
    """UUID_STRING(namespace, name): UUID version 5."""
    from sqlglot import exp

    namespace = _text(node.this.name.replace("-", ""))
    hashed = exp.DPipe(this=_call("unhex", namespace), expression=_call("encode", node.args["name"]))
    digest = _call("sha1", hashed)
    variant = _call(
        "translate", _call("substr", digest, 17, 1), _text("0123456789abcdef"), _text("89ab89ab89ab89ab")
    )
    parts = [_call("substr", digest, 1, 8), _call("substr", digest, 9, 4)]
    parts += [_call("concat", _text("5"), _call("substr", digest, 14, 3))]
    parts += [_call("concat", variant, _call("substr", digest, 18, 3)), _call("substr", digest, 21, 12)]
    joined = parts[0]
    for part in parts[1:]:  # a name that is null gives null, which concat_ws would not
        joined = exp.DPipe(this=exp.DPipe(this=joined, expression=_text("-")), expression=part)
    return exp.Paren(this=joined)


def _text(value: str) -> Expr:
    from sqlglot import exp

    return exp.Literal.string(value)
