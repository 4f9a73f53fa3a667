"""What a sentence asks for beside its meaning: prices, sizes and words of the catalog, by rule."""
