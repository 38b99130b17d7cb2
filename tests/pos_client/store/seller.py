"""Sells without end and says so after each sale; meant to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from pos_client.store.open_sales import OpenSales, StoredSale
from tests.pos_client.store.books import open_books, receipt, sale

if __name__ == "__main__":
    books = open_books(Path(sys.argv[1]))
    while True:
        confirmed = sale(books, lines=5)
        OpenSales(books.database).save(StoredSale(confirmed.sale_id, "paying", b"{}"), 1)
        fact = books.journal.append(confirmed, print_document=receipt(), ends_sale=confirmed.sale_id)
        sys.stdout.write(f"{fact.number}\n")
        sys.stdout.flush()
