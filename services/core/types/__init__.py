"""The nouns of the product, frozen, without behaviour that needs anything outside this package."""
