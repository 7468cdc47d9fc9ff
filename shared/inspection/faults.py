"""What an inspection can find wrong with a file. Imports nothing: the inspecting child is small."""

from enum import StrEnum


class Fault(StrEnum):
    DISGUISED = "file_disguised"
    ENCRYPTED = "file_encrypted"
    ACTIVE_CONTENT = "file_active_content"
    BROKEN = "file_broken"


class Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


# What libraries raise over a file that somebody shaped by hand, besides their own errors.
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError)
