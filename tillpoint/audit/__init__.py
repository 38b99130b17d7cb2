"""The auditor's side: facts read from files alone, checked, shown, added up, and told to a server that lacks them."""
