"""What a run leaves and what a reader sees: a record, tables drawn from it alone, the card on the terminal."""
