"""What tills ask of the server: bytes in, bytes out."""
