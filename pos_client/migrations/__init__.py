"""Schema changes of the till's two files, each with its own line of revisions. Journal revisions only ever add."""
