"""Receipt printers: documents in, ESC/POS bytes out, and the paper those bytes would make."""
