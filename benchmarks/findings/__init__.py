"""Real runs kept as documentation: what fine-tuning, its data size and distillation do to what can be read out (docs/findings.md)."""
