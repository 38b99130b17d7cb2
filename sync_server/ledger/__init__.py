"""What facts do to members: points in lots, standing, the rows that tills are told."""
