"""Side-by-side measurements; each module says what it prints and writes nothing but what it prints."""
