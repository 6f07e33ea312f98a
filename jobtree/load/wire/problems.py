"""Validates plain data against a wire model and names what is wrong by field path, without pydantic's types leaking."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One breach of shape. ``type`` is pydantic's or our own error type; ``siblings`` the field names known there."""

    path: tuple[str | int, ...]
    type: str
    message: str
    value: object
    context: Mapping[str, Any]
    siblings: tuple[str, ...] = ()


def validate(model: type[M], data: Mapping[str, object]) -> M | tuple[Problem, ...]:
    """The validated document, or every problem found."""
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        return tuple(_problem(model, entry) for entry in fault.errors(include_url=False))


def field_names(model: type[BaseModel]) -> tuple[str, ...]:
    """The YAML spellings of a model's fields."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _problem(model: type[BaseModel], entry: Any) -> Problem:
    path = tuple(step for step in entry["loc"] if step != "[key]")
    context = entry.get("ctx", {})
    if "index" in context:
        path = (*path, context["index"])
    return Problem(
        path=path,
        type=entry["type"],
        message=entry["msg"],
        value=entry["input"],
        context=context,
        siblings=_siblings(model, path[:-1]) if entry["type"] == "extra_forbidden" else (),
    )


def _siblings(model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Field names of the mapping at a path, through lists and optional fields."""
    for step in path:
        if isinstance(step, int):
            continue
        found = {field.alias or name: field for name, field in model.model_fields.items()}.get(step)
        inner = _model_in(found.annotation) if found is not None else None
        if inner is None:
            return ()
        model = inner
    return field_names(model)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)
