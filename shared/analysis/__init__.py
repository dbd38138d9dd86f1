"""What can be said about a dataset before anything is trained (domain S1.7-S1.9, S1.19, S1.23, S1.30-S1.34, S3.15).

Each analysis is a query, built here, and a function from its rows to findings; the caller runs the query. No I/O.
"""
