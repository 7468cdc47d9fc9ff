"""Files that strangers send: what they may be, how they are looked into, how they are let in.

A service that takes files opens `inspectors.Inspectors` and a `reception.Reception` on it.
"""
