"""Calls functions with the inputs, arguments and context of a task."""

import inspect
from functools import lru_cache

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def call(function, ctx, inputs, arguments):
    """
    Calls the function. An input whose label is the name of a parameter becomes that argument. The other inputs fill the
    remaining parameters in order. `arguments` are keyword arguments, and a parameter `ctx` receives the context.
    """
    names, open_ended, ordered = _parameters(function)
    keywords = dict(arguments)
    if "ctx" in names:
        keywords["ctx"] = ctx
    others = []
    for each in inputs:
        value = value_of(each)
        if each.label and (each.label in names or open_ended) and each.label not in keywords:
            keywords[each.label] = value
        else:
            others.append(value)
    free = [name for name in ordered if name not in keywords]
    if len(others) <= len(free):
        keywords.update(zip(free, others))
        others = []
    return function(*others, **keywords)


def value_of(given):
    """Returns the value of an input, or the input itself if its content type has none."""
    return given.load() if given.loads else given


@lru_cache(maxsize=256)
def _parameters(function):
    """Returns the names of keyword parameters, whether there is a `**` parameter, and the names of positional parameters."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # Some built-in functions have no signature.
        return frozenset(), False, ()
    names = frozenset(p.name for p in parameters if p.kind in _NAMED)
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters)
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if any(p.kind is p.POSITIONAL_ONLY for p in parameters):
        return names, open_ended, ()
    return names, open_ended, tuple(p.name for p in positional)
