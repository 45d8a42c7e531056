"""What is known of a lead at one moment: history, catalog and the only road to features."""
