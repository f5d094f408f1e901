"""DynamoDB: tables of items, their indexes, expressions and streams."""
