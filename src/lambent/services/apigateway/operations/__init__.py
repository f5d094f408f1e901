"""The operations of apigateway: what clients configure, and what visitors are answered."""
