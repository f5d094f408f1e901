"""The operations of apigateway: what clients configure, and what visitors are answered.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""
