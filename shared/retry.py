"""What a handler says when it cannot do its part yet.

By itself here, for the process that holds the keys: it says so too, and loads nothing it can spare.
"""


class Retry(Exception):
    """Something this handler needs has not come yet: try again later, with growing delay."""
