"""What the budgets promise, measured beside the bare limit of the same machine in the same run."""
