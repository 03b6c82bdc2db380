"""One file a method of fine-tuning, each with its card."""
