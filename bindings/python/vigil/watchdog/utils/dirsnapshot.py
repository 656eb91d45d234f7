"""What is in a directory, and how that differs from before: `watchdog.utils.dirsnapshot`."""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple, Union

Identity = Tuple[int, int]
Stat = Callable[[str], os.stat_result]
ListDirectory = Callable[[str], Iterator[Any]]
Moves = List[Tuple[str, str]]

# A directory may vanish, or turn out to be none or not ours, between being found and being listed.
_NOT_LISTED = (errno.ENOENT, errno.ENOTDIR, errno.EINVAL, errno.EACCES)


class DirectorySnapshot:
    """The entries below a path, and what `stat` says of each.

    A link is what it leads to, as `os.stat` follows it; a link that leads nowhere is left out. `stat` and `listdir`
    replace the calls of the system; `listdir` gives names or entries as os.scandir().
    """

    def __init__(
        self, path: str, recursive: bool = True, stat: Stat = os.stat, listdir: Callable[..., Any] = os.scandir
    ) -> None:
        self.recursive = recursive
        self.stat = stat
        self.listdir = listdir
        self._stat_info: Dict[str, os.stat_result] = {}
        self._paths: Dict[Identity, str] = {}
        self._add(path, self.stat(path))
        for below, info in self.walk(path):
            self._add(below, info)

    def _add(self, path: str, info: os.stat_result) -> None:
        self._stat_info[path] = info
        # Of several hard links the last one found.
        self._paths[(info.st_ino, info.st_dev)] = path

    def walk(self, root: str) -> Iterator[Tuple[str, os.stat_result]]:
        """Each entry below a directory and what `stat` says of it: of one directory all, then those below each."""
        try:
            paths = [os.path.join(root, getattr(entry, "name", entry)) for entry in self.listdir(root)]
        except OSError as error:
            if error.errno in _NOT_LISTED:
                return
            raise
        directories = []
        for path in paths:
            try:
                info = self.stat(path)
            except OSError:
                continue
            yield path, info
            if self.recursive and S_ISDIR(info.st_mode):
                directories.append((path, info))
        for path, info in directories:
            if not self._leads_to_itself(path, info):
                yield from self.walk(path)

    def _leads_to_itself(self, path: str, info: os.stat_result) -> bool:
        """Whether a directory is, by way of a link, one of those above it: there is no end below it."""
        identity = (info.st_ino, info.st_dev)
        above = os.path.dirname(path)
        while above in self._stat_info:
            if self.inode(above) == identity and identity != (0, 0):
                return True
            if os.path.dirname(above) == above:
                break
            above = os.path.dirname(above)
        return False

    @property
    def paths(self) -> Set[str]:
        """All paths, that of the directory itself too."""
        return set(self._stat_info)

    def path(self, uid: Identity) -> Optional[str]:
        """The path that has an inode() in this snapshot, or None."""
        return self._paths.get(uid)

    def inode(self, path: str) -> Identity:
        """The inode number and the device of a path."""
        info = self._stat_info[path]
        return (info.st_ino, info.st_dev)

    def isdir(self, path: str) -> bool:
        return S_ISDIR(self._stat_info[path].st_mode)

    def mtime(self, path: str) -> float:
        return self._stat_info[path].st_mtime

    def size(self, path: str) -> int:
        return self._stat_info[path].st_size

    def stat_info(self, path: str) -> os.stat_result:
        return self._stat_info[path]

    def __sub__(self, previous_dirsnap: "AnySnapshot") -> "DirectorySnapshotDiff":
        return DirectorySnapshotDiff(previous_dirsnap, self)

    def __str__(self) -> str:
        return self.__repr__()

    def __repr__(self) -> str:
        return str(self._stat_info)


class EmptyDirectorySnapshot(DirectorySnapshot):
    """A snapshot of nothing, to compare with: everything is new."""

    def __init__(self) -> None:
        self.recursive = True
        self._stat_info = {}
        self._paths = {}


AnySnapshot = Union[DirectorySnapshot, EmptyDirectorySnapshot]


