"""What head office asks the database: one statement each for all rows of an answer, over the indexes there are."""
