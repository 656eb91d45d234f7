# winapi.py itself has no annotations: it runs on Python 2.7.
from os import PathLike
from typing import List, Tuple, Union

FILE_ACTION_CREATED: int
FILE_ACTION_DELETED: int
FILE_ACTION_MODIFIED: int
FILE_ACTION_RENAMED_OLD_NAME: int
FILE_ACTION_RENAMED_NEW_NAME: int
FILE_ACTION_DELETED_SELF: int
FILE_ACTION_OVERFLOW: int
FILE_ACTION_ADDED: int
FILE_ACTION_REMOVED: int
FILE_LIST_DIRECTORY: int
FILE_SHARE_READ: int
FILE_SHARE_WRITE: int
FILE_SHARE_DELETE: int
OPEN_EXISTING: int
FILE_FLAG_BACKUP_SEMANTICS: int
FILE_FLAG_OVERLAPPED: int
FILE_NOTIFY_CHANGE_FILE_NAME: int
FILE_NOTIFY_CHANGE_DIR_NAME: int
FILE_NOTIFY_CHANGE_ATTRIBUTES: int
FILE_NOTIFY_CHANGE_SIZE: int
FILE_NOTIFY_CHANGE_LAST_WRITE: int
FILE_NOTIFY_CHANGE_LAST_ACCESS: int
FILE_NOTIFY_CHANGE_CREATION: int
FILE_NOTIFY_CHANGE_SECURITY: int
WATCHDOG_FILE_FLAGS: int
WATCHDOG_FILE_SHARE_FLAGS: int
WATCHDOG_FILE_NOTIFY_FLAGS: int
ERROR_OPERATION_ABORTED: int
WAIT_TIMEOUT: int
INVALID_HANDLE_VALUE: int
BUFFER_SIZE: int

def get_directory_handle(path: Union[str, bytes, PathLike[str], PathLike[bytes]]) -> int: ...
def close_directory_handle(handle: int) -> None: ...
def read_directory_changes(handle: int, recursive: bool) -> Tuple[bytes, int]: ...
def read_events(handle: int, recursive: bool) -> List[WinAPINativeEvent]: ...
def parse_buffer(buffer: bytes, filled: int) -> List[Tuple[int, str]]: ...

class WinAPINativeEvent:
    action: int
    src_path: str
    def __init__(self, action: int, src_path: str) -> None: ...
    @property
    def is_added(self) -> bool: ...
    @property
    def is_removed(self) -> bool: ...
    @property
    def is_modified(self) -> bool: ...
    @property
    def is_renamed_old(self) -> bool: ...
    @property
    def is_renamed_new(self) -> bool: ...
    @property
    def is_removed_self(self) -> bool: ...
    @property
    def is_overflow(self) -> bool: ...
