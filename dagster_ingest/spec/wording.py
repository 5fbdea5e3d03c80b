"""pydantic's errors in words for people: what is allowed, what was probably meant."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from dagster_ingest.errors import guess
from dagster_ingest.spec.problem import NO_VALUE, Report
from dagster_ingest.spec.texts import SECRET_NAME, WORDS

_EXPECTED = {
    "string_type": "a text; put numbers and dates in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
}


def explain(
    error: ValidationError, model: type[BaseModel], report: Report, base: Sequence[str | int] = ()
) -> None:
    """Note every error in `report`. `base` is where the model's document starts in the file."""
    items = error.errors(include_url=False)
    meant = {
        (item["loc"][:-1], guess(item["loc"][-1], keys_of(walk(model, item["loc"][:-1])[1])))
        for item in items
        if item["type"] == "extra_forbidden"
    }
    for item in items:
        # A key that is missing because it is misspelled is one mistake, not two.
        if item["type"] != "missing" or (item["loc"][:-1], item["loc"][-1]) not in meant:
            _one(item, model, report, tuple(base))


def _one(item: Mapping[str, Any], model: type[BaseModel], report: Report, base: tuple) -> None:
    kind, context, value = item["type"], item.get("ctx", {}), item["input"]
    of_key = "[key]" in item["loc"]
    loc = tuple(step for step in item["loc"] if step != "[key]")
    inside = loc[:-1] if kind in ("extra_forbidden", "missing") else loc
    path, places = walk(model, inside)
    where = (*base, *path)
    name = loc[-1] if loc else "the document"
    if kind == "secret" or context.get("pattern") == SECRET_NAME:
        # Whoever writes a secret in the place of its name must not find it in a log as well.
        setting = loc[-2] if name == "secret" and len(loc) > 1 else name
        problem = context.get("problem") or f"{setting!r} is not {WORDS[SECRET_NAME]}"
        report.add(where, problem, value=NO_VALUE)
    elif kind == "extra_forbidden":
        allowed = keys_of(places)
        report.add((*where, name), f"unknown key {name!r}", value=name, allowed=allowed, on_key=True)
    elif kind == "missing":
        report.add(where, f"the key {name!r} is missing", fix=f"add `{name}:`", on_key=True)
    elif kind == "spec":
        near, fix = context.get("near"), context.get("fix")
        report.add(
            (*where, *context.get("at", ())),
            context["problem"],
            value=NO_VALUE if isinstance(value, dict) else value,
            allowed=context["allowed"],
            near=near,
            fix=fix,
            on_key=of_key,
        )
    elif kind == "literal_error":
        allowed = _names(context["expected"])
        report.add(where, f"{name!r} cannot be {value!r}", value=value, allowed=allowed)
    elif kind == "union_tag_invalid":
        tag_key = str(context["discriminator"]).strip("'")
        allowed = _names(context["expected_tags"])
        tag = context["tag"]
        report.add((*where, tag_key), f"{tag_key!r} cannot be {tag!r}", value=tag, allowed=allowed)
    elif kind == "union_tag_not_found":
        tag_key = str(context["discriminator"]).strip("'")
        report.add(where, f"the key {tag_key!r} is missing", fix=f"add `{tag_key}:`", on_key=True)
    elif kind == "string_pattern_mismatch":
        words = WORDS.get(context["pattern"], f"a text that matches {context['pattern']}")
        what = "the key" if of_key else f"{name!r}"
        report.add(where, f"{what} cannot be {value!r}", value=value, fix=f"give {words}", on_key=of_key)
    elif kind in _EXPECTED:
        given = NO_VALUE if isinstance(value, dict | list) else value
        report.add(where, f"{name!r} is not {_EXPECTED[kind]}", value=given)
    else:
        given = NO_VALUE if isinstance(value, dict | list | BaseModel) else value
        message = item["msg"].removeprefix("Value error, ")
        report.add(where, f"{name!r}: {message}", value=given, on_key=of_key)


def keys_of(places: Sequence[Any]) -> tuple[str, ...]:
    """The keys that a mapping of one of these types may hold, as YAML spells them."""
    names: dict[str, None] = {}
    for place in places:
        if _is_model(place):
            names.update(dict.fromkeys(field.alias or name for name, field in place.model_fields.items()))
    return tuple(names)


def walk(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[tuple[str | int, ...], list[Any]]:
    """A pydantic loc without the labels of unions, and the types that its last mapping may have."""
    places: list[Any] = [model]
    clean: list[str | int] = []
    for step in loc:
        if len(places) > 1 and (chosen := [place for place in places if step in _labels(place)]):
            places = chosen
            continue
        clean.append(step)
        places = [below for place in places for below in _below(place, step)] or places
    return tuple(clean), places


def _below(place: Any, step: str | int) -> list[Any]:
    if _is_model(place):
        fields = place.model_fields.items()
        return next((_spread(f.annotation) for name, f in fields if (f.alias or name) == step), [])
    args = get_args(place)
    if get_origin(place) is list and isinstance(step, int):
        return _spread(args[0])
    return _spread(args[1]) if get_origin(place) is dict else []


def _labels(place: Any) -> set[Any]:
    """What pydantic calls this member of a union in a loc: its tag, or its type's name."""
    if not _is_model(place):
        inner = ",".join(getattr(arg, "__name__", str(arg)) for arg in get_args(place))
        name = getattr(place, "__name__", str(place))
        return {f"{name}[{inner}]" if inner else name}
    literals = (get_args(f.annotation) for f in place.model_fields.values() if _is_literal(f.annotation))
    return {place.__name__, *(values[0] for values in literals if len(values) == 1)}


def _spread(annotation: Any) -> list[Any]:
    """The members of a union, None left out."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _spread(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [part for arg in get_args(annotation) if arg is not type(None) for part in _spread(arg)]
    return [annotation]


def _is_literal(annotation: Any) -> bool:
    return get_origin(annotation) is Literal


def _is_model(place: Any) -> bool:
    return isinstance(place, type) and issubclass(place, BaseModel)


def _names(expected: str) -> tuple[str, ...]:
    """pydantic's "'a', 'b' or 'c'" as names."""
    return tuple(part.strip().strip("'") for part in expected.replace(" or ", ",").split(",") if part.strip())
