"""Functions that one simply calls: deployed functions as values, pipelines of them, and what deploys them."""
