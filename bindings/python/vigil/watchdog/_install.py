"""The name `watchdog`, resolved to the drop-in."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from types import ModuleType
from typing import Any, Optional, Sequence

_OLD = "watchdog"
_NEW = "vigil.watchdog"


class _Loader(importlib.abc.Loader):
    """Gives the drop-in's module under the other name: the same object, so that its classes are the same too."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._spec: Any = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # What importing it by the other name has put there.
        module.__spec__ = self._spec

    def get_code(self, fullname: str) -> Any:
        """For `python -m watchdog.watchmedo` by way of runpy."""
        spec = importlib.util.find_spec(self._name)
        assert spec is not None and spec.loader is not None
        return spec.loader.get_code(self._name)  # type: ignore[attr-defined]


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if fullname != _OLD and not fullname.startswith(_OLD + "."):
            return None
        name = _NEW + fullname[len(_OLD) :]
        found = importlib.util.find_spec(name)
        if found is None:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, _Loader(name), origin=found.origin)
        spec.submodule_search_locations = found.submodule_search_locations
        return spec


def install() -> None:
    """From now on `import watchdog` imports the drop-in. RuntimeError when another watchdog is imported already."""
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    if _OLD in sys.modules:
        raise RuntimeError("another module watchdog is already imported; the drop-in has to be there before")
    sys.meta_path.insert(0, _Finder())
