"""What an inspection can find wrong with a file. Imports nothing: the inspecting child is small."""

from enum import StrEnum


class Fault(StrEnum):
    DISGUISED = "file_disguised"
    ENCRYPTED = "file_encrypted"
    ACTIVE_CONTENT = "file_active_content"
    BROKEN = "file_broken"
    TOO_COMPLEX = "file_too_complex"


class Refused(Exception):
    """`found`: what it was, in words that the uploader can act on; empty when there is no more."""

    def __init__(self, fault: Fault, found: str = "") -> None:
        super().__init__(fault, found)
        self.fault = fault
        self.found = found


# What libraries raise over a file that somebody shaped by hand, besides their own errors.
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError)
