"""Measurements: `make bench`. Never part of the tests; figures are for people to read."""
