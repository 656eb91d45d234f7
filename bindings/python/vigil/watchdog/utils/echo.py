"""Calls written out as they happen: `watchdog.utils.echo`."""

from __future__ import annotations

import functools
import inspect
import sys
from types import ModuleType
from typing import Any, Callable, Tuple, TypeVar

Write = Callable[[str], Any]
F = TypeVar("F", bound=Callable[..., Any])


def _standard_output(text: str) -> None:
    # Looked up for each call: a program may have replaced sys.stdout.
    sys.stdout.write(text)


def name(item: Any) -> str:
    """What an item is called."""
    return str(item.__name__)


def is_classmethod(instancemethod: Any, klass: type) -> bool:
    """Whether a method is bound to the class."""
    return inspect.ismethod(instancemethod) and instancemethod.__self__ is klass


def is_static_method(method: Any, klass: type) -> bool:
    """Whether a function of the class is a static method."""
    return any(isinstance(base.__dict__.get(name(method)), staticmethod) for base in klass.__mro__)


def is_class_private_name(name: str) -> bool:
    """Whether Python prefixes the name with that of its class."""
    return name.startswith("__") and not name.endswith("__")


def method_name(method: Any) -> str:
    """The name by which a method is found, with the prefix of private ones."""
    plain = name(method)
    if is_class_private_name(plain):
        return "_%s%s" % (method.__qualname__.split(".")[-2], plain)
    return plain


def format_arg_value(arg_val: Tuple[str, Any]) -> str:
    """("x", (1, 2)) as the text `x=(1, 2)`."""
    return "%s=%r" % arg_val


def echo(fn: F, write: Write = _standard_output) -> F:
    """A function that writes its name and its arguments, then calls `fn`."""
    code = getattr(fn, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code else ()
    defaults = getattr(fn, "__defaults__", None) or ()
    by_default = dict(zip(names[len(names) - len(defaults) :], defaults))

    @functools.wraps(fn)
    def wrapped(*values: Any, **named: Any) -> Any:
        given = list(zip(names, values))
        left = [name for name in names[len(values) :] if name in by_default and name not in named]
        texts = [format_arg_value(pair) for pair in given]
        texts += [format_arg_value((name, by_default[name])) for name in left]
        texts += [repr(value) for value in values[len(names) :]]
        texts += [format_arg_value(pair) for pair in named.items()]
        write("%s(%s)\n" % (name(fn), ", ".join(texts)))
        return fn(*values, **named)

    return wrapped  # type: ignore[return-value]


def echo_instancemethod(klass: type, method: Any, write: Write = _standard_output) -> None:
    """Makes a method of a class write its calls."""
    found = method_name(method)
    plain = inspect.getattr_static(klass, found)
    if isinstance(plain, (classmethod, staticmethod)):
        setattr(klass, found, type(plain)(echo(plain.__func__, write)))
    else:
        setattr(klass, found, echo(method, write))


def echo_class(klass: type, write: Write = _standard_output) -> None:
    """Makes all methods of a class write their calls; not what writing them out needs itself."""
    for found, method in inspect.getmembers(klass, inspect.isroutine):
        of_object = inspect.getattr_static(klass, found) is inspect.getattr_static(object, found, None)
        if of_object or found in ("__repr__", "__str__"):
            continue
        if inspect.isfunction(method) or inspect.ismethod(method):
            echo_instancemethod(klass, method, write)


def echo_module(mod: ModuleType, write: Write = _standard_output) -> None:
    """Makes all functions of a module, and all methods of its classes, write their calls."""
    for found, function in inspect.getmembers(mod, inspect.isfunction):
        setattr(mod, found, echo(function, write))
    for _, klass in inspect.getmembers(mod, inspect.isclass):
        if klass.__module__ == mod.__name__:
            echo_class(klass, write)
