"""What proves a request's record: how its rows are bound, and their place in the log of all.

workflow-svc writes and signs; whoever has its public key can check, without any service.
"""
