"""The product's servers and services as plain processes of this machine, in a folder of their own.

Used by `deploy/stack.py` and by the tests. Standard library only.
"""
