"""A store's morning on two real tills and a server, with the network cut, a till killed, and everything checked."""
