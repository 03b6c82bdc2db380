"""Programs that made what the product ships. The product imports nothing from here."""