class DirectorySnapshotDiff:
    """What changed from the snapshot `ref` to `snapshot`.

    An inode that is at another path than before has moved; with `ignore_device` the inode number alone tells, for file
    systems whose device number changes. A path at which another inode is now was deleted and created. Modified is what
    has another size or time of modification.
    """

    def __init__(self, ref: AnySnapshot, snapshot: AnySnapshot, ignore_device: bool = False) -> None:
        def identity(directory: AnySnapshot, path: str) -> Any:
            inode = directory.inode(path)
            return inode[0] if ignore_device else inode

        before, now = ref.paths, snapshot.paths
        created = now - before
        deleted = before - now
        for path in before & now:
            if identity(ref, path) != identity(snapshot, path):
                created.add(path)
                deleted.add(path)

        now_at = {identity(snapshot, path): path for path in created}
        moved: Set[Tuple[str, str]] = set()
        for path in list(deleted):
            new_path = now_at.get(identity(ref, path))
            if new_path is not None and new_path != path and new_path in created:
                moved.add((path, new_path))
                deleted.remove(path)
                created.remove(new_path)

        def differs(old: str, new: str) -> bool:
            return ref.mtime(old) != snapshot.mtime(new) or ref.size(old) != snapshot.size(new)

        stayed = {path for path in before & now if identity(ref, path) == identity(snapshot, path)}
        modified = {path for path in stayed if differs(path, path)}
        modified |= {old for old, new in moved if differs(old, new)}

        self._dirs_created = [path for path in created if snapshot.isdir(path)]
        self._dirs_deleted = [path for path in deleted if ref.isdir(path)]
        self._dirs_modified = [path for path in modified if ref.isdir(path)]
        self._dirs_moved = [pair for pair in moved if ref.isdir(pair[0])]
        self._files_created = list(created - set(self._dirs_created))
        self._files_deleted = list(deleted - set(self._dirs_deleted))
        self._files_modified = list(modified - set(self._dirs_modified))
        self._files_moved = list(moved - set(self._dirs_moved))

    def __str__(self) -> str:
        return self.__repr__()

    def __repr__(self) -> str:
        counts = [
            ", ".join("%s=%d" % (what, len(getattr(self, "%s_%s" % (kind, what)))) for what in _CHANGES)
            for kind in ("files", "dirs")
        ]
        return "<%s files(%s), folders(%s)>" % (type(self).__name__, counts[0], counts[1])

    @property
    def files_created(self) -> List[str]:
        return self._files_created

    @property
    def files_deleted(self) -> List[str]:
        return self._files_deleted

    @property
    def files_modified(self) -> List[str]:
        """The files that changed, under the paths they had before."""
        return self._files_modified

    @property
    def files_moved(self) -> Moves:
        """Pairs of the path before and the path now."""
        return self._files_moved

    @property
    def dirs_created(self) -> List[str]:
        return self._dirs_created

    @property
    def dirs_deleted(self) -> List[str]:
        return self._dirs_deleted

    @property
    def dirs_modified(self) -> List[str]:
        """The directories that changed, under the paths they had before."""
        return self._dirs_modified

    @property
    def dirs_moved(self) -> Moves:
        """Pairs of the path before and the path now."""
        return self._dirs_moved

    class ContextManager:
        """Compares a directory at the beginning and at the end of a `with` block; the result is `diff`."""

        def __init__(
            self,
            path: str,
            recursive: bool = True,
            stat: Stat = os.stat,
            listdir: Callable[..., Any] = os.scandir,
            ignore_device: bool = False,
        ) -> None:
            self.path = path
            self.recursive = recursive
            self.stat = stat
            self.listdir = listdir
            self.ignore_device = ignore_device

        def __enter__(self) -> None:
            self.pre_snapshot = self.get_snapshot()

        def __exit__(self, *exception: object) -> None:
            self.post_snapshot = self.get_snapshot()
            self.diff = DirectorySnapshotDiff(self.pre_snapshot, self.post_snapshot, self.ignore_device)

        def get_snapshot(self) -> DirectorySnapshot:
            return DirectorySnapshot(self.path, self.recursive, self.stat, self.listdir)


_CHANGES = ("created", "deleted", "modified", "moved")
