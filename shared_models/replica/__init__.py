"""The replica's file: its tables, its search terms and how rows of the feed become rows of it.

A till writes it page by page, the server writes whole files of it for new tills (``sync_server.snapshots``).
"""
