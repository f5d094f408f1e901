"""Event source mappings: what a function follows, how its records become batches, and what an answer means for them."""
