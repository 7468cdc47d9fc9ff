"""A demonstration: one request, driven through the gateway as people would drive it."""
